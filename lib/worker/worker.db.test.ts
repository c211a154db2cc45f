import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { Viewer } from '#lib/access/policy.ts'
import { fileAnchor } from '#lib/audit/anchors.ts'
import { signerPlaces } from '#lib/audit/keys.ts'
import { clock } from '#lib/platform/clock.ts'
import { type Config, loadConfig } from '#lib/platform/config.ts'
import { createDb, type Db } from '#lib/platform/db.ts'
import { log } from '#lib/platform/log.ts'
import { testDatabase } from '#lib/platform/testing.ts'
import { decideRelease, requestRelease } from '#lib/releases/commands.ts'
import { policyFor } from '#lib/releases/policy.ts'
import * as seed from '#lib/releases/testing.ts'
import { type Sandbox, startSandbox } from '#sandbox/sandbox.ts'
import { type RunningSigner, runSigner } from './signer.ts'
import { runWorker } from './worker.ts'

const { urls } = await testDatabase()
let dir: string
let admin: pg.Client
let db: Db
let sandbox: Sandbox
let config: Config
let signer: RunningSigner
let workers: Awaited<ReturnType<typeof runWorker>>[]
let jonas: Viewer
let anna: Viewer
let marta: Viewer

const until = { timeout: 20_000, interval: 25 }

beforeAll(async () => {
  for (const level of ['info', 'warn'] as const) vi.spyOn(log, level).mockImplementation(() => {})
  dir = await mkdtemp(join(tmpdir(), 'countersign-worker-'))
  sandbox = await startSandbox({ speed: 4 })
  config = loadConfig('worker', { COUNTERSIGN_CONFIG: await sandbox.writeConfig(dir) })
  admin = await seed.connect(urls.admin)
  db = createDb(urls.web)
  const anchors = [fileAnchor(join(dir, 'checkpoints.txt'))]
  signer = await runSigner({ url: urls.signer, places: signerPlaces(dir), anchors })
  // Two workers on one database, as in a cluster.
  workers = await Promise.all([1, 2].map(() => runWorker({ url: urls.worker, config })))
  const person = async (name: string, role: 'developer' | 'approver'): Promise<Viewer> => {
    const who = await seed.seedPerson(admin, name)
    const ids = { accountId: who.account, personId: who.person }
    return {
      ...ids,
      name,
      initials: name.slice(0, 1),
      groups: [],
      grants: [{ role }],
      service: false,
      enabled: true,
    }
  }
  jonas = await person('Jonas', 'developer')
  anna = await person('Anna', 'approver')
  marta = await person('Marta', 'approver')
}, 30_000)
afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.stop()))
  await signer.stop()
  await Promise.all([db.$disconnect(), admin.end(), sandbox.close()])
  await rm(dir, { recursive: true, force: true })
}, 30_000)

const application = async (name: string) => db.application.findFirstOrThrow({ where: { name } })
const planOf = async (name: string) => {
  await expect
    .poll(() => db.application.findFirst({ where: { name } }).then((row) => row?.planDigest ?? null), until)
    .not.toBeNull()
  return application(name)
}
const request = async (name: string) => {
  const { id, planDigest } = await planOf(name)
  const input = { application: id, plan: planDigest ?? '', reason: 'the test wants it' }
  const result = await requestRelease(db, input, jonas, clock.now(), (where) =>
    policyFor(config.policies, where),
  )
  if (!result.ok) throw new Error(JSON.stringify(result.refusal))
  return { id: result.value.id, plan: planDigest ?? '' }
}
const approve = (release: { id: string; plan: string }, by: Viewer) =>
  decideRelease(db, release.id, { kind: 'approve', plan: release.plan }, by, clock.now())
const release = async (name: string) => {
  const asked = await request(name)
  await approve(asked, anna)
  await approve(asked, marta)
  return asked
}
const state = (id: string) => db.release.findUniqueOrThrow({ where: { id } }).then((row) => row.state)
const syncsOf = (name: string) =>
  sandbox.argoCd.accepted().filter((each) => each.application === name && each.kind === 'sync')
const types = async (id: string) =>
  (
    await admin.query(
      'SELECT e.type FROM audit.event e JOIN audit.log l ON l.event_id = e.id WHERE release_id = $1 ORDER BY seq',
      [id],
    )
  ).rows.map((r) => r.type)

test('every application is in the catalog, what no rule matches with its reason', async () => {
  const count = () => db.application.count()
  await expect.poll(count, until).toBe(Object.keys(sandbox.world.state().applications).length)
  const unmapped = await db.application.findMany({ where: { service: null } })
  expect(unmapped.length).toBeGreaterThan(0)
  for (const row of unmapped) expect(row.unmappedReason).toMatch(/label/)
})

test('two approvals bring exactly one pinned sync; between the first and the second nothing is sent', async () => {
  const asked = await request('checkout-prod')
  await approve(asked, anna)
  expect(syncsOf('checkout-prod')).toHaveLength(0)
  expect(await state(asked.id)).toBe('requested')
  await approve(asked, marta)
  await expect.poll(() => state(asked.id), until).toBe('succeeded')
  const [sync, ...more] = syncsOf('checkout-prod')
  expect(more).toHaveLength(0)
  const revision = (await application('checkout-prod')).deployedRevisions
  expect(sync?.body).toMatchObject({
    project: 'shop',
    prune: false,
    dryRun: false,
    retryStrategy: { limit: 0, refresh: false },
  })
  expect(sync?.body).toMatchObject({ revision: expect.stringMatching(/^[0-9a-f]{40}$/) })
  expect(revision.length).toBe(1)
  // What runs now is what Git says: there is nothing left to release, and no plan was made of a passing state.
  await expect.poll(() => application('checkout-prod').then((row) => row.planDigest), until).toBeNull()
  const { id } = await application('checkout-prod')
  // Beside the way back from what it brought.
  const plans = await db.$queryRaw<{ n: number }[]>`
    SELECT count(*)::int AS n FROM rel.plan
    WHERE application_id = ${id} AND convert_from(body, 'UTF8')::jsonb -> 'rollback' IS NULL`
  expect(plans[0]?.n).toBe(1)
  const deployment = () =>
    db.deployment.findFirst({ where: { releaseId: asked.id }, omit: { sources: true } })
  await expect
    .poll(deployment, until)
    .toMatchObject({ cause: 'release', revisions: revision, applicationId: id })
  expect(await db.attempt.count({ where: { applicationId: id, deploymentId: null } })).toBe(0)
  // Our own sync is explained by its release, and by nothing else.
  const newest = async () => {
    const accounted = await admin.query(
      `SELECT c.sync, c.release_id, c.before_us, f.kind, f.sentence, history_id IS NOT NULL AS kept
       FROM rel.accounted c LEFT JOIN rel.finding f ON f.id = c.finding_id WHERE c.application_id = $1 ORDER BY sync DESC LIMIT 1`,
      [id],
    )
    const looked = await admin.query(
      `SELECT b.seen_hash = a.content_hash AS all, a.problem, a.observed -> 'operation' -> 'startedAt' AS operation
       FROM catalog.application a LEFT JOIN rel.baseline b ON b.application_id = a.id WHERE a.id = $1`,
      [id],
    )
    return { ...accounted.rows[0], ...looked.rows[0] }
  }
  await expect
    .poll(newest, until)
    .toMatchObject({ release_id: asked.id, before_us: false, kind: null, kept: true, all: true })
  expect(await types(asked.id)).toEqual([
    'release.requested',
    'release.decided',
    'release.decided',
    'release.approved',
    'release.intent',
    'release.dispatching',
    'release.accepted',
    'release.syncing',
    'release.operation-ended',
    'release.verifying',
    'release.succeeded',
  ])
}, 30_000)

test('a commit that lands between request and second approval makes it stale: nothing is sent', async () => {
  const asked = await request('payments-prod')
  await approve(asked, anna)
  sandbox.world.commit({
    service: 'payments',
    envs: ['prod'],
    version: '9.9.9',
    message: 'payments: landed meanwhile',
  })
  sandbox.world.refresh('payments-prod')
  await approve(asked, marta)
  await expect.poll(() => state(asked.id), until).toBe('stale')
  expect(syncsOf('payments-prod')).toHaveLength(0)
  const row = await db.release.findUniqueOrThrow({ where: { id: asked.id } })
  expect(row.ending).toMatch(/Git|commit/)
}, 30_000)

test('a sync whose answer is lost is adopted by its token, not sent twice', async () => {
  const asked = await request('search-prod')
  sandbox.argoCd.setFault({ kind: 'drop-reply', times: 1 })
  await approve(asked, anna)
  await approve(asked, marta)
  await expect.poll(() => state(asked.id), until).toBe('succeeded')
  sandbox.argoCd.setFault(undefined)
  expect(syncsOf('search-prod')).toHaveLength(1)
  expect(await types(asked.id)).toContain('release.ambiguous')
}, 30_000)

test('Argo CD refuses: failed, with its words', async () => {
  const asked = await release('sync-refused-prod')
  await expect.poll(() => state(asked.id), until).toBe('failed')
  expect((await db.release.findUniqueOrThrow({ where: { id: asked.id } })).ending).toMatch(
    /refused the sync: .*window/,
  )
  expect(syncsOf('sync-refused-prod')).toHaveLength(0)
}, 30_000)

test('Argo CD is down when the second signature comes: the approval waits and is sent once it is back', async () => {
  sandbox.world.commit({
    service: 'catalog',
    envs: ['prod'],
    version: '7.7.7',
    message: 'catalog: 7.7.7 to prod',
  })
  sandbox.world.refresh('catalog-prod')
  const asked = await request('catalog-prod')
  await approve(asked, anna)
  sandbox.argoCd.setFault({ kind: 'down' })
  await approve(asked, marta)
  await expect
    .poll(
      () => db.release.findUniqueOrThrow({ where: { id: asked.id } }).then((r) => r.waitingFor ?? ''),
      until,
    )
    .toMatch(/Argo CD/)
  expect(await state(asked.id)).toBe('approved')
  await expect.poll(() => db.instance.findFirstOrThrow().then((row) => row.state), until).toBe('unreachable')
  expect(await db.application.count({ where: { goneAt: null } })).toBeGreaterThan(10)
  sandbox.argoCd.setFault(undefined)
  await expect.poll(() => state(asked.id), until).toBe('succeeded')
  expect(syncsOf('catalog-prod')).toHaveLength(1)
}, 60_000)
