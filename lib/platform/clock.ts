declare const instantBrand: unique symbol

/** A moment as ISO 8601 in UTC with milliseconds, e.g. `2026-11-23T09:20:44.000Z`. Sorts as text. */
export type Instant = string & { readonly [instantBrand]: true }

/**
 * Turns a Date, epoch milliseconds or an RFC 3339 text into an Instant.
 * Throws RangeError for anything that is not a moment; parse text from outside with a schema first.
 */
export function instant(value: Date | number | string): Instant {
  return new Date(value).toISOString() as Instant
}

/** Milliseconds from `from` to `to`; negative when `to` is earlier. */
export function millisecondsBetween(from: Instant, to: Instant): number {
  return Date.parse(to) - Date.parse(from)
}

/** The Instant `offsetMs` after `at` (before it, when negative). */
export function plus(at: Instant, offsetMs: number): Instant {
  return instant(Date.parse(at) + offsetMs)
}

/** The one source of time outside Postgres. Rules never call it: they take `now` as an argument. */
export const clock = {
  now: (): Instant => instant(Date.now()),
  /** Milliseconds that never jump back: for deadlines inside one process. */
  monotonicMs: (): number => performance.now(),
}
