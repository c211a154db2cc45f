'use client'

import { useState } from 'react'
import { Time } from '#components/shell/time.tsx'
import { Button } from '#components/ui/button.tsx'
import { OutLink } from '#components/ui/button-link.tsx'
import { Panel } from '#components/ui/panel.tsx'
import { visible } from '#components/ui/visible.ts'
import { LogFilterForm } from './log-filter.tsx'
import { LogLines } from './log-lines.tsx'
import { counted } from './log-words.ts'
import { NoLogsNote } from './no-logs.tsx'
import { Waiting } from './no-panel.tsx'
import { Patterns } from './patterns.tsx'
import { type LogFilter, useFollow, useLines, usePatterns } from './use-logs.ts'
import type { Asked } from './use-panel.ts'

type LogsProps = {
  asked: Asked
  /** When the deployment began that the page is about; undefined for the newest. */
  deployed: string | undefined
}

const everything: LogFilter = { q: '', mode: 'words', levels: [], version: undefined }

/** Logs of an application: what is new among its errors, and its lines, filtered or as they are written. */
export function LogsSection({ asked, deployed }: LogsProps) {
  const [filter, setFilter] = useState(everything)
  const [follow, setFollow] = useState(false)
  // Lines of a pattern lie where it was first seen, which may be long before what the page shows.
  const [around, setAround] = useState<string>()
  const { data: patterns } = usePatterns(asked.application, deployed)
  const version = patterns?.is === 'patterns' ? (patterns.version ?? undefined) : undefined
  return (
    <Panel id="logs" title="Logs">
      <Patterns
        application={asked.application}
        deployed={deployed}
        onWords={(q, first) => {
          setFollow(false)
          setAround(first)
          setFilter({ ...everything, q, levels: ['error'] })
        }}
      />
      <LogFilterForm
        filter={filter}
        onFilter={setFilter}
        version={version}
        follow={follow}
        onFollow={setFollow}
      />
      {follow ? (
        <Following application={asked.application} filter={filter} />
      ) : (
        <Lines
          asked={around === undefined ? asked : { ...asked, around }}
          filter={filter}
          onAll={() => {
            setFilter(everything)
            setAround(undefined)
          }}
          onBack={around === undefined ? undefined : () => setAround(undefined)}
        />
      )}
    </Panel>
  )
}

type LinesProps = {
  asked: Asked
  filter: LogFilter
  onAll: () => void
  /** Back to the time that the page shows, when these lines are of another. */
  onBack: (() => void) | undefined
}

function Lines({ asked, filter, onAll, onBack }: LinesProps) {
  const { data: view, error, refetch, isPending, isPlaceholderData } = useLines(asked, filter, false)
  if (isPending && !error) return <Waiting />
  if (view?.is !== 'lines' || error)
    return (
      <NoLogsNote
        view={error ? undefined : view?.is === 'lines' ? undefined : view}
        error={error}
        retry={() => refetch()}
        action={
          view?.is === 'empty' && filter !== everything ? (
            <Button size="sm" onClick={onAll}>
              Show all lines
            </Button>
          ) : undefined
        }
      />
    )
  return (
    <div aria-busy={isPlaceholderData}>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 pb-2 text-ink-muted text-xs">
        <p role="status">
          {onBack && asked.around !== undefined && (
            <>
              Around <Time at={asked.around} as="clock" />:{' '}
            </>
          )}
          {view.more
            ? `Too many to show all: the newest ${counted(view.lines.length)}. A shorter time or more words narrow it.`
            : `${counted(view.lines.length)} ${view.lines.length === 1 ? 'line' : 'lines'}, the newest first`}
        </p>
        <span className="ml-auto flex gap-2">
          {onBack && (
            <Button size="sm" onClick={onBack}>
              Back to the time shown
            </Button>
          )}
          <Button size="sm" loading={isPlaceholderData} onClick={() => refetch()}>
            Read again
          </Button>
          <OutLink href={view.href}>VictoriaLogs</OutLink>
        </span>
        {view.notes.map((note) => (
          <p key={note} className="w-full text-attention">
            {visible(note)}
          </p>
        ))}
      </div>
      <LogLines lines={view.lines} label="Lines of the log" />
    </div>
  )
}

const followStates = {
  connecting: 'Connecting',
  live: 'Live: new lines come as they are written',
  again: 'Connecting again',
} as const

function Following({ application, filter }: { application: string; filter: LogFilter }) {
  const { lines, left, state, ended } = useFollow(application, filter, true)
  return (
    <>
      <p role="status" className="px-4 pb-2 text-ink-muted text-xs">
        {ended === undefined ? followStates[state] : visible(ended)}
        {left > 0 && `. ${counted(left)} lines were left out: more words narrow it`}
      </p>
      {lines.length > 0 && <LogLines lines={lines} label="Lines of the log as they are written" />}
    </>
  )
}
