import { coreOf } from './applications.ts'
import { seconds } from './clock.ts'
import type { App, State } from './state.ts'

export type SnapshotApp = {
  name: string
  service: string
  env: string
  sync: string
  health: string
  /** What the last comparison compared against. */
  desired: string[]
  /** What the last full sync brought. */
  deployed: string[]
  images: string[]
  phase: string | undefined
  /** The slot is taken. */
  busy: boolean
  historyIds: number[]
}

export type Snapshot = { now: string; applications: SnapshotApp[]; heads: Record<string, string> }

/** The whole world in plain values. */
export function snapshotOf(state: State): Snapshot {
  const heads: Record<string, string> = {}
  for (const repo of state.repos.values()) heads[repo.path] = repo.branches.get('main') ?? ''
  return {
    now: seconds(state.clock.now()),
    applications: state.names.flatMap((name) => {
      const app = state.apps.get(name)
      return app ? [snapshotApp(state, app)] : []
    }),
    heads,
  }
}

function snapshotApp(state: State, app: App): SnapshotApp {
  const { status } = coreOf(state, app)
  const last = status.history?.at(-1)
  return {
    name: app.name,
    service: app.declared.service,
    env: app.declared.env,
    sync: status.sync.status,
    health: status.health.status ?? '',
    desired: status.sync.revisions ?? (status.sync.revision ? [status.sync.revision] : []),
    deployed: last?.revisions ?? (last?.revision ? [last.revision] : []),
    images: status.summary.images ?? [],
    phase: status.operationState?.phase,
    busy: app.operation !== undefined,
    historyIds: status.history?.map((entry) => entry.id) ?? [],
  }
}
