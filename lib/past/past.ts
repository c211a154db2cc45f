import { type Before, type Relation, relationOf } from '#lib/catalog/relation.ts'
import { words } from '#lib/deployments/deployment.ts'

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

export type Presence =
  | { is: 'present' | 'before' }
  | { is: 'gone'; why: keyof typeof words.gone | 'recreated' }

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

/** Whether it has a place among what ran: what was deleted by then has none, what we may not see any more may run on. */
export const isThere = (presence: Presence): boolean =>
  presence.is !== 'gone' || (presence.why !== 'deleted' && presence.why !== 'recreated')
