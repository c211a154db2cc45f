import { createApplication, deleteApplication, ownCore, settleIn } from './applications.ts'
import { realClock, type SandboxClock } from './clock.ts'
import { reconcile, reconcileLater } from './controller.ts'
import { demoWorld, edgeFleet, placeOf } from './fleet-demo.ts'
import { generatedFleet } from './fleet-generated.ts'
import { prepareRecorded, recordedFleet, recordedRepos } from './fleet-recorded.ts'
import { addCommit, type Commit, type Person, type Settings, settingsAt } from './git.ts'
import { startOperation } from './operation.ts'
import { people } from './people.ts'
import { createProjects } from './projects.ts'
import { restore, save } from './saved.ts'
import { type Snapshot, snapshotOf } from './snapshot.ts'
import { type App, changed, nextVersion, type State, type WatchEvent } from './state.ts'
import type { Declared, Operation } from './types.ts'

export type WorldOptions = {
  /** Default: the machine's clock. */
  clock?: SandboxClock
  /** Same seed, same world. */
  seed?: string
  /** How many times faster than Argo CD everything runs; 1 is life-like. */
  speed?: number
  /** Generated services beside the named ones, three applications each. */
  services?: number
  /** `recorded` is the fleet of recordings/argocd as it stood when the recording began. */
  fleet?: 'demo' | 'recorded' | 'none'
  /**
   * The world of another Argo CD at the edge, over the repositories of this one: a few of its services in prod, under
   * the same names. It sees a commit when it is asked to look again.
   */
  besides?: World
  /** What `save` of the same kind of world gave: it goes on from there, and anything else is passed over. */
  saved?: Uint8Array | undefined
}

export type CommitInput = {
  service: string
  /** Default: every environment the service is in. */
  envs?: string[]
  version?: string
  /** Other settings of the folder that change with it. */
  settings?: Partial<Settings>
  author?: Person
  message?: string
  sha?: string
}

export type World = {
  /** What the servers read; tests may too. */
  inner: State
  now(): number
  /** Commits to a service's folders; automated applications follow after about two seconds. */
  commit(input: CommitInput): Commit
  /** Compares an application again at once, as `refresh=normal` does. */
  refresh(name: string): void
  /** Changes the live Deployment behind Git's back. */
  drift(name: string, replicas: number): void
  /** Writes an operation straight into the object, past Argo CD's rules, as kubectl can. */
  setOperation(name: string, operation: Operation): void
  /** Changes the declared spec, as `kubectl edit` can. */
  editSpec(name: string, edit: (spec: App['spec']) => void): void
  create(declared: Declared): App
  delete(name: string): void
  subscribe(listener: (event: WatchEvent) => void): () => void
  /** A plain picture for assertions. */
  state(): Snapshot
  /** The whole world, to go on with later. */
  save(): Uint8Array
  close(): void
}

/** One simulated world; the pretend Argo CD, GitLab and the rest are views of it. */
export function createWorld(options: WorldOptions = {}): World {
  const { clock = realClock(), seed = 'acme', speed = 1, services = 0, fleet = 'demo', besides } = options
  const startedAt = clock.now()
  const state: State = {
    clock,
    speed,
    seed,
    startedAt,
    repos: new Map(),
    projects: createProjects(fleet === 'recorded'),
    apps: new Map(),
    names: [],
    byRepo: new Map(),
    cluster: new Map(),
    lastVersion: 1_000,
    listeners: new Set(),
    closed: false,
  }
  if (besides) {
    state.repos = besides.inner.repos
    settleIn(state, edgeFleet(besides.inner.startedAt), false)
  } else if (fleet === 'demo') {
    const demo = demoWorld(startedAt)
    state.repos = demo.repos
    settleIn(state, demo.fleet, false)
  } else if (fleet === 'recorded') {
    state.repos = recordedRepos()
    settleIn(state, recordedFleet(), false)
    prepareRecorded(state)
  }
  if (services > 0) {
    const generated = generatedFleet(services, startedAt)
    state.repos.set(generated.repo.url, generated.repo)
    settleIn(state, generated.fleet, true)
  }
  const key = [fleet, services, seed].join('/')
  if (options.saved && restore(state, key, options.saved) && besides) state.repos = besides.inner.repos
  return worldOf(state, key)
}

function existing(state: State, name: string): App {
  const app = state.apps.get(name)
  if (!app) throw new Error(`no application ${name}`)
  ownCore(state, app)
  return app
}

function worldOf(state: State, key: string): World {
  return {
    inner: state,
    now: () => state.clock.now(),
    commit: (input) => commit(state, input),
    refresh(name) {
      reconcile(state, existing(state, name), true)
    },
    drift(name, replicas) {
      const app = existing(state, name)
      const live = [...(app.core?.live.values() ?? [])].find(
        (resource) => resource.owner === name && resource.kind === 'Deployment',
      )
      if (!live) throw new Error(`${name} has no live Deployment`)
      live.drift = { replicas, atMs: state.clock.now() }
      live.generation += 1
      live.resourceVersion = nextVersion(state)
      reconcileLater(state, app)
    },
    setOperation(name, operation) {
      startOperation(state, existing(state, name), operation, 'past the API')
    },
    editSpec(name, edit) {
      const app = existing(state, name)
      app.spec = structuredClone(app.spec)
      edit(app.spec)
      changed(state, app)
      reconcileLater(state, app)
    },
    create: (declared) => createApplication(state, declared),
    delete: (name) => deleteApplication(state, name),
    subscribe(listener) {
      state.listeners.add(listener)
      return () => state.listeners.delete(listener)
    },
    state: () => snapshotOf(state),
    save: () => save(state, key),
    close() {
      state.closed = true
      state.listeners.clear()
    },
  }
}

function commit(state: State, input: CommitInput): Commit {
  const apps = [...state.apps.values()].filter(
    ({ declared }) =>
      declared.service === input.service && (!input.envs || input.envs.includes(declared.env)),
  )
  const places = apps.map((app) => placeOf(app.declared))
  const repo = state.repos.get(places[0]?.repoUrl ?? '')
  if (!repo) throw new Error(`no repository for ${input.service}`)
  const head = repo.branches.get('main') ?? ''
  const changes = Object.fromEntries(
    places.map(({ dir }) => {
      const before = settingsAt(repo, dir, head) ?? { version: '1.0.0' }
      return [dir, { ...before, ...(input.version ? { version: input.version } : {}), ...input.settings }]
    }),
  )
  const envs = apps.map((app) => app.declared.env).join(', ')
  const added = addCommit(repo, {
    author: input.author ?? people.mei,
    at: state.clock.now(),
    message: input.message ?? `${input.service}: ${input.version ?? 'settings'} to ${envs}`,
    changes,
    sha: input.sha,
  })
  const touched = new Set(apps.map((app) => app.name))
  for (const name of state.byRepo.get(repo.url) ?? []) {
    const app = state.apps.get(name)
    if (!app || (!app.core && !touched.has(name))) continue
    ownCore(state, app)
    reconcileLater(state, app)
  }
  return added
}
