import type { Source } from '#lib/argocd/schema.ts'
import type { Instant } from '#lib/platform/clock.ts'

/**
 * What made a sync happen. `release` rests on the token that only our worker knew. `automation` and `account` are what
 * Argo CD wrote down: anyone who may write the object may write any name there, so they prove nothing.
 */
export const causes = ['release', 'account', 'automation', 'unknown'] as const
export type Cause = (typeof causes)[number]

/** Seen as it happened, read later from what Argo CD remembers, or concluded: syncs took place that nobody saw. */
export const sourcesOfKnowledge = ['seen-live', 'history', 'inferred'] as const
export type KnownFrom = (typeof sourcesOfKnowledge)[number]

export type Because = { cause: Cause; actor: string | null; releaseId: string | null }

/**
 * One completed full sync and how long it stayed the last one: from `from` until just before `to` (null: still).
 * Argo CD's times have whole seconds; where two collide or run backwards, order wins and a millisecond is added.
 */
export type Deployment = Because & {
  id: string
  uid: string
  from: Instant
  to: Instant | null
  syncStartedAt: Instant | null
  historyId: number | null
  revisions: string[]
  sources: Source[]
  version: string | null
  images: string[]
  knownFrom: KnownFrom
}

export type AttemptKind = 'sync' | 'partial' | 'dry-run'

/** An operation that is in flight, or ended and deployed nothing; `deploymentId` when it deployed after all. */
export type Attempt = Because & {
  startedAt: Instant
  finishedAt: Instant | null
  kind: AttemptKind
  /** In the words of Argo CD, or `Unseen`. */
  phase: string
  message: string | null
  revisions: string[]
  deploymentId: string | null
}

/** The phase of an operation whose end nobody saw before another one came. */
export const unseen = 'Unseen'

/** Why an application is not there any more. */
export const goneReasons = ['deleted', 'not-permitted', 'vanished'] as const
export type GoneReason = (typeof goneReasons)[number]

/** Said to people, in a sentence each. */
export const words = {
  cause: {
    release: 'A release of Countersign',
    account: 'An account, by the name it gave to Argo CD',
    automation: 'Automatic, says Argo CD',
    unknown: 'Argo CD names nobody',
  },
  knownFrom: {
    'seen-live': 'Seen as it happened',
    history: 'Read from the history of Argo CD',
    inferred: 'Concluded: syncs took place here that nobody saw',
  },
  gone: {
    deleted: 'Deleted in Argo CD.',
    'not-permitted': 'Argo CD does not let us read it any more. It may still run.',
    vanished: 'Not in the list of Argo CD any more; whether it was deleted is not known yet.',
  },
} satisfies {
  cause: Record<Cause, string>
  knownFrom: Record<KnownFrom, string>
  gone: Record<GoneReason, string>
}
