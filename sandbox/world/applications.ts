import { blankStatus } from './compare.ts'
import { reconcileLater } from './controller.ts'
import { buildCore } from './past.ts'
import { sourcesOf } from './render.ts'
import { uuidOf } from './seed.ts'
import { type App, type Core, changed, nextVersion, type State } from './state.ts'
import type { Declared } from './types.ts'

function index(state: State, app: App): void {
  state.apps.set(app.name, app)
  for (const { repoURL } of sourcesOf(app.spec)) {
    const names = state.byRepo.get(repoURL) ?? new Set()
    state.byRepo.set(repoURL, names.add(app.name))
  }
}

/** Adds applications without telling anyone: the world as it is found. */
export function settleIn(state: State, fleet: Declared[], lazily: boolean): void {
  for (const declared of fleet) {
    const app = appOf(state, declared)
    index(state, app)
    if (!lazily) app.core = buildCore(state, app, state.cluster)
  }
  state.names = [...state.apps.keys()].sort()
}

/** `birth` tells objects of one name apart: one made anew has another uid. */
function appOf(state: State, declared: Declared, birth: number | '' = ''): App {
  return {
    name: declared.name,
    declared,
    spec: declared.spec,
    labels: declared.labels,
    annotations: { ...declared.annotations },
    uid: uuidOf(state.seed, 'Application', declared.name, ...(birth === '' ? [] : [birth])),
    resourceVersion: nextVersion(state),
    generation: 8,
    events: [],
    manifestError: declared.manifestError,
    degrades: declared.service === 'always-degrades',
  }
}

/** The controller's view. For a generated application nobody has touched it is built and thrown away. */
export function coreOf(state: State, app: App): Core {
  return app.core ?? buildCore(state, app, new Map(), () => app.resourceVersion)
}

/** The same, kept: from now on the application has a life of its own. */
export function ownCore(state: State, app: App): Core {
  app.core ??= coreOf(state, app)
  return app.core
}

/** Creates an application at run time: watchers first see it empty, then compared. */
export function createApplication(state: State, declared: Declared): App {
  const app = appOf(state, declared, state.lastVersion)
  app.generation = 1
  app.core = { status: blankStatus(), live: state.cluster }
  index(state, app)
  state.names = [...state.apps.keys()].sort()
  changed(state, app, 'ADDED')
  reconcileLater(state, app, 50)
  return app
}

/** Deletes it; what it had rolled out stays in the cluster, as without the finalizer. */
export function deleteApplication(state: State, name: string): void {
  const app = state.apps.get(name)
  if (!app) return
  app.deletedAt = state.clock.now()
  app.run?.cancel()
  app.stopRollout?.()
  state.apps.delete(name)
  state.names = [...state.apps.keys()].sort()
  for (const names of state.byRepo.values()) names.delete(name)
  changed(state, app, 'DELETED')
}
