import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Viewer } from '#lib/access/policy.ts'
import { createFakeArgo, type FakeApp, type FakeArgo } from '#lib/dispatch/testing.ts'
import { seedTarget, type Target, work } from '#lib/dispatch/testing-scene.ts'
import { getPlan } from '#lib/plans/data.ts'
import { clock } from '#lib/platform/clock.ts'
import { createDb, type Db } from '#lib/platform/db.ts'
import { testDatabase } from '#lib/platform/testing.ts'
import { decideRelease, requestRelease } from '#lib/releases/commands.ts'
import { getReleaseRow } from '#lib/releases/data.ts'
import { type PolicyPlace, type PolicyRule, policyFor } from '#lib/releases/policy.ts'
import * as seed from '#lib/releases/testing.ts'
import { askForRollback } from './commands.ts'
import { preparedOf } from './data.ts'
import { asked, observe, prepare, seedPast } from './testing.ts'

/** A rollback from the wish to the sync: prepared, asked for, approved, sent once with the revisions of then. */

const { urls } = await testDatabase()
let admin: pg.Client
let [web, worker]: Db[] = []
let people: Record<'jonas' | 'anna' | 'marta' | 'stranger', Viewer>

beforeAll(async () => {
  admin = await seed.connect(urls.admin)
  web = createDb(urls.web)
  worker = createDb(urls.worker)
  const make = async (name: string, role?: 'developer' | 'approver'): Promise<Viewer> => {
    const who = await seed.seedPerson(admin, name)
    const head = { accountId: who.account, personId: who.person, name, initials: 'X', groups: [] }
    return { ...head, grants: role ? [{ role }] : [], service: false, enabled: true }
  }
  people = {
    ...{ jonas: await make('Jonas', 'developer'), anna: await make('Anna', 'approver') },
    ...{ marta: await make('Marta', 'approver'), stranger: await make('Nora') },
  }
})
afterAll(async () => {
  await Promise.all([web?.$disconnect(), worker?.$disconnect()])
  await admin.end()
})
const dbs = () => ({ web: web as Db, worker: worker as Db })

const [first, second, third] = ['1', '2', '3'].map((digit) => digit.repeat(40)) as [string, string, string]

type Scene = { argo: FakeArgo; target: Target; ids: string[]; app: FakeApp; rules: PolicyRule[] }
async function scene(rules: PolicyRule[] = []): Promise<Scene> {
  await admin.query(
    `UPDATE rel.release SET lease_until = now() + interval '1 year' WHERE finished_at IS NULL`,
  )
  const argo = createFakeArgo()
  const target = await seedTarget(admin, argo)
  const ids = await seedPast(admin, argo, target, [first, second, third])
  await asked(admin, target.application, ids[1] as string)
  await prepare(dbs().worker, argo, target, rules)
  return { argo, target, ids, app: argo.apps.get(target.name) as FakeApp, rules }
}
const prepared = async ({ target }: Scene, deployment: string) =>
  (await preparedOf(dbs().worker, target.application, { deployment }))[0]

const request = (of: Scene, to: string, plan: string, by = people.jonas) =>
  requestRelease(
    dbs().web,
    {
      ...{ application: of.target.application, plan, reason: 'checkout fails since noon' },
      rollback: { to, occasion: { kind: 'incident', name: 'INC-7' } },
    },
    by,
    clock.now(),
    (where: PolicyPlace) => policyFor(of.rules, where),
  )

/** Asked for, approved by both and anchored; the id of the release. */
async function approved(of: Scene, to = of.ids[1] as string): Promise<{ release: string; plan: string }> {
  const plan = (await prepared(of, to))?.plan as string
  const asked = await request(of, to, plan)
  if (!asked.ok) throw new Error(asked.refusal.code)
  const release = asked.value.id
  for (const by of [people.anna, people.marta])
    await decideRelease(dbs().web, release, { kind: 'approve', plan }, by, clock.now())
  await seed.anchorAll(admin)
  return { release, plan }
}
const row = (id: string) => dbs().worker.release.findUniqueOrThrow({ where: { id } })

test('with what a release brought the way back is prepared unasked; with what nobody released it is not', async () => {
  const of = await scene()
  await admin.query('DELETE FROM rel.prepared_rollback WHERE application_id = $1', [of.target.application])
  await prepare(dbs().worker, of.argo, of.target)
  expect(await preparedOf(dbs().worker, of.target.application)).toEqual([])
  const { application, plan: forward } = of.target
  const jonas = { account: people.jonas.accountId, person: people.jonas.personId }
  const release = await seed.insertRelease(admin, { application, plan: forward, by: jonas })
  await admin.query(`UPDATE catalog.deployment SET cause = 'release', release_id = $1 WHERE id = $2`, [
    release,
    of.ids[2],
  ])
  await prepare(dbs().worker, of.argo, of.target)
  const made = await prepared(of, of.ids[1] as string)
  const plan = made?.plan ? await getPlan(dbs().worker, made.plan) : null
  expect(plan?.plan).toMatchObject({
    revisions: [second],
    rollback: { deployment: of.ids[1] },
    previous: { revisions: [third], historyId: 2 },
  })
  expect(plan?.document.rollback).toMatchObject({ deployment: of.ids[1], release: null, changed: [] })
  expect(plan?.document.checks.find(({ id }) => id === 'order')).toMatchObject({ result: 'pass' })
  // The plan that Git wants next stays what it was.
  const row = await dbs().worker.application.findUniqueOrThrow({ where: { id: application } })
  expect(row.planDigest).toBe(of.target.plan)
  expect(await prepared(of, of.ids[0] as string)).toBeUndefined()
})

test('an unchanged application is not rendered again, a changed one is', async () => {
  const of = await scene()
  const before = await prepared(of, of.ids[1] as string)
  await prepare(dbs().worker, of.argo, of.target)
  expect(await prepared(of, of.ids[1] as string)).toEqual(before)
  of.app.spec.source.helm = { parameters: [{ name: 'replicas', value: '9' }] }
  await prepare(dbs().worker, of.argo, of.target)
  const after = await prepared(of, of.ids[1] as string)
  expect(after?.plan).not.toBe(before?.plan)
  const plan = after?.plan ? await getPlan(dbs().worker, after.plan) : null
  expect(plan?.document.rollback?.changed).toEqual([
    { name: 'helm.parameters[replicas]', was: 'not set', is: '9', elsewhere: false },
  ])
})

test('any other is prepared when somebody asks for it, who may ask for releases', async () => {
  const of = await scene()
  const wish = { application: of.target.application, deployment: of.ids[0] as string }
  const ask = (by: Viewer, deployment = wish.deployment) =>
    askForRollback(dbs().web, { ...wish, deployment }, by)
  expect(await ask(people.stranger)).toMatchObject({ refusal: { code: 'no-such-deployment' } })
  expect(await ask(people.anna)).toMatchObject({ refusal: { code: 'may-not-request' } })
  expect(await ask(people.jonas, of.ids[2])).toMatchObject({ refusal: { code: 'runs-now' } })
  expect(await ask(people.jonas, 'dep_none')).toMatchObject({ refusal: { code: 'no-such-deployment' } })
  const other = await scene()
  expect(await ask(people.jonas, other.ids[0])).toMatchObject({ refusal: { code: 'no-such-deployment' } })
  await admin.query('UPDATE catalog.application SET plan_checked_at = now() WHERE id = $1', [
    wish.application,
  ])
  expect(await ask(people.jonas)).toMatchObject({ ok: true })
  const looked = await admin.query('SELECT plan_checked_at FROM catalog.application WHERE id = $1', [
    wish.application,
  ])
  expect(looked.rows[0].plan_checked_at).toBeNull()
  await prepare(dbs().worker, of.argo, of.target)
  expect((await prepared(of, wish.deployment))?.plan).toMatch(/^[0-9a-f]{64}$/)
})

test('approved by two it is sent once, with the revisions of then and with hooks; a new commit changes nothing', async () => {
  const of = await scene()
  const { release } = await approved(of)
  of.app.status.sync.revision = 'e'.repeat(40)
  expect(await work(dbs().worker, of.argo)).toBe(release)
  expect(await row(release)).toMatchObject({ state: 'succeeded', rollbackTo: of.ids[1] })
  expect(of.argo.accepted).toEqual([expect.objectContaining({ release, revision: second })])
  const intent = await dbs().worker.intent.findFirstOrThrow({ where: { releaseId: release } })
  expect(intent.body).toMatchObject({ revision: second, strategy: { hook: {} }, prune: false })
  const application = await dbs().worker.application.findUniqueOrThrow({
    where: { id: of.target.application },
  })
  expect(application.rolledBackTo).toEqual([second])
  expect(await getReleaseRow(dbs().web, release)).toMatchObject({
    rollback: {
      deployment: of.ids[1],
      version: second.slice(0, 7),
      occasion: { kind: 'incident', name: 'INC-7' },
    },
  })
})

test('after a sync that failed halfway the way back is what was deployed whole', async () => {
  const of = await scene()
  await admin.query(
    `INSERT INTO catalog.attempt (application_id, started_at, finished_at, kind, phase, revisions, cause)
     VALUES ($1, now(), now(), 'sync', 'Failed', '{x}', 'account')`,
    [of.target.application],
  )
  await prepare(dbs().worker, of.argo, of.target)
  const { release } = await approved(of, of.ids[2])
  expect(await work(dbs().worker, of.argo)).toBe(release)
  expect(await row(release)).toMatchObject({ state: 'succeeded' })
  expect(of.argo.accepted).toEqual([expect.objectContaining({ release, revision: third })])
})

test('without the second approval nothing is sent', async () => {
  const of = await scene()
  const plan = (await prepared(of, of.ids[1] as string))?.plan as string
  const asked = await request(of, of.ids[1] as string, plan)
  const release = asked.ok ? asked.value.id : ''
  expect(
    await decideRelease(dbs().web, release, { kind: 'approve', plan }, people.jonas, clock.now()),
  ).toMatchObject({
    refusal: { code: 'own-request' },
  })
  await decideRelease(dbs().web, release, { kind: 'approve', plan }, people.anna, clock.now())
  expect(await work(dbs().worker, of.argo)).toBeNull()
  expect(of.argo.requests()).toBe(0)
})

test('another plan, another deployment, or something else deployed meanwhile: not asked for', async () => {
  const of = await scene()
  const [oldest, before] = of.ids as [string, string]
  const plan = (await prepared(of, before))?.plan as string
  expect(await request(of, before, of.target.plan)).toMatchObject({ refusal: { code: 'way-back-moved' } })
  expect(await request(of, oldest, plan)).toMatchObject({ refusal: { code: 'way-back-moved' } })
  of.argo.human(of.target.name)
  await observe(admin, of.argo, of.target)
  expect(await request(of, before, plan)).toMatchObject({ refusal: { code: 'way-back-moved' } })
})

test('a harm that is not of this application is no occasion', async () => {
  const of = await scene()
  const other = await scene()
  const { release: harm } = await approved(other)
  const to = of.ids[1] as string
  const plan = (await prepared(of, to))?.plan as string
  const { application } = of.target
  const rollback = { to, occasion: { kind: 'release' as const, release: harm } }
  const body = { application, plan, reason: 'it did harm', rollback }
  expect(
    await requestRelease(dbs().web, body, people.jonas, clock.now(), (where) => policyFor([], where)),
  ).toMatchObject({ refusal: { code: 'no-such-harm' } })
})

test('fewer approvals only for what a release brought and what worked', async () => {
  const rule: PolicyRule = {
    ...{ environments: ['prod'], services: ['*'], projects: ['*'], approvals: 2, groups: [] },
    ...{ excludeAuthors: false, raise: [], expiresAfterMs: 3_600_000, ticket: 'optional' },
    checks: { mustPass: ['order'], healthyForMs: 60_000, planAgeMs: 1, unknown: 'block' },
    rollback: { approvals: 1, groups: [] },
  }
  const of = await scene([rule])
  const back = await approved(of)
  expect(await row(back.release)).toMatchObject({ state: 'approved', requiredApprovals: 2 })
  await work(dbs().worker, of.argo)
  expect(await row(back.release)).toMatchObject({ state: 'succeeded' })
  // Now a release has brought the second one, and worked: the third is deployed over it and rolled back with one.
  await admin.query(`UPDATE catalog.deployment SET cause = 'release', release_id = $1 WHERE id = $2`, [
    back.release,
    of.ids[1],
  ])
  of.argo.human(of.target.name)
  of.app.status.history = of.app.status.history.map((entry) => ({
    ...entry,
    ...(entry.id > 2 && { revision: third }),
  }))
  await observe(admin, of.argo, of.target)
  await prepare(dbs().worker, of.argo, of.target, [rule])
  const plan = (await prepared(of, of.ids[1] as string))?.plan as string
  const asked = await request(of, of.ids[1] as string, plan)
  const release = asked.ok ? asked.value.id : ''
  expect(await row(release)).toMatchObject({ requiredApprovals: 1 })
  await decideRelease(dbs().web, release, { kind: 'approve', plan }, people.anna, clock.now())
  await seed.anchorAll(admin)
  await work(dbs().worker, of.argo)
  expect(await row(release)).toMatchObject({ state: 'succeeded' })
  expect(of.argo.accepted.map(({ revision }) => revision)).toEqual([second, second])
})

const drifts: [string, (app: FakeApp, argo: FakeArgo) => unknown][] = [
  ['another deployment', (app, argo) => argo.human(app.metadata.name)],
  ['another path', (app) => (app.spec.source.path = 'elsewhere')],
  ['another parameter', (app) => (app.spec.source.helm = { parameters: [{ name: 'n', value: '9' }] })],
  ['another destination', (app) => (app.spec.destination.namespace = 'elsewhere')],
  ['automatic sync', (app) => (app.spec.syncPolicy.automated = {})],
  ['a remote base that changed', (app, argo) => argo.bases.set(app.metadata.name, 'another')],
  ['deleted and created again', (app) => (app.metadata.uid = 'another')],
]
test.each(drifts)('%s after the approval: nothing is sent', async (_, change) => {
  const of = await scene()
  const { release } = await approved(of)
  change(of.app, of.argo)
  await work(dbs().worker, of.argo)
  expect(await row(release)).toMatchObject({ state: 'stale', ending: expect.stringMatching(/\w/) })
  expect(of.argo.requests()).toBe(0)
})
