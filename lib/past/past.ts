import { type Before, type Relation, relationOf } from '#lib/catalog/relation.ts'
import { words } from '#lib/deployments/deployment.ts'
import { type Instant, instant } from '#lib/platform/clock.ts'

/** `2026-06-03T14:05`, with or without seconds and zone; without a zone it is UTC. */
const written = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})?$/

/** A day is its end: what somebody means who asks about 3 June. */
const day = /^\d{4}-\d{2}-\d{2}$/

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
  if (!written.test(full) || Number.isNaN(Date.parse(zoned)))
    return {
      at: undefined,
      problem: `"${value.slice(0, 40)}" is no moment. Write it as 2026-06-03T14:05Z, or 2026-06-03 for the end of that day (UTC).`,
    }
  const at = instant(zoned)
  return { at: at < now ? at : undefined }
}

export type PlacedThen = {
  environment: string
  target: string | null
  version: string | null
  coming: string | null
}

/** The same service in the nearest environment before: the same target, else its only application there. */
export function beforeThen(
  one: PlacedThen,
  all: readonly PlacedThen[],
  order: readonly string[],
): Before | undefined {
  const earlier = order.slice(0, Math.max(order.indexOf(one.environment), 0)).toReversed()
  for (const environment of earlier) {
    const here = all.filter((each) => each.environment === environment)
    const same = here.filter((each) => each.target === one.target)
    const [only, ...more] = same.length > 0 ? same : here
    if (only) return { environment, version: more.length === 0 ? only.version : null }
  }
  return undefined
}

/** How it stood to the environment before it, as the matrix would have said then; open releases aside. */
export function relationThen(
  one: PlacedThen,
  all: readonly PlacedThen[],
  order: readonly string[],
): Relation | null {
  const standing = {
    version: one.version,
    coming: one.coming ?? 'none',
    problem: false,
    planCommits: null,
  }
  return relationOf(standing, beforeThen(one, all, order))
}

type Presence = { is: 'present' | 'before' } | { is: 'gone'; why: keyof typeof words.gone | 'recreated' }

/** Said of an application that was not there at the moment, or not known to be. */
export function absenceOf(presence: Presence, deployed: boolean): string | null {
  if (presence.is === 'gone')
    return presence.why === 'recreated' ? 'Deleted then, and created anew later.' : words.gone[presence.why]
  if (presence.is === 'before')
    return deployed
      ? 'From the history that Argo CD still had; Countersign was not watching yet.'
      : 'Nothing is known of it at this moment.'
  return null
}
