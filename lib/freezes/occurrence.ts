import { type Instant, instant } from '#lib/platform/clock.ts'
import { ok, type Result, refuse } from '#lib/platform/result.ts'
import { readDuration } from '#lib/structure/schedule.ts'
import { type Occurrence, occurrences, offsetMs, readWindow, zoneOf } from '#lib/structure/window.ts'
import type { FreezeTimes } from './freeze.ts'

export type { Occurrence }

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs
/** How far ahead the worker computes. Postgres refuses more than 100 days (rel.guard_horizon). */
export const horizonMs = 90 * dayMs
const longestMs = 31 * dayMs
/** Nobody can follow more, and every one is a row. */
const timesADayMax = 24
const lookAheadMs = 400 * dayMs
const previewed = 5

export type Recurring = { schedule: string; durationMs: number; zone: string }

/** The rule as Argo CD's semantics read it: by the clock on the wall, also in the night with seven or nine hours. */
const windowOf = ({ schedule, durationMs, zone }: Recurring): Parameters<typeof occurrences>[0] => ({
  ...{ kind: 'deny', schedule, duration: `${durationMs}ms`, timeZone: zone, description: '' },
  ...{ applications: [], namespaces: [], clusters: [] },
  ...{ manualSync: false, andOperator: false, syncOverrun: false },
})

export const isZoneName = (zone: string): boolean =>
  zoneOf({ timeZone: zone }) === zone && !/^[+-]/.test(zone)

/**
 * Every time the rule is on between two moments, cut at both, in order, none touching the next. A day at a time: the
 * answer for a moment depends on the clock on the wall alone, and no day has too many of them to be told.
 */
export function expand(rule: Recurring, from: Instant, to: Instant): Result<Occurrence[], string> {
  const window = windowOf(rule)
  const read = readWindow(window)
  if (!read.ok) return read
  const found: Occurrence[] = []
  const end = Date.parse(to)
  for (let at = Date.parse(from); at < end; at += dayMs)
    for (const each of occurrences(window, instant(at), instant(Math.min(at + dayMs, end)))) {
      const last = found.at(-1)
      if (!last || last.to < each.from) found.push({ ...each })
      else if (last.to < each.to) last.to = each.to
    }
  return ok(found)
}

/** The next `count` times from `now` on, one that is on now included; fewer when there are no more in about a year. */
export function nextOccurrences(rule: Recurring, now: Instant, count: number): Occurrence[] {
  const window = windowOf(rule)
  for (const days of [9, 70, 400]) {
    const end = instant(Date.parse(now) + days * dayMs)
    const next = occurrences(window, now, end)
    // The last one may only be cut at the end of the look.
    if (days === 400 || next.filter((each) => each.to < end).length >= count) return next.slice(0, count)
  }
  return []
}

/** `2026-12-24T18:00` by the clock on the wall of a zone. Of an hour that comes twice the `which` one counts. */
export function fromWall(zone: string, local: string, which: 'first' | 'last'): Instant {
  const wall = Date.parse(`${local}:00Z`)
  const offsets = [...new Set([offsetMs(zone, wall - dayMs), offsetMs(zone, wall + dayMs)])]
  const fit = offsets.map((offset) => wall - offset).filter((at) => offsetMs(zone, at) === wall - at)
  // An hour that does not come at all: as the clock would have shown it before the change.
  const all = fit.length > 0 ? fit : [wall - (offsets[0] ?? 0)]
  return instant(which === 'first' ? Math.min(...all) : Math.max(...all))
}

/** What a person says of the times: moments as a clock in `zone` shows them. */
export type TimesInput =
  | { kind: 'once'; from?: string | undefined; to: string }
  | { kind: 'recurring'; schedule: string; duration: string }

/** Times that can be kept, or in a sentence why not. Without `from` it begins now. */
export function readTimes(given: TimesInput, zone: string, now: Instant): Result<FreezeTimes, string> {
  if (!isZoneName(zone)) return refuse(`“${zone}” is no time zone such as Europe/Berlin.`)
  if (given.kind === 'once') {
    const from = given.from === undefined ? now : fromWall(zone, given.from, 'first')
    const to = fromWall(zone, given.to, 'last')
    if (to <= now) return refuse('It would be over already.')
    return from < to ? ok({ kind: 'once', from, to }) : refuse('It ends before it begins.')
  }
  const schedule = given.schedule.trim().split(/\s+/).join(' ')
  const durationMs = readDuration(given.duration.trim())
  if (durationMs === undefined || durationMs < minuteMs || durationMs > longestMs)
    return refuse(`“${given.duration}” is no duration such as 8h or 1h30m, between a minute and 31 days.`)
  const rule = { schedule, durationMs, zone }
  const read = readWindow(windowOf(rule))
  if (!read.ok) return refuse(`${read.refusal}, such as 0 22 * * 1-5 for weekdays at 22:00.`)
  const [minute, hour] = schedule.split(' ')
  const aDay = { ...rule, schedule: `${minute} ${hour} * * *`, zone: 'UTC', durationMs: minuteMs }
  const midnight = instant(0)
  if (occurrences(windowOf(aDay), midnight, instant(dayMs)).length > timesADayMax)
    return refuse(`More than ${timesADayMax} times a day is more than anybody can follow.`)
  const ahead = instant(Date.parse(now) + lookAheadMs)
  if (nextOccurrences(rule, now, 1).every(({ from }) => from >= ahead))
    return refuse('It would not be on within a year.')
  return ok({ kind: 'recurring', schedule, durationMs })
}

/** The next five times of a rule that somebody is writing, or in a sentence why it cannot be kept. */
export function preview(given: TimesInput, zone: string, now: Instant): Result<Occurrence[], string> {
  const read = readTimes(given, zone, now)
  if (!read.ok) return read
  const times = read.value
  return ok(
    times.kind === 'once'
      ? [{ from: times.from, to: times.to }]
      : nextOccurrences({ ...times, zone }, now, previewed),
  )
}
