'use client'

import { useEffect, useState } from 'react'
import { cn } from './cn.ts'
import { visible } from './visible.ts'

type CopyableProps = {
  /** The whole thing: what is copied, and what title and screen readers get. */
  value: string
  /** What it is, for the button's name: "digest", "commit". */
  what: string
  /** Characters to show; a leading `sha256:` is left out first. 0 shows all. */
  length?: number
  className?: string
}

/** A short form of something long, in mono, that copies the whole when pressed. */
export function Copyable({ value, what, length = 7, className }: CopyableProps) {
  const [outcome, setOutcome] = useState<'copied' | 'failed'>()
  useEffect(() => {
    if (!outcome) return
    const timer = setTimeout(() => setOutcome(undefined), 1500)
    return () => clearTimeout(timer)
  }, [outcome])
  const whole = value.replace(/^[a-z0-9]+:/, '')
  const short = visible(length === 0 ? value : whole.slice(0, length))
  const copy = () =>
    navigator.clipboard.writeText(value).then(
      () => setOutcome('copied'),
      () => setOutcome('failed'),
    )
  return (
    <button
      type="button"
      onClick={copy}
      title={visible(value)}
      className={cn(
        'group/copy -mx-1 relative inline-flex max-w-full items-center gap-1 rounded-sm px-1 font-mono text-[0.925em] hover:bg-sunken',
        className,
      )}
    >
      <span className="truncate">{short}</span>
      <span className="sr-only">, copy {what}</span>
      <svg
        viewBox="0 0 12 12"
        aria-hidden="true"
        className={cn(
          'size-3 shrink-0 text-ink-faint',
          outcome !== 'copied' &&
            'opacity-0 group-hover/copy:opacity-100 group-focus-visible/copy:opacity-100',
        )}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.2"
        strokeLinecap="round"
        strokeLinejoin="round"
      >
        <path d={outcome === 'copied' ? 'M2 6.5 4.8 9.3 10 3.4' : 'M4 4V1.8h6.2V8H8M1.8 4H8v6.2H1.8Z'} />
      </svg>
      <span role="status" className="sr-only">
        {outcome === 'copied'
          ? `Copied ${what}`
          : outcome === 'failed'
            ? 'The browser did not allow copying'
            : ''}
      </span>
    </button>
  )
}
