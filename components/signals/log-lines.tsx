'use client'

import { Time } from '#components/shell/time.tsx'
import { Chip } from '#components/status/status.tsx'
import { cn } from '#components/ui/cn.ts'
import { visible } from '#components/ui/visible.ts'
import type { LogLine } from '#lib/logs/line.ts'
import { levelWords } from './log-words.ts'

const longAt = 400

/** Lines of a log, newest first. Whatever is in them is shown as text, control characters spelled out. */
export function LogLines({ lines, label }: { lines: readonly LogLine[]; label: string }) {
  return (
    <section
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      className="relative max-h-[32rem] overflow-y-auto border-line border-t focus-visible:-outline-offset-2"
    >
      <ol className="divide-y divide-line/60 font-mono text-xs">
        {lines.map((line) => (
          <Line key={line.key} line={line} />
        ))}
      </ol>
    </section>
  )
}

function Line({ line: { at, level, text, version, pod } }: { line: LogLine }) {
  const { word, tone } = levelWords[level ?? 'other']
  const shown = visible(text)
  const loud = level === 'error' || level === 'warning'
  return (
    <li
      className={cn(
        'grid grid-cols-[auto_auto_minmax(0,1fr)] items-baseline gap-x-3 px-4 py-1 max-md:grid-cols-[auto_1fr]',
        level === 'error' && 'bg-negative-soft/40',
      )}
    >
      <Time at={at} as="seconds" className="whitespace-nowrap text-ink-faint" />
      <span className="w-16">
        {loud ? (
          <Chip tone={tone} className="font-sans">
            {word}
          </Chip>
        ) : (
          <span className="font-sans text-ink-faint">{word}</span>
        )}
      </span>
      <div className="min-w-0 max-md:col-span-2">
        {shown.length > longAt ? (
          <details>
            <summary className="break-words text-ink">{shown.slice(0, longAt)}…</summary>
            <pre className="mt-1 whitespace-pre-wrap break-words font-mono text-ink">{shown}</pre>
          </details>
        ) : (
          <pre className="whitespace-pre-wrap break-words font-mono text-ink">{shown}</pre>
        )}
        {(version || pod) && (
          <p className="sr-only">
            {[version && visible(version), pod && visible(pod)].filter(Boolean).join(', ')}
          </p>
        )}
      </div>
    </li>
  )
}
