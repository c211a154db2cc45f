import { afterAll, expect, test } from 'vitest'
import { type Grant, readScope, type Viewer } from '#lib/access/policy.ts'
import { createFakeArgo } from '#lib/dispatch/testing.ts'
import { elapse, seedTarget, work } from '#lib/dispatch/testing-scene.ts'
import { createDb } from '#lib/platform/db.ts'
import { getReleaseRow } from '#lib/releases/data.ts'
import * as seed from '#lib/releases/testing.ts'
import { admin, anna, application, marta, requester, urls, web } from '#lib/releases/testing-attacks.ts'
import { endPause, startPause } from './commands.ts'
import { listPauses } from './data.ts'
import type { PauseInput } from './pause.ts'

const db = createDb(urls.web)
const workerDb = createDb(urls.worker)
afterAll(() => Promise.all([db.$disconnect(), workerDb.$disconnect()]))

const viewer = (who: seed.Who, ...grants: Grant[]): Viewer => ({
  ...{ accountId: who.account, personId: who.person, name: 'N', initials: 'N', groups: [], grants },
  ...{ service: false, enabled: true },
})
const approver = () => viewer(anna, { role: 'approver', projects: ['shop'] })
const head = () => viewer(anna, { role: 'approver' })
const platform = () => viewer(marta, { role: 'admin' })
const reason = 'orders fail'
const on = { reason: 'fixed' }

async function started(input: PauseInput, by = head()): Promise<string> {
  const result = await startPause(db, input, by)
  if (!result.ok) throw new Error(result.refusal.code)
  return result.value.id
}

async function approvedTarget() {
  const argo = createFakeArgo()
  const target = await seedTarget(admin, argo)
  const { application, plan } = target
  const release = await seed.insertRelease(web, { application, plan, by: requester })
  for (const by of [anna, marta]) await seed.insertDecision(web, { release, plan, requester, by })
  await seed.moveRelease(web, release, 'approved', { kind: 'person', ...marta }, ', approved_at = now()')
  await seed.anchorAll(admin)
  return { argo, target, release }
}

test('an approved release waits while paused, says why, and goes exactly once afterwards', async () => {
  const { argo, target, release } = await approvedTarget()
  const pause = await started({ scope: 'application', application: target.name, reason })
  expect(await work(workerDb, argo)).toBe(release)
  expect(await getReleaseRow(db, release)).toMatchObject({
    state: 'approved',
    waitingFor: 'Waiting: paused by Anna Beck: orders fail',
  })
  // Nobody takes it up again before the pause ends; another one elsewhere goes on meanwhile.
  expect(await work(workerDb, argo)).toBeNull()
  const other = await approvedTarget()
  expect(await work(workerDb, other.argo)).toBe(other.release)
  expect(other.argo.accepted).toHaveLength(1)
  expect(argo.requests()).toBe(0)
  expect(await endPause(db, pause, on, platform())).toMatchObject({ ok: true })
  expect(await work(workerDb, argo)).toBe(release)
  expect(await getReleaseRow(db, release)).toMatchObject({ state: 'succeeded', waitingFor: null })
  expect([argo.requests(), argo.accepted.length]).toEqual([1, 1])
})

test('a pause between the look and the intent holds it back as well', async () => {
  const { argo, target, release } = await approvedTarget()
  let pause = ''
  await work(workerDb, argo, {
    reached: async (point) => {
      if (point === 'checked') pause = await started({ scope: 'project', project: 'shop', reason })
    },
  })
  expect(await getReleaseRow(db, release)).toMatchObject({ state: 'approved' })
  expect(argo.requests()).toBe(0)
  await endPause(db, pause, on, platform())
  await work(workerDb, argo)
  expect(argo.accepted.map(({ application }) => application)).toEqual([target.name])
})

test('a second request waits for the pause too, and is then the only one that arrived', async () => {
  const { argo, release } = await approvedTarget()
  argo.passages.push('lost')
  await work(workerDb, argo)
  await elapse(admin, 95_000)
  const pause = await started({ scope: 'all', reason })
  await work(workerDb, argo)
  expect(await getReleaseRow(db, release)).toMatchObject({
    state: 'dispatching',
    waitingFor: expect.stringContaining('paused by Anna Beck'),
  })
  expect(argo.requests()).toBe(1)
  await endPause(db, pause, on, platform())
  await elapse(admin, 2_000)
  await work(workerDb, argo)
  expect([argo.requests(), argo.accepted.length]).toEqual([2, 1])
  expect(await getReleaseRow(db, release)).toMatchObject({ state: 'succeeded' })
})

test('who may stop what, and who may go on', async () => {
  const code = async (input: PauseInput, by: Viewer) => {
    const result = await startPause(db, input, by)
    if (result.ok) await endPause(db, result.value.id, on, platform())
    return result.ok ? 'ok' : result.refusal.code
  }
  const shop = { scope: 'project', project: 'shop', reason } as const
  const all = { scope: 'all', reason } as const
  expect(await code(all, head())).toBe('ok')
  expect(await code(all, platform())).toBe('ok')
  expect(await code(shop, approver())).toBe('ok')
  expect(await code({ scope: 'application', application, reason }, approver())).toBe('ok')
  expect(await code(all, approver())).toBe('not-allowed-to-pause')
  expect(await code({ scope: 'instance', instance: 'main', reason }, approver())).toBe('not-allowed-to-pause')
  expect(await code(shop, viewer(anna, { role: 'developer' }))).toBe('not-allowed-to-pause')
  expect(await code(shop, { ...head(), service: true })).toBe('service-account')
  expect(await code({ scope: 'application', application: 'nothing', reason }, head())).toBe('no-such-place')
  expect(await code(shop, viewer(anna, { role: 'approver', projects: ['payments'] }))).toBe('no-such-place')
  const pause = await started(shop)
  expect(await code(shop, head())).toBe('already-paused')
  expect(await endPause(db, pause, on, head())).toMatchObject({ refusal: { code: 'not-allowed-to-resume' } })
  expect(await endPause(db, pause, on, platform())).toMatchObject({ ok: true })
  expect(await endPause(db, pause, on, platform())).toMatchObject({ refusal: { code: 'already-resumed' } })
  const events = await admin.query(
    `SELECT type FROM audit.event e JOIN audit.log l ON l.event_id = e.id WHERE type LIKE 'pause.%' ORDER BY seq DESC LIMIT 4`,
  )
  expect(events.rows.map(({ type }) => type)).toEqual([
    'pause.refused',
    'pause.ended',
    'pause.refused',
    'pause.started',
  ])
})

test('of a pause that concerns nothing they may read nobody hears', async () => {
  const project = await started({ scope: 'project', project: 'shop', reason })
  const single = await started({ scope: 'application', application, reason })
  const instance = await started({ scope: 'instance', instance: 'main', reason })
  const stranger = viewer(anna, { role: 'admin', projects: ['payments'] })
  const heard = async (by: Viewer) =>
    (await listPauses(db, readScope(by), { on: true })).pauses.map(({ id }) => id)
  expect(await heard(stranger)).toEqual([])
  expect(await heard(approver())).toEqual([instance, single, project])
  expect(await endPause(db, project, on, stranger)).toMatchObject({ refusal: { code: 'no-such-pause' } })
  const all = await started({ scope: 'all', reason })
  expect(await heard(stranger)).toEqual([all])
  for (const id of [project, single, instance, all]) await endPause(db, id, on, platform())
  const first = await listPauses(db, 'all', { on: false, limit: 1 })
  const second = await listPauses(db, 'all', { on: false, limit: 1, before: first.next })
  expect([first.pauses[0]?.id, second.pauses[0]?.id]).toEqual([all, instance])
})
