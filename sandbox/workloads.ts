import type { Workload } from '#sandbox/signals/traffic.ts'
import { placeOf } from '#sandbox/world/fleet-demo.ts'
import { settingsAt } from '#sandbox/world/git.ts'
import type { App, State } from '#sandbox/world/state.ts'

type Rollout = Workload['rollouts'][number]

/** What metrics, logs and alerts are about: every application of the world with the versions it ran. */
export function workloadsOf(state: State): () => readonly Workload[] {
  let at = -1
  let known: Workload[] = []
  return () => {
    // Every change of the world counts this up, so nothing is worked out twice.
    if (at !== state.lastVersion) {
      at = state.lastVersion
      known = [...state.apps.values()].map((app) => workloadOf(state, app))
    }
    return known
  }
}

function workloadOf(state: State, app: App): Workload {
  const past = app.declared.past.map(({ at, revisions }) => ({ atMs: at, revision: revisions.at(-1) ?? '' }))
  const newest = past.at(-1)?.atMs ?? 0
  const since = (app.core?.status.history ?? [])
    .map((entry) => ({
      atMs: Date.parse(entry.deployedAt),
      revision: entry.revisions?.at(-1) ?? entry.revision ?? '',
    }))
    // The history repeats the declared past, with times cut to whole seconds.
    .filter((entry) => entry.atMs > newest)
  return {
    app: app.declared.service || app.name,
    namespace: app.spec.destination.namespace ?? '',
    quiet: app.declared.service === 'reports',
    rollouts: [...past, ...since].map((rollout) => rolloutOf(state, app, rollout)),
  }
}

function rolloutOf(state: State, app: App, { atMs, revision }: { atMs: number; revision: string }): Rollout {
  const { repoUrl, dir } = placeOf(app.declared)
  const repo = state.repos.get(repoUrl)
  const version = (repo && settingsAt(repo, dir, revision)?.version) ?? revision.slice(0, 7)
  // The sentinel service had a good past in prod, so that there is something to come back to.
  const cursed = app.degrades === true && (app.declared.env !== 'prod' || atMs > state.startedAt)
  return { atMs, version, bad: cursed || version.endsWith('-bad') }
}
