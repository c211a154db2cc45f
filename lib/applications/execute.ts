import 'server-only'
import { setTimeout as pause } from 'node:timers/promises'
import type { ArgoClient } from '#lib/argocd/client.ts'
import { clock } from '#lib/platform/clock.ts'
import type { Db } from '#lib/platform/db.ts'
import { log } from '#lib/platform/log.ts'
import { storeRevision } from './commands.ts'
import { unknownRevisions } from './data.ts'

/** Each question may make Argo CD fetch from Git: never more than this many in a row. */
const askedMax = 50
const betweenMs = 200

/** Asks Argo CD what revisions mean that nobody has asked for yet. Returns how many it asked for. */
export async function learnRevisions(
  { db, client }: { db: Db; client: ArgoClient },
  signal: AbortSignal,
): Promise<number> {
  const unknown = await unknownRevisions(db, client.name, askedMax)
  for (const { application, index, revision, multiSource, ...ref } of unknown) {
    if (signal.aborted) break
    const answer = await client.revisionMetadata(ref, revision, multiSource ? index : undefined)
    // An Argo CD that is away answers nothing about this revision; it is asked again when it is back.
    if (!answer.ok && answer.kind === 'unreachable') break
    await storeRevision(
      db,
      { application, index, revision },
      answer.ok ? answer.value : { problem: answer.message },
    )
    await pause(betweenMs, undefined, { signal }).catch(() => {})
  }
  return unknown.length
}

/** Goes on until the signal aborts. Looking costs at most a two hundredth of its time, however large the fleet. */
export async function followRevisions(
  given: { db: Db; client: ArgoClient },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const began = clock.monotonicMs()
    const asked = await learnRevisions(given, signal).catch((error) => {
      if (!signal.aborted)
        log.warn('revisions could not be asked for', { instance: given.client.name, error })
      return 0
    })
    const restMs = asked > 0 ? 1_000 : Math.max(5_000, 200 * (clock.monotonicMs() - began))
    await pause(Math.min(restMs, 120_000), undefined, { signal }).catch(() => {})
  }
}
