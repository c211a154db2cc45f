import { type ManualClock, manualClock } from '#sandbox/world/clock.ts'
import { createWorld, type World, type WorldOptions } from '#sandbox/world/world.ts'
import type { Account } from './auth.ts'
import { type Argo, startArgo } from './server.ts'

/** The parts of an answer that tests look at. */
export type AnyAnswer = {
  status: number
  body: {
    error?: string
    code?: number
    message?: string
    operation?: { sync: { revision?: string; revisions?: string[] }; retry: object; info?: unknown }
    spec?: { project: string }
    status?: {
      sync: { status: unknown; revision?: string; revisions?: string[] }
      health: { status: string }
      history?: { id: number; revision?: string; revisions?: string[] }[]
      operationState?: {
        phase: string
        message?: string
        finishedAt?: string
        retryCount?: number
        syncResult?: { revision: string }
      }
    }
    items?: { metadata: { name: string } }[]
    canSync?: boolean
  }
}

export type Practice = {
  clock: ManualClock
  world: World
  argo: Argo
  /** `POST …/sync` as an account; a string is sent as it stands. */
  sync(name: string, body: unknown, as?: Account): Promise<AnyAnswer>
  ask(path: string, init?: RequestInit & { as?: Account }): Promise<AnyAnswer>
  get(name: string): Promise<Required<AnyAnswer['body']>>
  close(): Promise<void>
}

/** A demo world that stands still until told otherwise, with its Argo CD. */
export async function practice(options: Omit<WorldOptions, 'clock'> = {}): Promise<Practice> {
  const clock = manualClock('2026-11-23T12:00:00Z')
  const world = createWorld({ ...options, clock })
  const argo = await startArgo(world, { keepAliveMs: 20 })
  const ask: Practice['ask'] = async (path, { as = 'countersign', ...init } = {}) => {
    const response = await fetch(`${argo.url}${path}`, {
      ...init,
      headers: {
        authorization: `Bearer ${argo.tokens[as]}`,
        ...(init.method ? { 'content-type': 'application/json' } : {}),
      },
    })
    return { status: response.status, body: (await response.json()) as AnyAnswer['body'] }
  }
  return {
    clock,
    world,
    argo,
    ask,
    sync: (name, body, as) =>
      ask(`/api/v1/applications/${name}/sync`, {
        method: 'POST',
        body: typeof body === 'string' ? body : JSON.stringify(body),
        ...(as ? { as } : {}),
      }),
    get: async (name) => (await ask(`/api/v1/applications/${name}`)).body as Required<AnyAnswer['body']>,
    async close() {
      await argo.close()
      world.close()
    },
  }
}
