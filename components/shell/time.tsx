'use client'

import { useTicking, useZone } from './now.tsx'
import { absolute, clockTime, span, spoken } from './relative.ts'

type TimeStyle =
  /** `12 min`, for columns. */
  | 'age'
  /** `24 minutes ago` or `in 3 hours`, for sentences. */
  | 'ago'
  /** `10:41`, `yesterday 16:12`. */
  | 'clock'
  /** `10:41:07`, for steps that follow each other closely. */
  | 'seconds'

type TimeProps = { at: string; as?: TimeStyle; className?: string }

const secondsBetween = (from: string, to: string) => (Date.parse(to) - Date.parse(from)) / 1000

/**
 * The only way a moment is shown. Relative or of the day in the text, in full with its zone on hover.
 * `at` is an ISO instant. Needs a NowProvider above (the shell has one).
 */
export function Time({ at, as = 'age', className }: TimeProps) {
  const zone = useZone()
  const text = useTicking((now, here) => {
    if (as === 'age') return span(secondsBetween(at, now))
    if (as === 'ago') return spoken(secondsBetween(at, now))
    return clockTime(at, now, here, as === 'seconds')
  })
  return (
    <time dateTime={at} title={absolute(at, zone)} className={className}>
      {text}
    </time>
  )
}
