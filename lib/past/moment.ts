import { type Instant, instant } from '#lib/platform/clock.ts'

/** `2026-06-03T14:05`, with or without seconds and zone; without a zone it is UTC. */
const written = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})?$/

/** A day is its end: what somebody means who asks about 3 June. */
const day = /^\d{4}-\d{2}-\d{2}$/

/** JavaScript takes 31 February for 3 March; nobody means that. */
const isDay = (text: string) =>
  !Number.isNaN(Date.parse(text.slice(0, 10))) && instant(text.slice(0, 10)).startsWith(text.slice(0, 10))

/**
 * The moment that an address asks about. `undefined` for none and for one that is not over yet; a text that is no
 * moment is a problem to be said, never today.
 */
export function readMoment(
  text: string | undefined,
  now: Instant,
): { at: Instant | undefined; problem?: string } {
  const value = text?.trim().replace(' ', '+')
  if (!value) return { at: undefined }
  const full = day.test(value) ? `${value}T23:59:59Z` : value
  const zoned = /(Z|[+-]\d{2}:\d{2})$/.test(full) ? full : `${full}Z`
  if (!written.test(full) || !isDay(full) || !(Date.parse(zoned) >= 0))
    return {
      at: undefined,
      problem: `"${value.slice(0, 40)}" is no moment. Write it as 2026-06-03T14:05Z, or 2026-06-03 for the end of that day (UTC).`,
    }
  const at = instant(zoned)
  return { at: at < now ? at : undefined }
}

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')

/** `3 Jun 2026 14:05 UTC`, with seconds where there are any. */
export function momentText(at: Instant): string {
  const [year, month, day] = at.slice(0, 10).split('-').map(Number)
  const time = at.slice(17, 19) === '00' ? at.slice(11, 16) : at.slice(11, 19)
  return `${day} ${months[(month ?? 1) - 1]} ${year} ${time} UTC`
}

/** A moment as short as an address can hold it: `2026-06-03T14:05Z`. */
export const momentIn = (at: Instant): string => at.replace(/(:00)?\.000Z$/, 'Z')
