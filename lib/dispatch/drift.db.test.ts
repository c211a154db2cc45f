import { afterAll, expect, test } from 'vitest'
import { createDb } from '#lib/platform/db.ts'
import * as seed from '#lib/releases/testing.ts'
import { admin, anna, requester, urls, web } from '#lib/releases/testing-attacks.ts'
import { createFakeArgo, type FakeApp, type FakeArgo } from './testing.ts'
import { elapse, seedTarget, type Target, work } from './testing-scene.ts'

/** Whatever changes between approval and request stops the request (audit-security 6.1, T11). */

const db = createDb(urls.worker)
afterAll(() => db.$disconnect())

type Change = (app: FakeApp, argo: FakeArgo, target: Target) => void
const drifts: [string, Change][] = [
  ['the branch moved', (app) => (app.status.sync.revision = 'b'.repeat(40))],
  [
    'the tag moved',
    (app) => {
      app.spec.source.targetRevision = 'v1'
      app.status.sync.revision = 'c'.repeat(40)
    },
  ],
  ['another target revision', (app) => (app.spec.source.targetRevision = 'release')],
  ['another path', (app) => (app.spec.source.path = 'elsewhere')],
  [
    'another Helm parameter',
    (app) => (app.spec.source.helm = { parameters: [{ name: 'replicas', value: '9' }] }),
  ],
  ['another values file', (app) => (app.spec.source.helm = { valueFiles: ['$values/other.yaml'] })],
  ['another destination', (app) => (app.spec.destination.namespace = 'elsewhere')],
  ['another project', (app) => (app.spec.project = 'default')],
  ['other sync options', (app) => (app.spec.syncPolicy.syncOptions = ['Replace=true'])],
  ['another way to prune', (app) => (app.spec.syncPolicy.syncOptions = ['PrunePropagationPolicy=orphan'])],
  ['automatic sync switched on', (app) => (app.spec.syncPolicy.automated = { prune: true })],
  [
    'a chart published again under its version',
    (app, argo) => argo.bases.set(app.metadata.name, 'another chart'),
  ],
  ['a remote base that changed', (app, argo) => argo.bases.set(app.metadata.name, 'another base')],
  ['deleted and created again', (app) => (app.metadata.uid = 'another')],
  ['being deleted', (app) => (app.metadata.deletionTimestamp = '2026-11-24T00:00:00Z')],
  ['a retry that would refresh', (app) => (app.spec.syncPolicy.retry = { limit: 2, refresh: true })],
  ['a history too short', (app) => (app.spec.revisionHistoryLimit = 3)],
  ['somebody else deployed', (app, argo) => argo.human(app.metadata.name)],
]

async function approvedTarget() {
  // What an earlier test left waiting stays out of this one.
  await admin.query(
    `UPDATE rel.release SET lease_until = now() + interval '1 year' WHERE finished_at IS NULL`,
  )
  const argo = createFakeArgo()
  const target = await seedTarget(admin, argo)
  const { application, plan } = target
  const leaver = await seed.seedPerson(admin, 'Leaver')
  const release = await seed.insertRelease(web, { application, plan, by: requester })
  for (const by of [anna, leaver]) await seed.insertDecision(web, { release, plan, requester, by })
  await seed.moveRelease(web, release, 'approved', { kind: 'person', ...leaver }, ', approved_at = now()')
  await seed.anchorAll(admin)
  const app = argo.apps.get(target.name) as FakeApp
  const disable = () =>
    admin.query('UPDATE access.account SET enabled = false WHERE id = $1', [leaver.account])
  return { argo, target, release, app, disable }
}
const row = (id: string) => db.release.findUniqueOrThrow({ where: { id } })

test('nothing changed: one request, one sync, released', async () => {
  const { argo, release } = await approvedTarget()
  expect(await work(db, argo)).toBe(release)
  expect(await row(release)).toMatchObject({ state: 'succeeded' })
  expect(argo.accepted).toHaveLength(1)
})

test.each(drifts)('%s after the approval: nothing is sent', async (_, change) => {
  const { argo, target, release, app } = await approvedTarget()
  change(app, argo, target)
  await work(db, argo)
  expect(await row(release)).toMatchObject({ state: 'stale', ending: expect.stringMatching(/\w/) })
  expect(argo.requests()).toBe(0)
})

test('an approver disabled after the approval: nothing is sent', async () => {
  const { argo, release, disable } = await approvedTarget()
  await disable()
  await work(db, argo)
  expect(await row(release)).toMatchObject({ state: 'revoked' })
  expect(argo.requests()).toBe(0)
})

test('a window that closed, or a foreign operation, only waits', async () => {
  const { argo, release, app } = await approvedTarget()
  argo.set.windowOpen = false
  await work(db, argo)
  expect(await row(release)).toMatchObject({ state: 'approved' })
  argo.set.windowOpen = true
  argo.set.endsByItself = false
  app.operation = { sync: { revision: 'x' }, initiatedBy: { username: 'jonas' }, retry: {} }
  await elapse(admin, 5_000)
  await work(db, argo)
  expect(await row(release)).toMatchObject({
    state: 'approved',
    waitingFor: expect.stringContaining('operation'),
  })
  expect(argo.requests()).toBe(0)
})

const lostOnce = async () => {
  const made = await approvedTarget()
  made.argo.passages.push('lost')
  await work(db, made.argo)
  await elapse(admin, 91_000)
  return made
}

test('the request was lost and nothing changed: it is sent once more', async () => {
  const { argo, release } = await lostOnce()
  await work(db, argo)
  expect(await row(release)).toMatchObject({ state: 'succeeded' })
  expect([argo.requests(), argo.accepted.length]).toEqual([2, 1])
})

test.each(drifts)('%s after the request was lost: it is not sent again', async (_, change) => {
  const { argo, target, release, app } = await lostOnce()
  change(app, argo, target)
  await work(db, argo)
  const { state, ending, waitingFor } = await row(release)
  expect(['failed', 'review']).toContain(state)
  expect(ending ?? waitingFor).toMatch(/\w/)
  expect([argo.requests(), argo.accepted.length]).toEqual([1, 0])
})

test('an approver disabled after the request was lost: it is not sent again', async () => {
  const { argo, release, disable } = await lostOnce()
  await disable()
  await work(db, argo)
  expect(await row(release)).toMatchObject({ state: 'failed', ending: expect.stringContaining('approver') })
  expect(argo.requests()).toBe(1)
})

test('refused twice before a byte was sent is an end; a foreign sync in the way is one too', async () => {
  const first = await approvedTarget()
  first.argo.passages.push('not-sent', 'not-sent')
  await work(db, first.argo)
  expect(await row(first.release)).toMatchObject({ state: 'dispatching' })
  await elapse(admin, 91_000)
  await work(db, first.argo)
  expect(await row(first.release)).toMatchObject({ state: 'failed' })
  const second = await approvedTarget()
  const foreign = { sync: { revision: 'x' }, initiatedBy: { username: 'jonas' }, retry: {} }
  second.argo.set.endsByItself = false
  // Between the last look and the request.
  await work(db, second.argo, {
    reached: (point) => {
      if (point === 'intent') second.app.operation = foreign
    },
  })
  expect(await row(second.release)).toMatchObject({
    state: 'failed',
    ending: expect.stringContaining('jonas'),
  })
  expect([first.argo.accepted, second.argo.accepted]).toEqual([[], []])
})
