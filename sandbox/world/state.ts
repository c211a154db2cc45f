import type { SandboxClock } from './clock.ts'
import type { Cluster } from './live.ts'
import type { Project } from './projects.ts'
import type { Repos } from './render.ts'
import type { Declared, Operation, Spec, Status } from './types.ts'

/** What the controller keeps about an application; built on first touch for generated ones. */
export type Core = { status: Status; live: Cluster }

export type AppEvent = {
  reason: 'ResourceUpdated' | 'OperationStarted' | 'OperationCompleted'
  message: string
  atMs: number
  resourceVersion: number
  user?: string
}

/** A running operation's place in its life; `cancel` calls off the next step. */
export type Run = {
  stage: 'accepted' | 'applying' | 'hook' | 'slow' | 'waiting'
  cancel: () => void
  next: () => void
}

export type App = {
  name: string
  declared: Declared
  spec: Spec
  labels: Record<string, string> | undefined
  annotations: Record<string, string>
  uid: string
  resourceVersion: number
  generation: number
  deletedAt?: number
  operation?: Operation | undefined
  core?: Core | undefined
  run?: Run | undefined
  stopRollout?: (() => void) | undefined
  events: AppEvent[]
  manifestError?: string | undefined
  /** Makes the next rollout go bad whatever its version. */
  degrades?: boolean
}

export type WatchEvent = { type: 'ADDED' | 'MODIFIED' | 'DELETED'; app: App; resourceVersion: number }

export type State = {
  clock: SandboxClock
  speed: number
  seed: string
  startedAt: number
  repos: Repos
  projects: Project[]
  apps: Map<string, App>
  /** Names in order; rebuilt when an application comes or goes. */
  names: string[]
  byRepo: Map<string, Set<string>>
  cluster: Cluster
  lastVersion: number
  listeners: Set<(event: WatchEvent) => void>
  closed: boolean
}

/** The next resource version: one counter for the whole cluster, as in Kubernetes. */
export function nextVersion(state: State): number {
  state.lastVersion += 1
  return state.lastVersion
}

/** Counts a write to an application and tells every watcher. */
export function changed(state: State, app: App, type: WatchEvent['type'] = 'MODIFIED'): void {
  app.resourceVersion = nextVersion(state)
  if (type === 'MODIFIED') app.generation += 1
  for (const listener of state.listeners) listener({ type, app, resourceVersion: app.resourceVersion })
}

/** Runs `fn` after a delay that `speed` shortens, unless the world was closed meanwhile. */
export function later(state: State, delayMs: number, fn: () => void): () => void {
  return state.clock.after(delayMs / state.speed, () => {
    if (!state.closed) fn()
  })
}

export function note(state: State, app: App, event: Omit<AppEvent, 'atMs' | 'resourceVersion'>): void {
  const atMs = state.clock.now()
  app.events.push({ ...event, atMs, resourceVersion: nextVersion(state) })
  if (app.events.length > 50) app.events.shift()
}
