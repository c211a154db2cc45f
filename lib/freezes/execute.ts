import 'server-only'
import type { Instant } from '#lib/platform/clock.ts'
import type { Db } from '#lib/platform/db.ts'
import { log } from '#lib/platform/log.ts'
import { computeNext, tellTurns } from './commands.ts'

/** The worker's part: keeps the times of all freezes and windows computed ahead, and tells when one begins or ends. */
export function followFreezes(db: Db): () => Promise<boolean> {
  let told: Instant | null = null
  const unreadable = new Set<string>()
  return async () => {
    for (let after = ''; ; ) {
      const done = await computeNext(db, after)
      if (!done) break
      after = done.id
      if (done.problem === undefined || unreadable.has(done.id)) continue
      unreadable.add(done.id)
      log.error('a freeze cannot be computed, it holds', { freeze: done.id, problem: done.problem })
    }
    told = await tellTurns(db, told)
    return false
  }
}
