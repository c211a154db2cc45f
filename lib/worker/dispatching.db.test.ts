import { afterAll, expect, test, vi } from 'vitest'
import { createFakeArgo } from '#lib/dispatch/testing.ts'
import { elapse, fast, seedTarget } from '#lib/dispatch/testing-scene.ts'
import { createDb } from '#lib/platform/db.ts'
import * as seed from '#lib/releases/testing.ts'
import { admin, anna, marta, requester, urls, web } from '#lib/releases/testing-attacks.ts'
import { dispatchReleases } from './dispatching.ts'

const db = createDb(urls.worker)
afterAll(() => db.$disconnect())

test('fifty approved releases outlast six hours without Argo CD and then run once each, in order, five at a time', async () => {
  const argo = createFakeArgo()
  const names: string[] = []
  const ids: string[] = []
  for (let i = 0; i < 50; i++) {
    const { application, plan, name } = await seedTarget(admin, argo)
    const id = await seed.insertRelease(web, {
      ...{ application, plan, by: requester, notAfter: new Date(Date.now() + 86_400_000).toISOString() },
    })
    for (const by of [anna, marta]) await seed.insertDecision(web, { release: id, plan, requester, by })
    await seed.moveRelease(
      web,
      id,
      'approved',
      { kind: 'person', ...marta },
      ', approved_at = clock_timestamp()',
    )
    names.push(name)
    ids.push(id)
  }
  argo.set.down = true
  await seed.anchorAll(admin)
  const over = new AbortController()
  const deps = { db, clients: new Map([['main', argo.client]]), signal: over.signal, timing: fast }
  const workers = ['w1', 'w2'].map((id) => dispatchReleases({ ...deps, id }))
  const later = async (ms: number) => {
    await elapse(admin, ms)
    for (const worker of workers) worker.wake()
  }
  const count = (where: object) => db.release.count({ where: { id: { in: ids }, ...where } })
  // An outage is told for all of them, by one question each few seconds, and eats no approval.
  await vi.waitFor(async () => expect(await count({ waitingFor: { contains: 'Argo CD' } })).toBe(50), 20_000)
  for (let hour = 0; hour < 6; hour++) await later(3_600_000)
  await vi.waitFor(async () => expect(await count({ state: 'approved', leaseOwner: null })).toBe(50), 20_000)
  expect(argo.requests()).toBe(0)
  argo.set.down = false
  await later(10_000)
  await vi.waitFor(async () => expect(await count({ state: 'succeeded' })).toBe(50), 40_000)
  over.abort()
  await Promise.all(workers.map((worker) => worker.stop()))
  expect(argo.accepted).toHaveLength(50)
  expect(argo.requests()).toBe(50)
  expect(new Set(argo.accepted.map((each) => each.release))).toEqual(new Set(ids))
  expect(argo.inFlightMost()).toBeLessThanOrEqual(5)
  // They start in the order of their approval; of five on their way together a slow one is overtaken by some, and on a
  // busy machine by many. In no order at all they would be off by a third of fifty.
  const off = argo.accepted.map(({ application }, at) => Math.abs(names.indexOf(application) - at))
  expect(off.reduce((sum, each) => sum + each, 0) / off.length).toBeLessThan(8)
}, 90_000)
