import { afterAll, expect, test, vi } from 'vitest'
import { clock } from '#lib/platform/clock.ts'
import { createDb } from '#lib/platform/db.ts'
import * as seed from '#lib/releases/testing.ts'
import { admin, anna, marta, requester, urls, web } from '#lib/releases/testing-attacks.ts'
import type { CrashPoint } from './execute.ts'
import { createFakeArgo, type FakeApp, type Passage } from './testing.ts'
import { elapse, seedTarget, work } from './testing-scene.ts'

/** What each crash leaves behind, and how the next worker ends it (audit-security 3.6), in one process. */

const db = createDb(urls.worker)
afterAll(() => db.$disconnect())

async function approvedTarget() {
  await admin.query(
    `UPDATE rel.release SET lease_until = now() + interval '9 years' WHERE finished_at IS NULL`,
  )
  const argo = createFakeArgo()
  const target = await seedTarget(admin, argo)
  const { application, plan } = target
  const release = await seed.insertRelease(web, { application, plan, by: requester })
  for (const by of [anna, marta]) await seed.insertDecision(web, { release, plan, requester, by })
  await seed.moveRelease(web, release, 'approved', { kind: 'person', ...marta }, ', approved_at = now()')
  await seed.anchorAll(admin)
  return { argo, target, release, app: argo.apps.get(target.name) as FakeApp }
}
const row = (id: string) => db.release.findUniqueOrThrow({ where: { id } })

class Killed extends Error {}
type Made = Awaited<ReturnType<typeof approvedTarget>>
const dyingAt = async ({ argo }: Made, point: CrashPoint, passage: Passage = 'whole') => {
  argo.passages.push(passage)
  const reached = (now: CrashPoint) => {
    if (now === point) throw new Killed()
  }
  await expect(work(db, argo, { reached })).rejects.toThrow(Killed)
}
/** The lease ends, then the quiet period; each time another worker looks. */
const takenOver = async ({ argo, release }: Made, after: readonly number[] = [31_000, 92_000, 92_000]) => {
  for (const ms of after) {
    await elapse(admin, ms)
    await work(db, argo, { worker: 'w2' })
  }
  return row(release)
}

test.each<[CrashPoint, Passage, number]>([
  ['claimed', 'whole', 1],
  ['checked', 'whole', 1],
  ['intent', 'whole', 1],
  ['sending', 'whole', 1],
  ['sending', 'reply-lost', 1],
  ['sending', 'lost', 2],
  ['sending', 'late', 2],
  ['sent', 'whole', 1],
  ['sent', 'lost', 2],
  ['answered', 'whole', 1],
  ['syncing', 'whole', 1],
  ['verifying', 'whole', 1],
])('dies at %s, its request %s: taken over, one sync, released', async (point, passage, requests) => {
  const made = await approvedTarget()
  await dyingAt(made, point, passage)
  // Within 35 seconds somebody else has it (EXE-2); before, nobody.
  expect(await work(db, made.argo, { worker: 'w2' })).toBeNull()
  expect(await takenOver(made)).toMatchObject({ state: 'succeeded' })
  expect(made.argo.accepted).toHaveLength(1)
  expect(made.argo.requests()).toBe(requests)
})

test('a late request that arrives after the crash is adopted, not sent again', async () => {
  const made = await approvedTarget()
  await dyingAt(made, 'sending', 'late')
  await elapse(admin, 31_000)
  await work(db, made.argo, { worker: 'w2' })
  made.argo.deliver()
  expect(await takenOver(made)).toMatchObject({ state: 'succeeded' })
  expect([made.argo.requests(), made.argo.accepted.length]).toEqual([1, 1])
})

test('a worker that stood still until another had sent sends nothing when it wakes', async () => {
  const made = await approvedTarget()
  const { argo, release } = made
  let aheadMs = 0
  const real = clock.monotonicMs
  vi.spyOn(clock, 'monotonicMs').mockImplementation(() => real() + aheadMs)
  const stands = Promise.withResolvers<void>()
  const wakes = Promise.withResolvers<void>()
  const reached = (point: CrashPoint) => {
    if (point !== 'intent') return undefined
    stands.resolve()
    return wakes.promise
  }
  const asleep = work(db, argo, { reached })
  await stands.promise
  aheadMs = 31_000 + 2 * 92_000
  expect(await takenOver(made)).toMatchObject({ state: 'succeeded' })
  wakes.resolve()
  await asleep
  expect([argo.requests(), argo.accepted.length]).toEqual([1, 1])
  expect(await row(release)).toMatchObject({ state: 'succeeded' })
})

const ended: [string, CrashPoint, (made: Made) => unknown, string, string][] = [
  [
    'somebody else synced over it, history with our revision',
    'syncing',
    ({ argo, target }) => {
      argo.step(target.name)
      argo.step(target.name)
      argo.human(target.name)
    },
    'review',
    'has our revision',
  ],
  [
    'deleted while syncing',
    'syncing',
    ({ argo, target }) => argo.apps.delete(target.name),
    'review',
    'deleted',
  ],
  [
    'deleted after the sync',
    'verifying',
    ({ argo, target }) => argo.apps.delete(target.name),
    'degraded',
    'deleted',
  ],
  [
    'created again while syncing',
    'syncing',
    ({ argo, target }) => argo.add(target.name, target.revision),
    'review',
    'created again',
  ],
  [
    'created again after the sync',
    'verifying',
    ({ argo, target }) => argo.add(target.name, target.revision),
    'degraded',
    'created again',
  ],
  [
    'created again before an answer',
    'intent',
    ({ argo, target }) => argo.add(target.name, target.revision),
    'review',
    'created again',
  ],
  [
    'deleted before an answer',
    'intent',
    ({ argo, target }) => argo.apps.delete(target.name),
    'review',
    'deleted',
  ],
  [
    'Argo CD restored from a backup',
    'syncing',
    ({ app }) => {
      delete app.operation
      delete app.status.operationState
    },
    'review',
    'restored from a backup',
  ],
]
test.each(ended)('%s: ends with a sentence', async (_, point, change, state, words) => {
  const made = await approvedTarget()
  await dyingAt(made, point)
  change(made)
  const end = await takenOver(made, [122_000])
  expect([end.state, end.ending ?? end.waitingFor]).toEqual([state, expect.stringContaining(words)])
  expect(made.argo.requests()).toBeLessThan(2)
})

test('an application that we may not read waits, and holds up no other', async () => {
  const { argo, target, release } = await approvedTarget()
  const other = await seedTarget(admin, argo)
  const { application, plan } = other
  const second = await seed.insertRelease(web, { application, plan, by: requester })
  for (const by of [anna, marta]) await seed.insertDecision(web, { release: second, plan, requester, by })
  await seed.moveRelease(web, second, 'approved', { kind: 'person', ...marta }, ', approved_at = now()')
  await seed.anchorAll(admin)
  argo.set.forbidden = target.name
  expect(await work(db, argo)).toBe(release)
  expect(await work(db, argo)).toBe(second)
  expect(await row(release)).toMatchObject({
    state: 'approved',
    waitingFor: expect.stringContaining('denied'),
  })
  expect(await row(second)).toMatchObject({ state: 'succeeded' })
})

test('Postgres restored behind a sync that failed: Argo CD remembers it, nothing is sent again', async () => {
  const { argo, target, release, app } = await approvedTarget()
  const info = [{ name: 'countersign/release', value: release }]
  const operation = {
    sync: { revision: target.revision },
    info,
    initiatedBy: { username: 'countersign' },
    retry: {},
  }
  app.status.operationState = { operation, phase: 'Failed', startedAt: '2026-11-24T00:00:00Z' }
  await work(db, argo)
  expect(await row(release)).toMatchObject({
    state: 'stale',
    ending: expect.stringContaining('restored from a backup'),
  })
  expect(argo.requests()).toBe(0)
})
