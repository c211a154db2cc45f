import type { Instant } from '#lib/platform/clock.ts'
import type { Release } from '#lib/releases/release.ts'

/** The three ways to look at what is open. */
export const inboxTabs = ['mine', 'asked', 'all'] as const
export type InboxTab = (typeof inboxTabs)[number]

/** Where a page ends: what expires later, or at the same moment and has a later id, comes after. */
export type InboxKey = { notAfter: Instant; id: string }

const keyPattern = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z)~(rel_[0-9a-z]{1,64})$/

export const keyOf = ({ notAfter, id }: InboxKey): string => `${notAfter}~${id}`

/** The key of an address; undefined for what is none. */
export function parseKey(text: string | undefined): InboxKey | undefined {
  const [, at, id] = keyPattern.exec(text ?? '') ?? []
  return at && id && !Number.isNaN(Date.parse(at)) ? { notAfter: at as Instant, id } : undefined
}

/** What address asks for what: `?tab=asked&after=…`; anything else means what waits for the viewer. */
export function askedOf(search: Record<string, string | string[] | undefined>) {
  const one = (name: string) => [search[name]].flat()[0]
  return {
    tab: inboxTabs.find((tab) => tab === one('tab')) ?? 'mine',
    after: parseKey(one('after')),
  } as const
}

type Ranked = Pick<Release, 'notAfter'> & { raised: readonly string[] }

/**
 * What is read first: what expires within the same hour is one lot, in which more risk stands before less. Lots follow
 * one another as pages do, so a page keeps its rows.
 */
export const inInboxOrder = <T extends Ranked>(rows: readonly T[]): T[] => {
  const hour = ({ notAfter }: Ranked) => notAfter.slice(0, 13)
  return [...rows].sort(
    (a, b) =>
      (hour(a) < hour(b) ? -1 : hour(a) > hour(b) ? 1 : 0) ||
      b.raised.length - a.raised.length ||
      (a.notAfter < b.notAfter ? -1 : 1),
  )
}
