import type { Cause, KnownFrom } from '#lib/deployments/deployment.ts'
import type { Instant } from '#lib/platform/clock.ts'

/** One deployment of a service, or an operation that deployed nothing (yet). */
export type Move = {
  /** What a row is about: the version, or the revisions where no version is known. */
  key: string
  application: string
  from: Instant
  to: Instant | null
  kind: 'deployed' | 'in-flight' | 'failed'
  message: string | null
  revisions: string[]
  cause: Cause
  actor: string | null
  release: string | null
  knownFrom: KnownFrom | null
}

/** What is known of one column for as long as anything is. */
export type Lane = {
  application: string
  name: string
  environment: string
  target: string | null
  /** The first deployment that is known; before it, nobody can say what was left out. */
  since: Instant | null
  /** When the newest version that was ever deployed here first appeared anywhere. */
  newest: Instant | null
  /** Until when syncs took place that nobody saw; null: all is known. */
  unseenUntil: Instant | null
}

export type GridRow = {
  key: string
  version: string | null
  revisions: string[]
  /** When it came anywhere for the first and for the last time. */
  first: Instant
  last: Instant
  /** Whether every environment would have got it: then one that never did was left out. */
  forAll: boolean
}

export type GridCell =
  | { kind: 'live' | 'in-flight' | 'failed' | 'was-here'; move: Move; times: number }
  /** A later version went there without this one ever running. */
  | { kind: 'skipped' }
  | { kind: 'cannot-tell' }
  | { kind: 'none' }

/** A version that says nothing of its own: none, or the start of a commit. */
export const isCommit = ({ version, revisions }: Pick<GridRow, 'version' | 'revisions'>): boolean =>
  version === null || (/^[0-9a-f]{7,}$/.test(version) && revisions.some((each) => each.startsWith(version)))

/** Whether environments run the same commits, or each has its own and none of the others' was ever meant for it. */
export const sharesCommits = (moves: readonly Pick<Move, 'revisions' | 'application'>[]): boolean =>
  [...Map.groupBy(moves, ({ revisions }) => revisions.join(' ')).values()].some(
    (same) => new Set(same.map(({ application }) => application)).size > 1,
  )

/**
 * What one version was in one column. `live` before what is in flight, before what was, before what failed: the most
 * that can be said. Skipped only where all is known from the first appearance of the version on; one that is not `forAll` is
 * never missed.
 */
export function cellOf(row: GridRow, lane: Lane, moves: readonly Move[]): GridCell {
  const own = moves
    .filter((move) => move.key === row.key && move.application === lane.application)
    .toSorted((a, b) => (a.from < b.from ? 1 : -1))
  const deployed = own.filter(({ kind }) => kind === 'deployed')
  const find = (kind: Move['kind']) => own.find((move) => move.kind === kind)
  const live = deployed.find(({ to }) => to === null)
  if (live) return { kind: 'live', move: live, times: deployed.length }
  const running = find('in-flight')
  if (running) return { kind: 'in-flight', move: running, times: 1 }
  const [last] = deployed
  if (last) return { kind: 'was-here', move: last, times: deployed.length }
  const failed = find('failed')
  if (failed) return { kind: 'failed', move: failed, times: own.length }
  if (!row.forAll || lane.newest === null || lane.newest <= row.first) return { kind: 'none' }
  const known = lane.since !== null && lane.since <= row.first
  const seen = lane.unseenUntil === null || lane.unseenUntil <= row.first
  return { kind: known && seen ? 'skipped' : 'cannot-tell' }
}
