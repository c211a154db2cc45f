import { deserialize, serialize } from 'node:v8'
import { reconcileLater } from './controller.ts'
import { settle, startOperation } from './operation.ts'
import type { App, State } from './state.ts'

type Saved = { format: number; key: string; state: Kept }
type Kept = Pick<
  State,
  'startedAt' | 'repos' | 'projects' | 'apps' | 'names' | 'byRepo' | 'cluster' | 'lastVersion'
>

const format = 1

/**
 * What etcd and Git would have kept: everything but timers, listeners and the code of a repository. `key` tells which
 * world it is: one of another size or seed is not continued.
 */
export function save(state: State, key: string): Uint8Array {
  const repos = new Map([...state.repos].map(([url, repo]) => [url, { ...repo, base: undefined }]))
  const apps = new Map(
    [...state.apps].map(([name, app]) => [name, { ...app, run: undefined, stopRollout: undefined }]),
  )
  const { startedAt, projects, names, byRepo, cluster, lastVersion } = state
  const kept = { startedAt, projects, names, byRepo, cluster, lastVersion, repos, apps }
  return serialize({ format, key, state: kept })
}

/**
 * Continues a saved world in a fresh one of the same kind, as a restarted controller does: what was running begins
 * again. False, and the fresh one as it was, when the bytes are of another world or none.
 */
export function restore(state: State, key: string, bytes: Uint8Array): boolean {
  const saved = read(bytes)
  if (saved?.format !== format || saved.key !== key) return false
  for (const [url, repo] of saved.state.repos) repo.base = state.repos.get(url)?.base ?? (() => undefined)
  Object.assign(state, saved.state)
  for (const app of state.apps.values()) resume(state, app)
  return true
}

function read(bytes: Uint8Array): Saved | undefined {
  try {
    return deserialize(bytes)
  } catch {
    return undefined
  }
}

function resume(state: State, app: App): void {
  if (!app.core) return
  if (app.operation) startOperation(state, app, app.operation, 'past the API')
  else settle(state, app, app.core)
  reconcileLater(state, app)
}
