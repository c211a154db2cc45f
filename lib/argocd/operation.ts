import type { Masker } from '#lib/manifests/mask.ts'
import { type Instant, instant } from '#lib/platform/clock.ts'
import type { RawApplication, RawOperation, Source } from './schema.ts'

/** What was asked of Argo CD, as its echo says it. */
export type OperationRequest = {
  revisions: string[]
  sources: Source[]
  prune: boolean
  dryRun: boolean
  partial: boolean
  localManifests: boolean
  syncOptions: string[]
  strategy: 'hook' | 'apply' | null
  /** Recorded: "no retries" comes back as `{}`. */
  retryLimit: number
  retryRefresh: boolean
}

/**
 * The operation in flight, or the last one. `Pending` is our word for accepted and not yet begun. The name of
 * who initiated it proves nothing (anyone with kubectl may write any); only a token in `info` does.
 */
export type ObservedOperation = {
  inFlight: boolean
  phase: string
  waitingForRetry: boolean
  retryCount: number
  message: string | null
  startedAt: Instant | null
  finishedAt: Instant | null
  request: OperationRequest
  /** What the controller says it worked on, whatever came of it; empty until it says so. */
  syncedRevisions: string[]
  syncedSources: Source[]
  /** Images of what was applied, hooks left out; empty where Argo CD does not say. */
  images: string[]
  failed: { kind: string; name: string; namespace: string | null; message: string }[]
  info: { name: string; value: string }[]
  initiatedBy: { username: string | null; automated: boolean }
}

type RawState = NonNullable<RawApplication['status']>['operationState']
const endedPhases = new Set(['Succeeded', 'Failed', 'Error'])

/** Reads `operation` (queued or running) and `status.operationState` (running or last) together. */
export function operationOf(
  queued: RawOperation | null,
  state: RawState,
  masker: Masker,
): ObservedOperation | null {
  const ended = state !== null && endedPhases.has(state.phase ?? '')
  if (queued && (state === null || ended)) return observed(queued, null, masker)
  if (state) return observed(state.operation ?? queued, state, masker)
  return null
}

function observed(asked: RawOperation | null, state: RawState, masker: Masker): ObservedOperation {
  const phase = state?.phase || 'Pending'
  const inFlight = !endedPhases.has(phase)
  const result = state?.syncResult ?? null
  return {
    inFlight,
    phase,
    waitingForRetry: inFlight && state?.finishedAt != null,
    retryCount: state?.retryCount ?? 0,
    message: state?.message ? masker.text(state.message) : null,
    startedAt: state?.startedAt ? instant(state.startedAt) : null,
    finishedAt: state?.finishedAt ? instant(state.finishedAt) : null,
    request: requestOf(asked, masker),
    syncedRevisions: listOr(result?.revisions, result?.revision),
    syncedSources: sourceList(result, masker),
    images: [
      ...new Set((result?.resources ?? []).flatMap((each) => (each.hookType ? [] : each.images))),
    ].sort(),
    failed: (result?.resources ?? [])
      .filter(
        (each) => each.status === 'SyncFailed' || each.hookPhase === 'Failed' || each.hookPhase === 'Error',
      )
      .map((each) => ({
        kind: each.kind ?? '',
        name: each.name ?? '',
        namespace: each.namespace,
        message: masker.text(each.message ?? ''),
      })),
    info: (asked?.info ?? []).map(({ name, value }) => ({ name, value })),
    initiatedBy: {
      username: asked?.initiatedBy?.username ?? null,
      automated: asked?.initiatedBy?.automated === true,
    },
  }
}

function requestOf(asked: RawOperation | null, masker: Masker): OperationRequest {
  const sync = asked?.sync ?? null
  const strategy = sync?.syncStrategy ?? null
  return {
    revisions: listOr(sync?.revisions, sync?.revision),
    sources: sourceList(sync, masker),
    prune: sync?.prune === true,
    dryRun: sync?.dryRun === true,
    partial: (sync?.resources.length ?? 0) > 0,
    localManifests: (sync?.manifests.length ?? 0) > 0,
    syncOptions: sync?.syncOptions ?? [],
    strategy: strategy?.apply != null ? 'apply' : strategy?.hook != null ? 'hook' : null,
    retryLimit: asked?.retry?.limit ?? 0,
    retryRefresh: asked?.retry?.refresh === true,
  }
}

function listOr(many: string[] | undefined, one: string | null | undefined): string[] {
  return many && many.length > 0 ? many : one ? [one] : []
}

function sourceList(given: { source: Source | null; sources: Source[] } | null, masker: Masker): Source[] {
  const sources = given
    ? given.sources.length > 0
      ? given.sources
      : given.source?.repoURL
        ? [given.source]
        : []
    : []
  return sources.map((source) => masker.tree(source, 'source'))
}
