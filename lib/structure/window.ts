import type { SyncWindow } from '#lib/argocd/structure.ts'
import { type Instant, instant } from '#lib/platform/clock.ts'
import { ok, type Result, refuse } from '#lib/platform/result.ts'
import { matchesPattern } from './glob.ts'
import { readDuration, readSchedule, type Schedule } from './schedule.ts'

/**
 * Argo CD's sync windows. It reads the clock on the wall of the window's zone and evaluates schedule and duration on
 * that as if there were no daylight saving (`scheduleOffsetByTimeZone`, v3.5.1). A window from 22:00 for 8h therefore
 * ends at 06:00 by the clock also in the night that has seven or nine hours. So do we: schedules run over wall time,
 * and only the result is turned into moments.
 */

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
/** More stretches than this in one look are not drawn any more. */
const stretchesMax = 2_000

/** Half-open, in milliseconds. */
export type Stretch = { from: number; to: number }
export type Occurrence = { from: Instant; to: Instant }

type Readable = { schedule: Schedule; durationMs: number }

/** The window's schedule and duration, or what of it Argo CD could not read. */
export function readWindow(window: SyncWindow): Result<Readable, string> {
  const schedule = readSchedule(window.schedule)
  if (!schedule.ok) return schedule
  const durationMs = readDuration(window.duration)
  if (durationMs === undefined) return refuse(`“${window.duration}” is no duration such as 8h or 1h30m`)
  return ok({ schedule: schedule.value, durationMs })
}

const formats = new Map<string, Intl.DateTimeFormat | null>()

function formatOf(zone: string): Intl.DateTimeFormat | null {
  const known = formats.get(zone)
  if (known !== undefined) return known
  let format: Intl.DateTimeFormat | null = null
  try {
    const numeric = 'numeric' as const
    const parts = {
      year: numeric,
      month: numeric,
      day: numeric,
      hour: numeric,
      minute: numeric,
      second: numeric,
    }
    format = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', ...parts })
  } catch {
    // Argo CD takes a zone that it does not know for UTC.
  }
  if (formats.size > 500) formats.clear()
  formats.set(zone, format)
  return format
}

/** The zone by which a window goes: its own, or UTC where it has none that exists. */
export const zoneOf = (window: Pick<SyncWindow, 'timeZone'>): string =>
  window.timeZone && formatOf(window.timeZone) ? window.timeZone : 'UTC'

/** What the clock on the wall of `zone` is ahead of UTC at a moment. */
export function offsetMs(zone: string, atMs: number): number {
  const parts = formatOf(zone)?.formatToParts(atMs)
  if (!parts) return 0
  const part = (type: string) => Number(parts.find((each) => each.type === type)?.value)
  const wall = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  )
  return wall - Math.floor(atMs / 1000) * 1000
}

/** When the window is on, by the clock on the wall, between two wall times; overlapping occurrences are one. */
function wallStretches({ schedule, durationMs }: Readable, from: number, to: number): Stretch[] {
  const stretches: Stretch[] = []
  if (schedule.everyMinute && durationMs >= minuteMs) return [{ from, to }]
  let run = schedule.next(from - durationMs)
  while (run !== null && run < to && stretches.length < stretchesMax) {
    let end = run + durationMs
    while (end < to) {
      // The last one that begins before this ends carries it on.
      const last = schedule.last(end)
      if (last === null || last + durationMs <= end) break
      end = last + durationMs
    }
    stretches.push({ from: Math.max(run, from), to: Math.min(end, to) })
    run = end >= to ? null : schedule.next(end)
  }
  return stretches
}

/** Parts of a time in which the offset stays the same. */
function steady(zone: string, from: number, to: number): (Stretch & { offset: number })[] {
  const parts: (Stretch & { offset: number })[] = []
  let begin = from
  let offset = offsetMs(zone, from)
  for (let at = from; at < to; ) {
    const next = Math.min(at + 6 * hourMs, to)
    const then = offsetMs(zone, next)
    if (then !== offset) {
      let [low, high] = [at, next]
      while (high - low > 1_000) {
        const middle = Math.floor((low + high) / 2)
        if (offsetMs(zone, middle) === offset) low = middle
        else high = middle
      }
      const change = Math.floor(high / 1_000) * 1_000
      parts.push({ from: begin, to: change, offset })
      begin = change
      offset = then
    }
    at = next
  }
  parts.push({ from: begin, to, offset })
  return parts
}

/** The moments at which the window is on, cut at `from` and `to`. Empty when Argo CD could not read it. */
export function occurrences(window: SyncWindow, from: Instant, to: Instant): Occurrence[] {
  const read = readWindow(window)
  if (!read.ok) return []
  const found: Stretch[] = []
  for (const part of steady(zoneOf(window), Date.parse(from), Date.parse(to))) {
    for (const wall of wallStretches(read.value, part.from + part.offset, part.to + part.offset)) {
      const moment = { from: wall.from - part.offset, to: wall.to - part.offset }
      const last = found.at(-1)
      if (last && last.to >= moment.from) last.to = Math.max(last.to, moment.to)
      else found.push(moment)
    }
  }
  return found.map((each) => ({ from: instant(each.from), to: instant(each.to) }))
}

/** Whether the window is on at this moment. */
export function isOn(window: SyncWindow, at: Instant): boolean {
  const read = readWindow(window)
  if (!read.ok) return false
  const wall = Date.parse(at) + offsetMs(zoneOf(window), Date.parse(at))
  const next = read.value.schedule.next(wall - read.value.durationMs)
  return next !== null && next <= wall
}

export type Outlook =
  | { kind: 'unreadable'; problem: string }
  | { kind: 'always' }
  | { kind: 'on'; until: Instant }
  | { kind: 'off'; next: Occurrence[] }
  | { kind: 'never' }

/** On until when, or off and the next times (at most three) within about a year. */
export function outlook(window: SyncWindow, now: Instant): Outlook {
  const read = readWindow(window)
  if (!read.ok) return { kind: 'unreadable', problem: read.refusal }
  const nowMs = Date.parse(now)
  const on = isOn(window, now)
  let next: Occurrence[] = []
  // What is on for more than two months has no end in sight; what is off may be a freeze of once a year.
  for (const days of on ? [8, 63] : [8, 63, 400]) {
    const end = instant(nowMs + days * dayMs)
    next = occurrences(window, now, end)
    const [first] = next
    if (on && first && first.to < end) return { kind: 'on', until: first.to }
    if (!on && next.filter((each) => each.to < end).length >= 3) break
  }
  if (on) return { kind: 'always' }
  return next.length === 0 ? { kind: 'never' } : { kind: 'off', next: next.slice(0, 3) }
}

/** One day of a calendar: its date by the window's zone, and minutes of the day during which the window is on. */
export type Day = { date: string; stretches: { fromMin: number; toMin: number }[] }

/** Date and minute of the day that the clock on the wall of `zone` shows. */
export function wallClock(zone: string, at: Instant): { date: string; minute: number } {
  const wall = Date.parse(at) + offsetMs(zone, Date.parse(at))
  return { date: instant(wall).slice(0, 10), minute: Math.floor((wall % dayMs) / minuteMs) }
}

/** The Monday of the week in which `at` is, by the clock of `zone`, as wall time in milliseconds. */
export function weekStart(zone: string, at: Instant): number {
  const wall = Date.parse(at) + offsetMs(zone, Date.parse(at))
  const day = Math.floor(wall / dayMs)
  // 1970-01-01 was a Thursday.
  return (day - ((day + 3) % 7)) * dayMs
}

/** Seven days from `start` (wall time) on, by the clock of the window's own zone. */
export function week(window: SyncWindow, start: number): Day[] {
  const read = readWindow(window)
  return Array.from({ length: 7 }, (_, index) => {
    const from = start + index * dayMs
    const stretches = read.ok ? wallStretches(read.value, from, from + dayMs) : []
    return {
      date: instant(from).slice(0, 10),
      stretches: stretches.map((each) => ({
        fromMin: Math.floor((each.from - from) / minuteMs),
        toMin: Math.ceil((each.to - from) / minuteMs),
      })),
    }
  })
}

/** What of an application decides whether a window is about it. */
export type Place = { name: string; namespace: string | null; server: string | null; cluster: string | null }

/** Any of the three lists is enough; with `andOperator` all that are given must match. */
export function isAbout(window: SyncWindow, place: Place): boolean {
  const any = (patterns: readonly string[], ...texts: (string | null)[]) =>
    patterns.some((pattern) => texts.some((text) => text && matchesPattern(pattern, text)))
  const answers = [
    { given: window.applications, matches: any(window.applications, place.name) },
    { given: window.namespaces, matches: any(window.namespaces, place.namespace) },
    { given: window.clusters, matches: any(window.clusters, place.server, place.cluster) },
  ].filter(({ given }) => given.length > 0)
  if (answers.length === 0) return false
  return window.andOperator ? answers.every(({ matches }) => matches) : answers.some(({ matches }) => matches)
}

/** What a window is called: its description, or kind and schedule. */
export const windowName = ({ description, kind, schedule }: SyncWindow): string =>
  description || `${kind} ${schedule}`

export type Ruling = { automated: boolean; manual: boolean; by: SyncWindow[] }

/**
 * What windows that are about an application allow at a moment, by Argo CD's rule: an active deny beats everything (by
 * hand only if all of them let it), else an active allow allows, else an allow that is not active denies.
 */
export function ruling(windows: readonly SyncWindow[], at: Instant): Ruling {
  const denies = windows.filter((window) => window.kind === 'deny' && isOn(window, at))
  if (denies.length > 0)
    return { automated: false, manual: denies.every((window) => window.manualSync), by: denies }
  const allows = windows.filter((window) => window.kind === 'allow')
  const open = allows.filter((window) => isOn(window, at))
  if (open.length > 0 || allows.length === 0) return { automated: true, manual: true, by: open }
  return { automated: false, manual: allows.every((window) => window.manualSync), by: allows }
}
