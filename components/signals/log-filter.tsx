'use client'

import { type FormEvent, useId, useState } from 'react'
import { Button } from '#components/ui/button.tsx'
import { visible } from '#components/ui/visible.ts'
import { levels } from '#lib/logs/logsql.ts'
import { levelWords } from './log-words.ts'
import type { LogFilter } from './use-logs.ts'

type FilterProps = {
  filter: LogFilter
  onFilter: (filter: LogFilter) => void
  /** The version that the page is about, if it is about one. */
  version: string | undefined
  follow: boolean
  onFollow: (follow: boolean) => void
}

const control =
  'h-8 rounded-md border border-line-strong bg-surface px-2 text-ink text-sm pointer-coarse:h-11 max-sm:text-lg'

/** Words, levels and version; what is typed counts when the form is sent, everything else at once. */
export function LogFilterForm({ filter, onFilter, version, follow, onFollow }: FilterProps) {
  const [q, setQ] = useState(filter.q)
  const [seen, setSeen] = useState(filter.q)
  const hint = useId()
  // Words that came from elsewhere on the page, such as a pattern.
  if (filter.q !== seen) {
    setSeen(filter.q)
    setQ(filter.q)
  }
  const query = filter.mode === 'query'
  const send = (event: FormEvent) => {
    event.preventDefault()
    onFilter({ ...filter, q: q.trim() })
  }
  return (
    <form onSubmit={send} className="flex flex-wrap items-center gap-x-3 gap-y-2 px-4 py-3 text-sm">
      <div className="flex min-w-0 grow items-center gap-2 sm:max-w-120">
        <select
          aria-label="How the filter is read"
          value={filter.mode}
          onChange={({ target }) =>
            onFilter({ ...filter, q: q.trim(), mode: target.value === 'query' ? 'query' : 'words' })
          }
          className={control}
        >
          <option value="words">Words</option>
          <option value="query">LogsQL</option>
        </select>
        <input
          type="search"
          aria-label={query ? 'LogsQL conditions' : 'Words in the line'}
          aria-describedby={hint}
          value={q}
          maxLength={1000}
          spellCheck={false}
          autoComplete="off"
          placeholder={query ? 'level:error !"health check"' : 'timeout "calling ledger"'}
          onChange={({ target }) => setQ(target.value)}
          className={`${control} min-w-0 grow ${query ? 'font-mono' : ''}`}
        />
        <Button type="submit">Filter</Button>
      </div>
      <p id={hint} className="sr-only">
        {query
          ? 'Conditions only, without pipes. They are kept to this application.'
          : 'Every word must be in the line. Quotes hold words together.'}
      </p>
      <fieldset className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <legend className="sr-only">Levels; none means all</legend>
        {levels.map((level) => (
          <label key={level} className="flex items-center gap-1.5 pointer-coarse:py-3">
            <input
              type="checkbox"
              className="size-4 accent-accent"
              checked={filter.levels.includes(level)}
              onChange={({ target }) =>
                onFilter({
                  ...filter,
                  levels: levels.filter((each) =>
                    each === level ? target.checked : filter.levels.includes(each),
                  ),
                })
              }
            />
            {levelWords[level].word}
          </label>
        ))}
      </fieldset>
      {version !== undefined && (
        <label className="flex items-center gap-1.5 pointer-coarse:py-3">
          <input
            type="checkbox"
            className="size-4 accent-accent"
            checked={filter.version !== undefined}
            onChange={({ target }) => onFilter({ ...filter, version: target.checked ? version : undefined })}
          />
          Only {visible(version)}
        </label>
      )}
      <Button className="ml-auto" aria-pressed={follow} onClick={() => onFollow(!follow)}>
        {follow ? 'Stop following' : 'Follow'}
      </Button>
    </form>
  )
}
