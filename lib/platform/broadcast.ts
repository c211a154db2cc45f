import 'server-only'
import { clock } from './clock.ts'
import type { Listener, Names } from './notify.ts'
import { waitMs } from './pace.ts'
import { ok, type Result, refuse } from './result.ts'

/** What one client gets at once: distinct names, or `gap` when some may have been missed. */
export type Batch = { names: Names[]; gap: boolean }

export type HubOptions = {
  /** Opens the one connection on which this process hears names. */
  listen: (hear: (names: Names) => void, onGap: () => void) => Promise<Listener>
  perKeyMax?: number
  totalMax?: number
  /** After a quiet time, names that come within this time after the first one go out together. */
  gatherMs?: number
  /** Between two batches to one client, at least. */
  restMs?: number
  /** More distinct names than this in one batch are one message: look at everything again. */
  namesMax?: number
}

type Client = {
  key: string
  deliver: (batch: Batch) => void
  names: Map<string, Names>
  gap: boolean
  toldMs: number
  timer?: NodeJS.Timeout | undefined
}

/** Whoever hears of a change asks for it: a thousand clients must neither ask at the same time nor without end. */
const apartMs = 0.5
const restOfEachMs = 5

/**
 * One listening connection shared by every stream of this process. It is opened with the first client and then
 * kept; when opening fails the next client tries again. The first change after a quiet time goes out at once, what
 * follows four times a second at most, less often the more clients there are.
 */
export function createHub(options: HubOptions) {
  const { perKeyMax = 4, totalMax = 1000, gatherMs = 5, restMs = 250, namesMax = 50 } = options
  const clients = new Set<Client>()
  const perKey = new Map<string, number>()
  let listening: Promise<Listener> | undefined

  function flush(client: Client): void {
    client.timer = undefined
    client.toldMs = clock.monotonicMs()
    const gap = client.gap || client.names.size > namesMax
    const names = gap ? [] : [...client.names.values()]
    client.names.clear()
    client.gap = false
    client.deliver({ names, gap })
  }
  function gather(add: (client: Client) => void): void {
    const nowMs = clock.monotonicMs()
    const pace = { leadMs: gatherMs, restMs: Math.max(restMs, clients.size * restOfEachMs) }
    for (const client of clients) {
      add(client)
      client.timer ??= setTimeout(flush, waitMs(nowMs, client.toldMs, pace), client)
      pace.leadMs += apartMs
    }
  }
  function hear(names: Names): void {
    const key = JSON.stringify(names)
    gather((client) => {
      if (client.names.size <= namesMax) client.names.set(key, names)
    })
  }
  const onGap = () =>
    gather((client) => {
      client.gap = true
    })

  function leave(client: Client): void {
    if (!clients.delete(client)) return
    clearTimeout(client.timer)
    const left = (perKey.get(client.key) ?? 1) - 1
    if (left > 0) perKey.set(client.key, left)
    else perKey.delete(client.key)
  }

  return {
    /** Adds a client and returns how it leaves (as often as one likes), or which limit is reached. */
    join(key: string, deliver: (batch: Batch) => void): Result<() => void, 'too-many-of-key' | 'too-many'> {
      const ofKey = perKey.get(key) ?? 0
      if (ofKey >= perKeyMax) return refuse('too-many-of-key')
      if (clients.size >= totalMax) return refuse('too-many')
      const client: Client = { key, deliver, names: new Map(), gap: false, toldMs: Number.NEGATIVE_INFINITY }
      clients.add(client)
      perKey.set(key, ofKey + 1)
      return ok(() => leave(client))
    },
    /** Resolves once names are heard; rejects when Postgres cannot be reached. */
    async ready(): Promise<void> {
      listening ??= options.listen(hear, onGap).catch((error: unknown) => {
        listening = undefined
        throw error
      })
      await listening
    },
    size: () => ({ clients: clients.size, keys: perKey.size }),
    async close(): Promise<void> {
      for (const client of [...clients]) leave(client)
      const open = listening
      listening = undefined
      await (await open)?.close()
    },
  }
}
export type Hub = ReturnType<typeof createHub>
