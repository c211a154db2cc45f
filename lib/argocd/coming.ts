import canonicalize from 'canonicalize'
import type { ObservedApplication } from './application.ts'
import type { ApplicationSet, SyncWindows } from './schema.ts'

/** What will happen to an application if nobody does anything, and why, in plain words. */
export type Coming = {
  kind:
    | 'in-sync'
    | 'waits-for-approval'
    | 'rolling-sync'
    | 'in-flight'
    | 'automated'
    | 'gave-up'
    | 'live-drift'
    | 'never-prunes'
    | 'window'
    | 'frozen'
    | 'cannot-tell'
  reason: string
}

/** Why Git and live differ. `nothing-deployed`: no full sync is known, so there is nothing to compare with. */
export type Difference = 'none' | 'new-revision' | 'source-changed' | 'live-drift' | 'nothing-deployed'

/**
 * The decision table of the Argo CD facts, section 2. `appset` is the owning ApplicationSet when it could be
 * read: without it nobody knows whether a rolling sync will act, so the answer is 'cannot-tell'.
 */
export function coming(app: ObservedApplication, appset?: ApplicationSet, windows?: SyncWindows): Coming {
  const is = (kind: Coming['kind'], reason: string): Coming => ({ kind, reason })
  if (app.deleting) return is('frozen', 'The application is being deleted')
  if (app.operation?.inFlight) return is('in-flight', inFlightReason(app))
  if (app.skipReconcile)
    return is('frozen', 'Argo CD was told to skip this application; its status is not current')
  const error = app.conditions.find(
    (each) => each.type === 'ComparisonError' || each.type === 'InvalidSpecError',
  )
  if (error) return is('cannot-tell', `Argo CD cannot compare with Git: ${error.message}`)
  if (app.sync.status === 'Synced') return is('in-sync', 'Live is what Git says')
  if (app.sync.status !== 'OutOfSync') return is('cannot-tell', `Argo CD says sync status ${app.sync.status}`)
  if (app.automated) return automated(app, windows)
  if (!app.owner) return is('waits-for-approval', manualReason(app))
  if (!appset) {
    return is('cannot-tell', `ApplicationSet ${app.owner.name} could not be read; it may sync this by itself`)
  }
  return rolling(app, appset)
}

function automated(app: ObservedApplication, windows: SyncWindows | undefined): Coming {
  const gaveUp = app.conditions.find(
    (each) => each.type === 'SyncError' && each.message.startsWith('Failed last sync attempt'),
  )
  if (gaveUp) return { kind: 'gave-up', reason: `Automatic sync has given up: ${gaveUp.message}` }
  const { outOfSync, needPruning } = app.resources
  if (!app.automatedPrune && outOfSync > 0 && outOfSync === needPruning) {
    return { kind: 'never-prunes', reason: 'Only removals are left, and automatic sync does not prune' }
  }
  if (!app.selfHeal && same(app.operation?.syncedRevisions ?? [], app.sync.revisions)) {
    return { kind: 'live-drift', reason: 'Live was changed by hand, and automatic sync does not heal that' }
  }
  if (windows && automatedBlocked(windows)) {
    return { kind: 'window', reason: 'A sync window of the project holds automatic syncs back' }
  }
  return { kind: 'automated', reason: 'Argo CD will sync it by itself' }
}

/**
 * Sync windows with `manualSync` ignored: the API's own `canSync` answers for manual syncs only. An active
 * deny blocks; where allow windows exist, one must be active.
 */
export function automatedBlocked(windows: SyncWindows): boolean {
  if (windows.activeWindows.some((each) => each.kind === 'deny')) return true
  const allows = windows.assignedWindows.some((each) => each.kind === 'allow')
  return allows && !windows.activeWindows.some((each) => each.kind === 'allow')
}

function rolling(app: ObservedApplication, appset: ApplicationSet): Coming {
  const strategy = appset.spec?.strategy ?? null
  if (strategy?.type !== 'RollingSync') return { kind: 'waits-for-approval', reason: manualReason(app) }
  const steps = strategy.rollingSync?.steps ?? []
  const step = steps.findIndex((each) =>
    each.matchExpressions.every((expression) => matches(app.labels, expression)),
  )
  if (step === -1) {
    return {
      kind: 'waits-for-approval',
      reason: `No step of the rolling sync takes it. ${manualReason(app)}`,
    }
  }
  const maxUpdate = steps[step]?.maxUpdate
  if (maxUpdate === 0 || maxUpdate === '0' || maxUpdate === '0%') {
    return {
      kind: 'waits-for-approval',
      reason: `Step ${step + 1} of the rolling sync updates none by itself. ${manualReason(app)}`,
    }
  }
  const told = appset.status?.applicationStatus.find((each) => each.application === app.key.name)
  const where = told?.status ? `, now ${told.status}` : ''
  return {
    kind: 'rolling-sync',
    reason: `ApplicationSet ${appset.metadata.name} will sync it in step ${step + 1}${where}`,
  }
}

function matches(
  labels: Record<string, string>,
  expression: { key: string; operator: string; values: string[] },
): boolean {
  const value = labels[expression.key]
  const listed = value !== undefined && expression.values.includes(value)
  return expression.operator === 'NotIn' ? !listed : expression.operator === 'In' && listed
}

function inFlightReason(app: ObservedApplication): string {
  const operation = app.operation
  if (operation?.waitingForRetry) return 'A sync failed and waits for its next attempt'
  if (operation?.phase === 'Pending') return 'A sync was accepted and has not begun'
  return operation?.phase === 'Terminating' ? 'A sync is being terminated' : 'A sync is running'
}

const manualReasons: Record<Difference, string> = {
  none: 'Argo CD sees a difference and will not sync it by itself',
  'new-revision': 'A new revision waits for a sync',
  'source-changed': 'The application points to another source than the deployed one',
  'live-drift': 'Live was changed by hand; a sync would put it back',
  'nothing-deployed': 'No completed sync of it is known',
}

function manualReason(app: ObservedApplication): string {
  return manualReasons[difference(app)]
}

/** Compares what Argo CD compared with against what was deployed last. */
export function difference(app: ObservedApplication): Difference {
  if (app.sync.status === 'Synced') return 'none'
  if (!app.deployed) return 'nothing-deployed'
  if (canonicalize(app.deployed.sources) !== canonicalize(app.comparedSources)) return 'source-changed'
  return same(app.deployed.revisions, app.sync.revisions) ? 'live-drift' : 'new-revision'
}

function same(a: string[], b: string[]): boolean {
  return a.length > 0 && a.length === b.length && a.every((each, i) => each === b[i])
}
