import { observe } from './observe.ts'
import { startOperation } from './operation.ts'
import { isMultiSource, sourcesOf } from './render.ts'
import { type App, changed, later, note, type State } from './state.ts'
import type { Operation } from './types.ts'
import { maySync, windowsOf } from './windows.ts'

/** Milliseconds at speed 1 until the controller looks at an application after something moved. */
export const reconcileMs = 2_000

/** Looks at one application as the controller does: compare, then sync by itself where policy says so. */
export function reconcile(state: State, app: App, asked = false): void {
  const { core } = app
  if (!core || app.deletedAt !== undefined) return
  const before = JSON.stringify({ ...core.status, reconciledAt: undefined })
  observe(state, app, core)
  if (asked || before !== JSON.stringify({ ...core.status, reconciledAt: undefined })) changed(state, app)
  const to = core.status.sync.status
  if (app.operation || to !== 'OutOfSync') return
  const operation = automatic(state, app) ?? rolling(state, app)
  if (!operation) return
  const revision = operation.sync.revision ?? operation.sync.revisions?.join(', ') ?? 'main'
  note(state, app, { reason: 'OperationStarted', message: `Initiated automated sync to '${revision}'` })
  startOperation(state, app, operation, operation.initiatedBy.username ? 'past the API' : 'API')
}

export function reconcileLater(state: State, app: App, delayMs = reconcileMs): void {
  later(state, delayMs, () => reconcile(state, app))
}

function automatic(state: State, app: App): Operation | undefined {
  const automated = app.spec.syncPolicy?.automated
  if (!automated || automated.enabled === false || !app.core) return undefined
  const project = state.projects.find((candidate) => candidate.name === app.spec.project)
  if (!maySync(windowsOf(project, app, state.clock.now()), false)) return undefined
  const { sync, operationState } = app.core.status
  const head = sync.revisions ?? [sync.revision ?? '']
  const tried = operationState?.syncResult
  const attempted = tried && (tried.revisions ?? [tried.revision]).join() === head.join()
  if (attempted && (!automated.selfHeal || operationState?.phase !== 'Succeeded')) return undefined
  const prune = automated.prune || undefined
  return {
    sync: isMultiSource(app.spec)
      ? { prune, sources: sourcesOf(app.spec), revisions: head }
      : { revision: head[0], prune, source: app.spec.source },
    initiatedBy: { automated: true },
    retry: { limit: 5 },
  }
}

const rollingSteps = ['dev', 'staging']

/** The RollingSync ApplicationSet `gateway`: dev, then staging; its prod step has `maxUpdate: 0`. */
function rolling(state: State, app: App): Operation | undefined {
  const step = rollingSteps.indexOf(app.declared.env)
  if (app.declared.set !== 'gateway' || step < 0) return undefined
  const earlier = rollingSteps.slice(0, step).map((env) => state.apps.get(`${app.declared.service}-${env}`))
  const ready = earlier.every(
    (other) => other?.core?.status.sync.status === 'Synced' && other.core.status.health.status === 'Healthy',
  )
  if (!ready) {
    reconcileLater(state, app)
    return undefined
  }
  return {
    sync: {},
    initiatedBy: { username: 'applicationset-controller', automated: true },
    info: [
      { name: 'Reason', value: 'ApplicationSet RollingSync triggered a sync of this Application resource' },
    ],
    retry: { limit: 5 },
  }
}
