import { expect, test, vi } from 'vitest'
import type { ArgoClient } from '#lib/argocd/client.ts'
import { createDb } from '#lib/platform/db.ts'
import * as seed from '#lib/releases/testing.ts'
import { admin, approved, urls } from '#lib/releases/testing-attacks.ts'
import { claimNext } from './commands.ts'
import { loadClaimed } from './data.ts'
import { executeRelease } from './execute.ts'

const db = createDb(urls.worker)

/** An application that nothing else hinders; the windows are what each test makes of them. */
const app = {
  ...{ uid: 'u', automated: false, retryRefresh: false, deleting: false, revisionHistoryLimit: 10 },
  ...{ operation: null, history: [] },
}

test.each([
  [
    'a request that fails',
    { ok: false, kind: 'timeout', message: 'no answer within 5 s' },
    'no answer within 5 s',
  ],
  ['an answer that leaves it open', { ok: true, value: { canSync: null } }, 'did not say whether'],
  ['a closed window', { ok: true, value: { canSync: false } }, 'a sync window is closed'],
])('an approved release waits at %s of the sync windows', async (_, windows, words) => {
  const id = await approved()
  await seed.anchorAll(admin)
  expect((await claimNext(db, 'w1'))?.id).toBe(id)
  const held = await loadClaimed(db, id)
  if (!held) throw new Error('not claimed')
  const sync = vi.fn()
  const client = { get: async () => ({ ok: true, value: app }), syncWindows: async () => windows, sync }
  const work = { db, held, worker: 'w1', signal: new AbortController().signal }
  await executeRelease({ ...work, client: client as unknown as ArgoClient })
  const row = await db.release.findUniqueOrThrow({ where: { id } })
  expect(row.state).toBe('approved')
  expect(row.waitingFor).toContain(words)
  expect(sync).not.toHaveBeenCalled()
  expect(await db.intent.count({ where: { releaseId: id } })).toBe(0)
  await admin.query('UPDATE rel.release SET lease_until = now() + $1 WHERE id = $2', ['1 hour', id])
})
