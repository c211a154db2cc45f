import canonicalize from 'canonicalize'
import type { ObservedApplication } from './application.ts'
import type { Source } from './schema.ts'

/** What of a plan goes to Argo CD, or has to come back in its echo. Sources are masked, as observed. */
export type SyncPlan = {
  key: { namespace: string; name: string }
  uid: string | null
  project: string
  destination: { server: string | null; name: string | null; namespace: string | null }
  sources: Source[]
  multiSource: boolean
  /** One per source, in order: 40-hex SHA, chart version or digest. */
  revisions: string[]
  prune: boolean
  syncOptions: string[]
  strategy: 'hook' | 'apply'
}

/** Names of the entries that tie an operation to a release; they come back as `operation.info`. */
export const infoNames = {
  release: 'countersign/release',
  token: 'countersign/token',
  approvers: 'countersign/approvers',
} as const

export type SyncBody = {
  project: string
  appNamespace?: string
  revision?: string
  sourcePositions?: number[]
  revisions?: string[]
  dryRun: false
  prune: boolean
  strategy: { hook: Record<string, never> } | { apply: Record<string, never> }
  syncOptions: { items: string[] }
  retryStrategy: { limit: 0; refresh: false }
  infos: { name: string; value: string }[]
}

export type SyncIntent = { release: string; token: string; approvers: string[] }

/**
 * The body of the one sync request. Everything is explicit, because Argo CD fills what is missing with the
 * application's own settings of that moment (a `retry.refresh` of its own would even unpin the revision).
 * Throws when the revisions do not match the sources: Argo CD would sync a branch head for the missing one.
 */
export function buildSyncBody(plan: SyncPlan, intent: SyncIntent): SyncBody {
  if (plan.revisions.length !== plan.sources.length || plan.revisions.some((each) => each === '')) {
    throw new Error(`${plan.revisions.length} revisions for ${plan.sources.length} sources`)
  }
  const [first] = plan.revisions
  if (first === undefined || (!plan.multiSource && plan.revisions.length !== 1)) {
    throw new Error(`${plan.revisions.length} revisions for a single source`)
  }
  return {
    project: plan.project,
    ...(plan.key.namespace === '' ? {} : { appNamespace: plan.key.namespace }),
    ...(plan.multiSource
      ? { sourcePositions: plan.sources.map((_, i) => i + 1), revisions: plan.revisions }
      : { revision: first }),
    dryRun: false,
    prune: plan.prune,
    strategy: plan.strategy === 'hook' ? { hook: {} } : { apply: {} },
    syncOptions: { items: plan.syncOptions },
    retryStrategy: { limit: 0, refresh: false },
    infos: [
      { name: infoNames.release, value: intent.release },
      { name: infoNames.token, value: intent.token },
      { name: infoNames.approvers, value: intent.approvers.join(', ') },
    ],
  }
}

export type EchoDifference = { field: string; expected: string; found: string }

/**
 * Compares the echoed operation with what was meant; an empty list means Argo CD will do exactly that. Argo CD
 * ignores names it does not know, so only the echo proves that a request was understood. Works on the answer
 * of the sync request and on any later observation of the same operation.
 */
export function checkEcho(app: ObservedApplication, plan: SyncPlan, intent: SyncIntent): EchoDifference[] {
  const operation = app.operation
  if (!operation) return [{ field: 'operation', expected: 'present', found: 'none' }]
  const { request } = operation
  const told = (name: string) => operation.info.filter((each) => each.name === name).map((each) => each.value)
  const pairs: [field: string, expected: unknown, found: unknown][] = [
    ['application', plan.key, { ...app.key, namespace: app.key.namespace || plan.key.namespace }],
    ['uid', plan.uid, app.uid],
    ['project', plan.project, app.project],
    ['destination', plan.destination, app.destination],
    ['revisions', plan.revisions, request.revisions],
    ['sources', plan.sources, request.sources],
    ['prune', plan.prune, request.prune],
    ['dry run', false, request.dryRun],
    ['partial', false, request.partial],
    ['local manifests', false, request.localManifests],
    ['sync options', plan.syncOptions, request.syncOptions],
    ['strategy', plan.strategy, request.strategy ?? 'hook'],
    ['retry limit', 0, request.retryLimit],
    ['retry refresh', false, request.retryRefresh],
    [infoNames.release, [intent.release], told(infoNames.release)],
    [infoNames.token, [intent.token], told(infoNames.token)],
    [infoNames.approvers, [intent.approvers.join(', ')], told(infoNames.approvers)],
  ]
  return pairs.flatMap(([field, expected, found]) => {
    const [wanted, got] = [canonicalize(expected) ?? '', canonicalize(found) ?? '']
    return wanted === got ? [] : [{ field, expected: wanted, found: got }]
  })
}
