import { type Instant, instant } from '#lib/platform/clock.ts'
import type { HistoryFilter } from './data.ts'
import type { HistoryQuery } from './schema.ts'

const dayMs = 86_400_000

/** How far a zone's clocks are ahead of UTC at a moment, in milliseconds. */
function offsetMs(atMs: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(atMs)
  const of = (type: string) => Number(parts.find((part) => part.type === type)?.value)
  const wall = Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'))
  return wall - Math.floor(atMs / 1000) * 1000
}

/** The moment at which a day (`2026-11-23`) begins in a zone; where clocks skip midnight, when they have skipped. */
export function dayStart(day: string, zone: string): Instant {
  const midnightMs = Date.parse(`${day}T00:00:00Z`)
  const firstMs = midnightMs - offsetMs(midnightMs, zone)
  // The offset at UTC midnight may not be the one at local midnight: once more, from there.
  return instant(midnightMs - offsetMs(firstMs, zone))
}

/** The day after a day. */
export const dayAfter = (day: string) => instant(Date.parse(`${day}T00:00:00Z`) + dayMs).slice(0, 10)

/** What to look for, from an address. `zone` is where days begin and end. */
export function filterOf(
  query: Omit<HistoryQuery, 'before' | 'entry'>,
  zone: string,
  projects?: readonly string[],
): HistoryFilter {
  const { kind, from, to, person, service, environment, application, release, text } = query
  return {
    group: kind,
    person,
    service,
    environment,
    application,
    release,
    text,
    projects,
    from: from === undefined ? undefined : dayStart(from, zone),
    to: to === undefined ? undefined : dayStart(dayAfter(to), zone),
  }
}

/** The query as texts: for an address, and for the entry that says what was read. Later `changes` win. */
export function textsOf(query: HistoryQuery, changes: Partial<HistoryQuery> = {}): Record<string, string> {
  const all = Object.entries({ ...query, ...changes })
  return Object.fromEntries(
    all.flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]])),
  )
}

/** Whether anything but page and open entry is asked for. */
export const isNarrowed = ({ before, entry, ...rest }: HistoryQuery): boolean =>
  Object.values(rest).some((value) => value !== undefined)
