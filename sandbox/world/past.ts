import { seconds } from './clock.ts'
import { blankStatus, compare, targetOf } from './compare.ts'
import { apply, type Cluster, endRollout } from './live.ts'
import { isHook, isMultiSource, sourcesOf } from './render.ts'
import { resultOf, resultsOf } from './results.ts'
import { type App, type Core, nextVersion, type State } from './state.ts'
import type { HistoryEntry, Operation, PastRollout } from './types.ts'

/** How long a past rollout is said to have taken, for its `deployStartedAt`. */
const rolloutMs = 2_000

/** Writes the controller's view of an application from the rollouts it is declared to have had. */
export function buildCore(state: State, app: App, live: Cluster, version = () => nextVersion(state)): Core {
  const core: Core = { status: blankStatus(), live }
  const { past } = app.declared
  let last = past.at(-1)
  if (last && !targetOf(state, app, last.revisions).ok) last = undefined
  for (const rollout of last ? past.slice(-2) : []) {
    const target = targetOf(state, app, rollout.revisions)
    if (!target.ok) continue
    const results = []
    for (const manifest of target.manifests) {
      if (isHook(manifest)) continue
      const namespace = app.spec.destination.namespace ?? ''
      const outcome = apply(live, manifest, namespace, app.name, rollout.at, version)
      results.push({ manifest, outcome })
    }
    if (rollout !== last) continue
    const operation = operationOf(app, rollout)
    core.status.operationState = {
      operation,
      phase: 'Succeeded',
      message: 'successfully synced (all tasks run)',
      syncResult: resultOf(app, rollout.revisions, resultsOf(app, target.manifests, results, rollout.at)),
      startedAt: seconds(rollout.at - rolloutMs),
      finishedAt: seconds(rollout.at),
    }
  }
  if (last) core.status.history = historyOf(app)
  const well = !app.degrades || app.declared.env === 'prod'
  for (const resource of live.values()) if (resource.owner === app.name) endRollout(resource, well)
  compare(state, app, core)
  if (last && core.status.health.lastTransitionTime)
    core.status.health.lastTransitionTime = seconds(last.at + rolloutMs)
  return core
}

function operationOf(app: App, rollout: PastRollout): Operation {
  const automated = app.spec.syncPolicy?.automated
  const prune = (rollout.by.automated && automated?.prune) || undefined
  const at = isMultiSource(app.spec)
    ? { sources: sourcesOf(app.spec), revisions: rollout.revisions }
    : { source: app.spec.source }
  return {
    sync: isMultiSource(app.spec) ? { prune, ...at } : { revision: rollout.revisions[0], prune, ...at },
    initiatedBy: rollout.by,
    retry: rollout.by.automated ? { limit: 5 } : {},
  }
}

function historyOf(app: App): HistoryEntry[] {
  const { past } = app.declared
  const limit = app.spec.revisionHistoryLimit ?? 10
  return past
    .map((rollout, id) =>
      historyEntry(app, rollout.revisions, rollout.by, id, rollout.at - rolloutMs, rollout.at),
    )
    .slice(-limit)
}

export function historyEntry(
  app: App,
  revisions: string[],
  initiatedBy: HistoryEntry['initiatedBy'],
  id: number,
  startedAt: number,
  at: number,
): HistoryEntry {
  const multi = isMultiSource(app.spec)
  return {
    revision: multi ? undefined : revisions[0],
    deployedAt: seconds(at),
    id,
    source: multi ? { repoURL: '' } : (app.spec.source ?? { repoURL: '' }),
    deployStartedAt: seconds(startedAt),
    sources: multi ? sourcesOf(app.spec) : undefined,
    revisions: multi ? revisions : undefined,
    initiatedBy,
  }
}
