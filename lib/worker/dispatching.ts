import 'server-only'
import type { ArgoClient } from '#lib/argocd/client.ts'
import { claimNext, LeaseLost, letGo, waitFor } from '#lib/dispatch/commands.ts'
import { loadClaimed } from '#lib/dispatch/data.ts'
import { executeRelease, type Held } from '#lib/dispatch/execute.ts'
import type { Db } from '#lib/platform/db.ts'
import { log } from '#lib/platform/log.ts'
import { createPulse, type Pulse } from './pulse.ts'

/** As many releases in one worker's hands; of them few are sent at once (lib/dispatch), the others become healthy. */
const inHandMax = 30

export type Dispatching = {
  db: Db
  id: string
  clients: ReadonlyMap<string, ArgoClient>
  signal: AbortSignal
} & Pick<Held, 'timing' | 'reached'>

/** Claims releases and brings each to its end, several at a time. */
export function dispatchReleases({ db, id, clients, signal, timing, reached }: Dispatching): Pulse {
  const running = new Set<Promise<void>>()
  const one = async (releaseId: string): Promise<void> => {
    const held = await loadClaimed(db, releaseId)
    if (!held) return
    const client = clients.get(held.application.instance)
    try {
      if (client) await executeRelease({ db, held, worker: id, client, signal, timing, reached })
      else await waitFor(db, held, `Argo CD ${held.application.instance} is not configured`, 10_000)
    } catch (error) {
      if (error instanceof LeaseLost) return
      log.error('a release could not go on, it is tried again', { release: held.id, error })
      await letGo(db, held, 5_000).catch(() => {})
    } finally {
      if (signal.aborted) await letGo(db, held)
    }
  }
  const pulse: Pulse = createPulse(
    'dispatch',
    Math.min(1_000, (timing?.leaseMs ?? 30_000) / 30),
    async () => {
      if (running.size >= inHandMax || signal.aborted) return false
      const claimed = await claimNext(db, id, timing)
      if (!claimed) return false
      const work = one(claimed.id).finally(() => {
        running.delete(work)
        pulse.wake()
      })
      running.add(work)
      return true
    },
  )
  return {
    wake: pulse.wake,
    stop: async () => {
      await pulse.stop()
      await Promise.all(running)
    },
  }
}
