import type { Relation } from '#lib/catalog/relation.ts'
import type { Cause, KnownFrom } from '#lib/deployments/deployment.ts'
import type { Instant } from '#lib/platform/clock.ts'

/** The release that put it there, with those who signed it. */
export type ReleaseThen = { id: string; requester: string; approvers: string[]; approvedAt: Instant | null }

/** One application as it was at a moment. What nobody knew then or learnt later is null, never guessed. */
export type CellThen = {
  application: string
  name: string
  instance: string
  target: string | null
  /** Null before anything was known to run, and where syncs took place that nobody saw. */
  version: string | null
  revisions: string[]
  images: string[]
  deployedAt: Instant | null
  /** When something else took its place; null: it still runs. */
  until: Instant | null
  cause: Cause | null
  actor: string | null
  knownFrom: KnownFrom | null
  health: string | null
  sync: string | null
  relation: Relation | null
  /** Why it was not there, or that we had not heard of it yet. */
  absence: string | null
  release: ReleaseThen | null
  /** A release that was open then. */
  open: string | null
}

export type RowThen = {
  service: string
  team: string | null
  tier: string | null
  /** By environment, each target an entry of its own. */
  cells: Record<string, CellThen[]>
}

export type MatrixThen = {
  at: Instant
  environments: { name: string; protected: boolean }[]
  rows: RowThen[]
  /** The last service of this page, when there are more. */
  next?: string
}

/** When something changed next to a moment; null: nothing did. */
export type Steps = { previous: Instant | null; next: Instant | null }

/** A moment that is shown: where the slider begins and ends, and where one can step to. */
export type Moment = Steps & {
  at: Instant
  since: Instant | null
  now: Instant
}
