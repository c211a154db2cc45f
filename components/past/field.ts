import { type Instant, instant, millisecondsBetween, plus } from '#lib/platform/clock.ts'

const dayMs = 24 * 3_600_000
const minuteMs = 60_000

/** What the entry of a page that shows now leads to. */
export const dayPast = (now: string): Instant => plus(instant(now), -dayMs)

/** `2026-06-03T16:05` as the clock of this zone shows it: what a field for date and time wants. */
export function fieldText(at: Instant, zone: string): string {
  const parts = new Intl.DateTimeFormat('en-GB', {
    ...{ timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit' },
    ...{ hour: '2-digit', minute: '2-digit' },
  }).formatToParts(new Date(at))
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.find((each) => each.type === type)?.value ?? ''
  return `${part('year').padStart(4, '0')}-${part('month')}-${part('day')}T${part('hour')}:${part('minute')}`
}

/** Epoch milliseconds on whole minutes, in at most a thousand steps: an arrow key must move something. */
export function sliderRange(since: Instant, now: Instant): { min: number; max: number; stepMs: number } {
  const min = Math.floor(Date.parse(since) / minuteMs) * minuteMs
  const steps = Math.max(1, Math.ceil(millisecondsBetween(since, now) / 1000 / minuteMs))
  const stepMs = steps * minuteMs
  return { min, max: min + Math.max(1, Math.ceil((Date.parse(now) - min) / stepMs)) * stepMs, stepMs }
}
