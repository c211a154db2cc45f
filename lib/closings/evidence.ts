import type { ObservedApplication } from '#lib/argocd/application.ts'
import type { HistoryEntry } from '#lib/audit/data.ts'
import { carriesToken } from '#lib/dispatch/dispatch.ts'
import type { Instant } from '#lib/platform/clock.ts'

/** One attempt to send the sync, as it was written down before. */
export type SentIntent = { n: number; at: Instant; postDeadline: Instant; quietUntil: Instant; token: string }

/** All there is to judge by. What Argo CD shows now is as old as `observedAt`. */
export type ReviewEvidence = {
  /** `token` is its beginning: enough to find it in the `infos` of an operation, too little to write one. */
  intents: SentIntent[]
  /** What Argo CD answered, newest last, in the words of the log. */
  answers: { seq: number; at: Instant | null; what: string }[]
  operation: {
    phase: string
    message: string | null
    startedAt: Instant | null
    finishedAt: Instant | null
    revisions: string[]
    by: string | null
    /** Whether it carries the token of one of our intents. */
    ours: boolean
  } | null
  /** Entries of Argo CD's own history since the first intent; `planned` ones are of the signed revisions. */
  deployments: { id: number; at: Instant | null; revisions: string[]; planned: boolean }[]
  /** False when Argo CD has not been read at all. */
  observed: boolean
}

const answerTypes = new Set([
  'release.accepted',
  'release.refused',
  'release.ambiguous',
  'release.operation-ended',
])

const sameRevisions = (a: readonly string[], b: readonly string[]) =>
  a.length > 0 && a.length === b.length && a.every((each, index) => each === b[index])

/** Gathers what a release in review is judged by. */
export function evidenceOf(given: {
  intents: readonly SentIntent[]
  history: readonly HistoryEntry[]
  observed: ObservedApplication | null
  revisions: readonly string[]
}): ReviewEvidence {
  const { intents, history, observed, revisions } = given
  const operation = observed?.operation ?? null
  const since = intents[0]?.at
  const later = (entry: ObservedApplication['history'][number]) => {
    const at = entry.deployedAt ?? entry.deployStartedAt
    return since === undefined || at === null || Date.parse(at) >= Date.parse(since) - 1_000
  }
  return {
    intents: intents.map((intent) => ({ ...intent, token: intent.token.slice(0, 8) })),
    answers: history
      .filter(({ type }) => answerTypes.has(type))
      .map(({ seq, at, what }) => ({ seq, at, what })),
    operation: operation && {
      phase: operation.inFlight ? `${operation.phase}, still running` : operation.phase,
      message: operation.message,
      startedAt: operation.startedAt,
      finishedAt: operation.finishedAt,
      revisions:
        operation.syncedRevisions.length > 0 ? operation.syncedRevisions : operation.request.revisions,
      by: operation.initiatedBy.automated ? 'Argo CD itself' : operation.initiatedBy.username,
      ours: intents.some(({ token }) => carriesToken(operation, token)),
    },
    deployments: (observed?.history ?? []).filter(later).map((entry) => ({
      id: entry.id,
      at: entry.deployedAt ?? entry.deployStartedAt,
      revisions: entry.revisions,
      planned: sameRevisions(entry.revisions, revisions),
    })),
    observed: observed !== null,
  }
}
