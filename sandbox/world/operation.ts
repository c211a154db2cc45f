import { seconds } from './clock.ts'
import { targetOf } from './compare.ts'
import { apply, endRollout, imagesOf, liveKey, refusalOf } from './live.ts'
import type { Manifest } from './manifests.ts'
import { observe } from './observe.ts'
import { historyEntry } from './past.ts'
import { isHook } from './render.ts'
import { type Applied, hookName, hookResult, inApplyOrder, resourceResult, resultOf } from './results.ts'
import { type App, type Core, changed, later, nextVersion, note, type Run, type State } from './state.ts'
import type { Operation, OperationState, ResourceResult } from './types.ts'
import { durationMs } from './windows.ts'

/** Milliseconds at speed 1: what a sync of a healthy service takes, step by step. */
const steps = {
  pickUp: 20,
  failFast: 300,
  hook: 2_000,
  apply: 1_000,
  finish: 480,
  compare: 100,
  rollout: 900,
  degrade: 4_000,
  slow: 30_000,
  terminate: 250,
}

type Ending = { phase: 'Succeeded' | 'Failed' | 'Error'; message: string; results?: ResourceResult[] }
type Job = { app: App; core: Core; operation: Operation }

/**
 * Fills the one operation slot. The caller has checked that it is empty. `past the API` is what kubectl and the
 * ApplicationSet controller do: the state of the operation before stays until the controller begins.
 */
export function startOperation(
  state: State,
  app: App,
  operation: Operation,
  way: 'API' | 'past the API' = 'API',
): void {
  const core = app.core
  if (!core) throw new Error(`${app.name} has no core`)
  app.run?.cancel()
  app.operation = operation
  if (way === 'API') core.status.operationState = undefined
  changed(state, app)
  run(state, app, 'accepted', steps.pickUp, () => begin(state, { app, core, operation }))
}

function run(state: State, app: App, stage: Run['stage'], delayMs: number, next: () => void): void {
  app.run = { stage, cancel: later(state, delayMs, next), next }
}

/** Ends the step that is running without waiting for its time. */
export function hurry({ run }: App): void {
  run?.cancel()
  run?.next()
}

function begin(state: State, job: Job): void {
  const { app, core, operation } = job
  const earlier = core.status.operationState
  const unfinished = earlier?.phase === 'Running' || earlier?.phase === 'Terminating'
  const before = unfinished ? earlier : undefined
  core.status.operationState = {
    operation,
    phase: before?.phase === 'Terminating' ? 'Terminating' : 'Running',
    startedAt: seconds(state.clock.now()),
    ...(before?.retryCount ? { retryCount: before.retryCount } : {}),
  }
  changed(state, app)
  const asked = operation.sync.revisions ?? [operation.sync.revision ?? '']
  const { source, sources } = operation.sync
  const target = targetOf(state, app, asked, sources ?? (source ? [source] : undefined))
  const revisions = asked.map(
    (revision, position) => revision || (target.ok ? (target.revisions[position] ?? '') : ''),
  )
  if (!target.ok) {
    const message = `ComparisonError: ${target.message}`
    run(state, app, 'applying', steps.failFast, () => end(state, job, revisions, { phase: 'Error', message }))
    return
  }
  const hooks =
    operation.sync.resources || operation.sync.syncStrategy?.apply ? [] : target.manifests.filter(isHook)
  if (app.declared.service === 'slow-sync') {
    run(state, app, 'slow', steps.slow, () => applyAll(state, job, revisions, target.manifests, []))
  } else if (hooks.length > 0 && !operation.sync.dryRun) {
    runHooks(state, job, revisions, target.manifests, hooks)
  } else {
    run(state, app, 'applying', steps.apply, () => applyAll(state, job, revisions, target.manifests, []))
  }
}

function runHooks(
  state: State,
  job: Job,
  revisions: string[],
  manifests: Manifest[],
  hooks: Manifest[],
): void {
  const { app, core } = job
  const startedAt = state.clock.now()
  const revision = revisions[0] ?? ''
  const namespace = app.spec.destination.namespace ?? ''
  for (const hook of hooks) {
    const name = hookName(hook, revision, startedAt)
    const health = { status: 'Progressing' as const }
    core.status.resources?.push({
      group: 'batch',
      version: 'v1',
      kind: 'Job',
      namespace,
      name,
      health,
      hook: true,
    })
  }
  const images = hooks.flatMap((hook) => hookResult(app, hook, revision, startedAt).images ?? [])
  core.status.summary = {
    ...core.status.summary,
    images: [...new Set([...(core.status.summary.images ?? []), ...images])].sort(),
  }
  changed(state, app)
  const results = hooks.map((hook) => hookResult(app, hook, revision, startedAt))
  run(state, app, 'hook', steps.hook, () => applyAll(state, job, revisions, manifests, results))
}

function applyAll(
  state: State,
  job: Job,
  revisions: string[],
  manifests: Manifest[],
  hookResults: ResourceResult[],
): void {
  const { app, core, operation } = job
  const { dryRun, resources } = operation.sync
  const namespace = app.spec.destination.namespace ?? ''
  const chosen = inApplyOrder(manifests).filter(
    (manifest) =>
      !resources ||
      resources.some((ref) => ref.kind === manifest.kind && ref.name === manifest.metadata.name),
  )
  const applied: Applied[] = chosen.map((manifest, position) => {
    if (!dryRun) {
      const version = () => nextVersion(state)
      const outcome = apply(core.live, manifest, namespace, app.name, state.clock.now(), version)
      // The controller sees new objects come in while the rest is still on its way.
      if (position === 0 && outcome.ok && outcome.verb === 'created') {
        observe(state, app, core)
        changed(state, app)
      }
      return { manifest, outcome }
    }
    const message = refusalOf(core.live, manifest, namespace)
    if (message) return { manifest, outcome: { ok: false, message } }
    const verb = core.live.has(liveKey(manifest, namespace)) ? 'configured' : 'created'
    return { manifest, outcome: { ok: true, verb } }
  })
  const refused = applied.flatMap(({ outcome }) => (outcome.ok ? [] : [outcome.message]))
  const phase = dryRun ? 'dry run' : refused.length > 0 ? 'Succeeded' : 'Running'
  const results = [...hookResults, ...applied.map((one) => resourceResult(app, one, phase))]
  const ending: Ending =
    refused.length > 0
      ? {
          phase: 'Failed',
          message: `one or more synchronization tasks completed unsuccessfully, reason: ${refused.join(',')}`,
          results,
        }
      : {
          phase: 'Succeeded',
          message: `successfully synced (${dryRun ? 'no more tasks' : 'all tasks run'})`,
          results,
        }
  if (ending.phase === 'Succeeded' && !dryRun && !resources) remember(state, job, revisions)
  run(state, app, 'applying', steps.finish, () => end(state, job, revisions, ending))
}

/** A full, successful sync enters the history before the operation is over. */
function remember(state: State, { app, core, operation }: Job, revisions: string[]): void {
  const history = core.status.history ?? []
  const startedAt = Date.parse(core.status.operationState?.startedAt ?? '')
  const id = (history.at(-1)?.id ?? -1) + 1
  const now = state.clock.now()
  const entry = historyEntry(app, revisions, operation.initiatedBy, id, startedAt, now)
  core.status.history = [...history, entry].slice(-(app.spec.revisionHistoryLimit ?? 10))
  changed(state, app)
}

function end(state: State, job: Job, revisions: string[], ending: Ending): void {
  const { app, core, operation } = job
  const before = core.status.operationState
  const retryCount = before?.retryCount ?? 0
  const limit = operation.retry.limit ?? 0
  const over: OperationState = {
    operation,
    phase: ending.phase,
    message:
      retryCount > 0 && ending.phase !== 'Succeeded'
        ? `${ending.message} (retried ${retryCount} times).`
        : ending.message,
    syncResult: resultOf(app, revisions, ending.results),
    startedAt: before?.startedAt ?? seconds(state.clock.now()),
    finishedAt: seconds(state.clock.now()),
    ...(retryCount > 0 ? { retryCount } : {}),
  }
  const again = limit < 0 || retryCount < limit
  if (ending.phase !== 'Succeeded' && again && before?.phase !== 'Terminating') {
    waitForRetry(state, job, { ...over, message: ending.message }, retryCount + 1)
    return
  }
  core.status.operationState = over
  finish(state, app, core)
  const word = over.phase === 'Succeeded' ? 'succeeded' : 'failed'
  note(state, app, {
    reason: 'OperationCompleted',
    message: `Sync operation to ${revisions.join(', ')} ${word}`,
  })
}

function finish(state: State, app: App, core: Core): void {
  app.operation = undefined
  app.run = undefined
  changed(state, app)
  later(state, steps.compare, () => settle(state, app, core))
}

/** Twelve-hour time without a leading zero, as Go's time.Kitchen writes it. */
function kitchen(atMs: number): string {
  const at = new Date(atMs)
  const hours = at.getUTCHours()
  const minutes = String(at.getUTCMinutes()).padStart(2, '0')
  return `${hours % 12 || 12}:${minutes}${hours < 12 ? 'AM' : 'PM'}`
}

function waitForRetry(state: State, job: Job, over: OperationState, count: number): void {
  const { app, core, operation } = job
  const { duration = '5s', factor = 2, maxDuration = '3m' } = operation.retry.backoff ?? {}
  const waitMs = Math.min(durationMs(duration) * factor ** (count - 1), durationMs(maxDuration))
  const clockTime = kitchen(state.clock.now() + waitMs)
  const message = `${over.message}. Retrying attempt #${count} at ${clockTime}.`
  core.status.operationState = { ...over, phase: 'Running', message, retryCount: count }
  changed(state, app)
  run(state, app, 'waiting', waitMs, () => {
    const sync = operation.retry.refresh
      ? { ...operation.sync, revision: undefined, revisions: operation.sync.revisions?.map(() => '') }
      : operation.sync
    const next = { ...operation, sync }
    app.operation = next
    begin(state, { app, core, operation: next })
  })
}

/** After a sync: compare, then let the pods come up, or not. */
export function settle(state: State, app: App, core: Core): void {
  observe(state, app, core)
  changed(state, app)
  app.stopRollout?.()
  const moving = [...core.live.values()].filter(
    (resource) => resource.owner === app.name && resource.health?.status === 'Progressing',
  )
  if (moving.length === 0) return
  const bad = moving.some((resource) => imagesOf(resource.applied).some((image) => image.endsWith('-bad')))
  const well = !app.degrades && !bad
  app.stopRollout = later(state, well ? steps.rollout : steps.degrade, () => {
    for (const resource of moving) endRollout(resource, well)
    observe(state, app, core)
    changed(state, app)
  })
}

/**
 * Asks the running operation to stop. It says Terminating at once, and still succeeds when its objects are
 * being applied already; only an operation that waits (hook, retry, slow) really ends.
 */
export function terminateOperation(state: State, app: App): void {
  const { core, run: running } = app
  const operationState = core?.status.operationState
  if (!core || !operationState) return
  core.status.operationState = { ...operationState, phase: 'Terminating' }
  changed(state, app)
  if (running?.stage !== 'hook' && running?.stage !== 'waiting' && running?.stage !== 'slow') return
  running.cancel()
  const { retryCount } = operationState
  later(state, steps.terminate, () => {
    core.status.operationState = {
      ...operationState,
      phase: 'Failed',
      message: `Operation terminated${retryCount ? ` (retried ${retryCount} times).` : ''}`,
      syncResult:
        operationState.syncResult ??
        resultOf(
          app,
          operationState.operation.sync.revisions ?? [operationState.operation.sync.revision ?? ''],
        ),
      finishedAt: operationState.finishedAt ?? seconds(state.clock.now()),
    }
    finish(state, app, core)
  })
}
