import type { PlacedAttempt, PlacedDeployment } from '#lib/deployments/data.ts'
import type { GoneReason } from '#lib/deployments/deployment.ts'
import { type Instant, instant, plus } from '#lib/platform/clock.ts'

type Named = { id: string; name: string }

/** One life or stay of an application: from when until when (null: still) it was there for us. */
export type Life = {
  from: Instant
  to: Instant | null
  began: 'found' | 'created' | 'recreated' | 'returned'
  ended: GoneReason | 'recreated' | null
  renamedFrom: Named | null
  renamedTo: Named | null
}

/** Something that happened to an application. */
export type Moment =
  | { kind: 'deployment'; at: Instant; deployment: PlacedDeployment }
  | { kind: 'attempt'; at: Instant; attempt: PlacedAttempt }
  | { kind: 'came'; at: Instant; life: Life }
  | { kind: 'went'; at: Instant; life: Life }

const order = { went: 0, came: 1, deployment: 2, attempt: 3 } as const

/** The last of what was shown: its moment, and its place among what happened at that moment. */
export type HistoryKey = { at: Instant; place: number }

/** Deployments or attempts before this moment may stand after the key. */
export const bound = ({ at, place }: HistoryKey, kind: Moment['kind']): Instant =>
  place < order[kind] ? plus(at, 1) : at

/** Newest first; of one moment always in the same order. */
const byTime = (a: Moment, b: Moment) =>
  a.at === b.at ? order[a.kind] - order[b.kind] : a.at < b.at ? 1 : -1

/** A page from deployments and attempts, each with one row more than a page where there are more, and all lives. */
export function merge(
  given: { deployments: PlacedDeployment[]; attempts: PlacedAttempt[]; lives: readonly Life[] },
  key: HistoryKey | null,
  limit: number,
): { moments: Moment[]; next: HistoryKey | null } {
  const lives = given.lives.flatMap((life): Moment[] => [
    ...(life.to ? [{ kind: 'went' as const, at: life.to, life }] : []),
    // The first look at it is no event of its own.
    ...(life.began === 'found' ? [] : [{ kind: 'came' as const, at: life.from, life }]),
  ])
  const all = [
    ...lives,
    ...given.deployments.map(
      (deployment): Moment => ({ kind: 'deployment', at: deployment.from, deployment }),
    ),
    ...given.attempts.map((attempt): Moment => ({ kind: 'attempt', at: attempt.startedAt, attempt })),
  ]
    .filter((each) => !key || each.at < bound(key, each.kind))
    .sort(byTime)
  const moments = all.slice(0, limit)
  const last = moments.at(-1)
  if (!last || all.length <= limit) return { moments, next: null }
  return { moments, next: { at: last.at, place: order[last.kind] } }
}

/** The key as it stands in an address. */
export const writeKey = ({ at, place }: HistoryKey): string => `${at}~${place}`

/** The key of an address; null for none and for what is none. */
export function readKey(text: string | undefined): HistoryKey | null {
  const [, moment, place] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z)~([0-3])$/.exec(text ?? '') ?? []
  if (moment === undefined || Number.isNaN(Date.parse(moment))) return null
  return { at: instant(moment), place: Number(place) }
}
