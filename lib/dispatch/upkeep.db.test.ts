import { afterAll, expect, test } from 'vitest'
import { clock } from '#lib/platform/clock.ts'
import { createDb } from '#lib/platform/db.ts'
import * as seed from '#lib/releases/testing.ts'
import { admin, anna, approve, marta, request, urls } from '#lib/releases/testing-attacks.ts'
import { waitsForAnchor } from './execute.ts'
import { createFakeArgo } from './testing.ts'
import { elapse, seedTarget, work } from './testing-scene.ts'
import { approveComplete, expireReleases } from './upkeep.ts'

const db = createDb(urls.worker)
afterAll(() => db.$disconnect())
const stateOf = async (id: string) => (await db.release.findUniqueOrThrow({ where: { id } })).state

test('a request with its quorum that was not moved with it becomes approved, once, and no other', async () => {
  const id = await request()
  await approve(id, anna)
  await approveComplete(db, 'w1', clock.now())
  expect(await stateOf(id)).toBe('requested')
  await approve(id, marta)
  await Promise.all(['w1', 'w2'].map((worker) => approveComplete(db, worker, clock.now())))
  expect(await stateOf(id)).toBe('approved')
  const events = await admin.query(
    `SELECT FROM audit.event WHERE release_id = $1 AND type = 'release.approved'`,
    [id],
  )
  expect(events.rowCount).toBe(1)
})

test('an approver whose account comes back counts again, a rejection never passes', async () => {
  const id = await request()
  await approve(id, anna)
  await admin.query('UPDATE access.account SET enabled = false WHERE id = $1', [anna.account])
  await approve(id, marta)
  await approveComplete(db, 'w1', clock.now())
  expect(await stateOf(id)).toBe('requested')
  await admin.query('UPDATE access.account SET enabled = true WHERE id = $1', [anna.account])
  const third = await seed.seedPerson(admin, 'Third')
  await approve(id, third, { kind: 'reject' })
  await approveComplete(db, 'w1', clock.now())
  expect(await stateOf(id)).toBe('requested')
})

test('what is over by the clock of Postgres expires', async () => {
  const id = await request()
  await expireReleases(db, 'w1', clock.now())
  expect(await stateOf(id)).toBe('requested')
  await elapse(admin, 3_700_000)
  await approveComplete(db, 'w1', clock.now())
  await expireReleases(db, 'w1', clock.now())
  expect(await stateOf(id)).toBe('expired')
})

test('until an anchor holds the approvals it waits, and goes on by itself', async () => {
  await admin.query(
    `UPDATE rel.release SET lease_until = now() + interval '9 years' WHERE finished_at IS NULL`,
  )
  const argo = createFakeArgo()
  const { application, plan } = await seedTarget(admin, argo)
  const id = await request({ application, plan })
  for (const by of [anna, marta]) await approve(id, by, { plan })
  await approveComplete(db, 'w1', clock.now())
  await work(db, argo)
  expect(await db.release.findUniqueOrThrow({ where: { id } })).toMatchObject({
    ...{ state: 'approved', waitingFor: waitsForAnchor },
  })
  await seed.anchorAll(admin)
  await elapse(admin, 1_000)
  await work(db, argo)
  expect(await stateOf(id)).toBe('succeeded')
})
