'use client'

import { useState } from 'react'
import { Time } from '#components/shell/time.tsx'
import { Chip } from '#components/status/status.tsx'
import { Button } from '#components/ui/button.tsx'
import { OutLink } from '#components/ui/button-link.tsx'
import { visible } from '#components/ui/visible.ts'
import type { ShownPattern } from '#lib/logs/view.ts'
import { counted } from './log-words.ts'
import { NoLogsNote } from './no-logs.tsx'
import { Waiting } from './no-panel.tsx'
import { usePatterns } from './use-logs.ts'

const shownMax = 6

type PatternsProps = {
  application: string
  /** The deployment that errors are compared across; the newest when undefined. */
  deployed: string | undefined
  /** Shows the lines of a pattern, around the first of them. */
  onWords: (words: string, around: string | undefined) => void
}

/** Errors that began with a deployment, and those that became more. */
export function Patterns({ application, deployed, onWords }: PatternsProps) {
  const { data: view, error, refetch, isPending } = usePatterns(application, deployed)
  const [all, setAll] = useState(false)
  return (
    <section aria-label="Errors since the deployment" className="border-line border-b">
      <h3 className="px-4 pt-3 font-medium text-sm">
        Errors since {view?.is === 'patterns' ? <Time at={view.deployed} as="clock" /> : 'the deployment'}{' '}
        <span className="font-normal text-ink-muted">against the day before; numbers are taken out</span>
      </h3>
      {isPending && !error ? (
        <Waiting />
      ) : view?.is !== 'patterns' ? (
        <NoLogsNote view={view} error={error} retry={() => refetch()} />
      ) : (
        <>
          {view.changes.length === 0 ? (
            <p className="px-4 py-3 text-ink-muted text-sm">
              {view.after === 0
                ? 'No errors since then.'
                : `Nothing new and nothing that grew: ${counted(view.same)} ${view.same === 1 ? 'kind' : 'kinds'} of errors, known from before.`}
            </p>
          ) : (
            <ul className="mt-2 divide-y divide-line border-line border-t">
              {view.changes.slice(0, all ? undefined : shownMax).map((change) => (
                <Change key={change.text} change={change} onWords={onWords} />
              ))}
            </ul>
          )}
          {view.changes.length > shownMax && !all && (
            <p className="px-4 pb-3">
              <Button size="sm" onClick={() => setAll(true)}>
                Show {view.changes.length - shownMax} more
              </Button>
            </p>
          )}
          {view.notes.map((note) => (
            <p key={note} className="px-4 pb-2 text-ink-muted text-xs">
              {note}
            </p>
          ))}
        </>
      )}
    </section>
  )
}

function Change({ change, onWords }: { change: ShownPattern; onWords: PatternsProps['onWords'] }) {
  const { kind, text, count, expected, ratio, first, example, words, href } = change
  return (
    <li className="grid gap-1 px-4 py-2.5 text-sm">
      <div className="flex flex-wrap items-baseline gap-x-2 gap-y-1">
        {kind === 'new' ? (
          <Chip tone="negative" glyph="octagon">
            New
          </Chip>
        ) : (
          <Chip tone="attention" glyph="triangle">
            {ratio === null ? 'More' : `${ratio >= 10 ? Math.round(ratio) : ratio.toFixed(1)} times as many`}
          </Chip>
        )}
        <code className="min-w-0 break-words font-mono text-ink text-xs">{visible(text)}</code>
      </div>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-ink-muted text-xs">
        <span>
          {counted(count)} {count === 1 ? 'line' : 'lines'}
          {kind === 'grown' && `, ${counted(Math.round(expected))} expected`}
        </span>
        {first && (
          <span>
            first seen <Time at={first} as="clock" />
          </span>
        )}
        <span className="ml-auto flex gap-2">
          {words && (
            <Button size="sm" onClick={() => onWords(words, first ?? undefined)}>
              Show lines
            </Button>
          )}
          <OutLink href={href}>VictoriaLogs</OutLink>
        </span>
      </div>
      <details className="text-xs">
        <summary className="text-ink-muted">Example</summary>
        <pre className="mt-1 whitespace-pre-wrap break-words font-mono">{visible(example)}</pre>
      </details>
    </li>
  )
}
