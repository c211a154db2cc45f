import { compare } from './compare.ts'
import { type App, type Core, note, type State } from './state.ts'

/** Compares and writes down as events what became different. */
export function observe(state: State, app: App, core: Core): void {
  const { status } = core
  const [sync, health] = [status.sync.status, status.health.status]
  compare(state, app, core)
  const say = (what: string, from: string, to: string) => {
    if (from !== to)
      note(state, app, { reason: 'ResourceUpdated', message: `Updated ${what}: ${from} -> ${to}` })
  }
  say('sync status', sync, status.sync.status)
  say('health status', health ?? '', status.health.status ?? '')
}
