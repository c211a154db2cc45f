import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import type { Grant, Viewer } from '#lib/access/policy.ts'
import type { ArgoClient } from '#lib/argocd/client.ts'
import type { CellThen } from '#lib/past/schema.ts'
import { createDb, type Db } from '#lib/platform/db.ts'
import { log } from '#lib/platform/log.ts'
import { testDatabase } from '#lib/platform/testing.ts'
import * as seed from '#lib/releases/testing.ts'
import { requestComparison } from './commands.ts'
import { readManifests } from './data.ts'
import { compareNext, forgetExpired } from './execute.ts'

const { urls } = await testDatabase()
let admin: pg.Client
let web: pg.Client
let db: Db
let worker: Db
let somebody: seed.Who

const viewer = (...grants: Grant[]): Viewer => ({
  ...{
    accountId: somebody.account,
    personId: somebody.person,
    name: 'Somebody',
    initials: 'S',
    groups: [],
    grants,
  },
  ...{ service: false, enabled: true },
})
const left = { application: 'app_a', revisions: ['aaa'] }
const right = { application: 'app_b', revisions: ['bbb'] }
const cell = ({ application, revisions }: typeof left) => ({ application, revisions }) as unknown as CellThen
const shown = () => readManifests(db, cell(left), cell(right))

const manifest = (replicas: number) => ({
  ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'shop' }, spec: { replicas } },
})
/** An Argo CD that renders two replicas for the one revision and three for the other. */
const argo = (answer: Partial<ArgoClient> = {}) =>
  new Map([
    [
      'main',
      {
        get: async () => ({
          ok: true,
          value: { sources: [{}], multiSource: false, destination: { namespace: 'shop' } },
        }),
        manifests: async (_: unknown, [revision]: string[]) => ({
          ok: true,
          value: [manifest(revision === 'aaa' ? 2 : 3)],
        }),
        ...answer,
      } as unknown as ArgoClient,
    ],
  ])

beforeAll(async () => {
  admin = await seed.connect(urls.admin)
  web = await seed.connect(urls.web)
  db = createDb(urls.web)
  worker = createDb(urls.worker)
  somebody = await seed.seedPerson(admin, 'Somebody')
  await admin.query(`INSERT INTO catalog.instance (name) VALUES ('main')`)
  for (const [id, project, revision] of [
    ['app_a', 'shop', 'aaa'],
    ['app_b', 'pay', 'bbb'],
  ]) {
    await admin.query(
      `INSERT INTO catalog.application (id, instance, namespace, name, project, unmapped_reason) VALUES ($1, 'main', 'argocd', $1, $2, 'none')`,
      [id, project],
    )
    await admin.query(
      `INSERT INTO catalog.deployment (id, application_id, during, revisions, cause, known_from)
       VALUES (replace($1, 'app', 'dep'), $1, '[2026-06-01,)', $2, 'unknown', 'history')`,
      [id, [revision]],
    )
  }
})
beforeEach(async () => {
  vi.spyOn(log, 'error').mockImplementation(() => {})
  await admin.query('DELETE FROM catalog.comparison')
})
afterAll(async () => {
  await Promise.all([db.$disconnect(), worker.$disconnect(), admin.end(), web.end()])
})

test('asked, rendered, shown and forgotten', async () => {
  const all = viewer({ role: 'viewer' })
  expect(await shown()).toBeNull()
  const asked = await requestComparison(db, all, { left, right })
  expect(asked.ok).toBe(true)
  expect(await shown()).toEqual({ state: 'asked' })
  expect(await requestComparison(db, all, { left, right })).toEqual(asked)
  expect(await compareNext(worker, argo())).toBe(true)
  expect(await compareNext(worker, argo())).toBe(false)
  const done = await shown()
  expect(done).toMatchObject({ state: 'done', diff: { kind: 'known', resources: [{ change: 'changed' }] } })
  expect(await requestComparison(db, all, { left, right })).toEqual(asked)
  await admin.query(`UPDATE catalog.comparison SET expires_at = now() - interval '1 second'`)
  expect(await shown()).toBeNull()
  await forgetExpired(worker)
  expect((await admin.query('SELECT FROM catalog.comparison')).rowCount).toBe(0)
})

test('both sides must be readable, and must have run there', async () => {
  const no = (code: string) => ({ ok: false, refusal: { code } })
  expect(await requestComparison(db, viewer(), { left, right })).toEqual(no('not-found'))
  const shop = viewer({ role: 'viewer', projects: ['shop'] })
  expect(await requestComparison(db, shop, { left, right })).toEqual(no('not-found'))
  expect(await requestComparison(db, shop, { left, right: left })).toMatchObject({ ok: true })
  const all = viewer({ role: 'viewer' })
  const branch = { ...right, revisions: ['main'] }
  expect(await requestComparison(db, all, { left, right: branch })).toEqual(no('never-deployed'))
  const none = { ...right, application: 'app_none' }
  expect(await requestComparison(db, all, { left, right: none })).toEqual(no('not-found'))
})

test('one person asks ten times in five minutes, whatever the account', async () => {
  const all = viewer({ role: 'viewer' })
  const other = await seed.seedPerson(admin, '', { person: somebody.person })
  for (let i = 0; i < 10; i += 1)
    await admin.query(
      `INSERT INTO catalog.comparison (id, left_application, left_revisions, right_application, right_revisions, requested_by)
       VALUES ($1, 'app_b', '{bbb}', 'app_a', '{aaa}', $2)`,
      [`cmp_${i}`, i % 2 === 0 ? other.account : somebody.account],
    )
  expect(await requestComparison(db, all, { left, right })).toEqual({
    ok: false,
    refusal: { code: 'too-many' },
  })
  await admin.query(
    `UPDATE catalog.comparison SET requested_at = now() - interval '6 minutes' WHERE id = 'cmp_0'`,
  )
  expect(await requestComparison(db, all, { left, right })).toMatchObject({ ok: true })
})

test.each<[string, Partial<ArgoClient>, RegExp]>([
  [
    'is silent',
    { get: async () => ({ ok: false, kind: 'unreachable', message: 'no route' }) as never },
    /no route/,
  ],
  [
    'renders nothing',
    { manifests: async () => ({ ok: false, kind: 'not-understood', message: 'path is missing' }) as never },
    /left side could not be rendered: path is missing/,
  ],
  [
    'breaks',
    {
      get: () => {
        throw new Error('boom')
      },
    },
    /its log says why/,
  ],
])('an Argo CD that %s is said, and can be asked again', async (_, answer, words) => {
  const all = viewer({ role: 'viewer' })
  await requestComparison(db, all, { left, right })
  await compareNext(worker, argo(answer))
  const failed = await shown()
  expect(failed?.state === 'failed' ? failed.problem : '').toMatch(words)
  await requestComparison(db, all, { left, right })
  expect(await shown()).toEqual({ state: 'asked' })
})

test('what a dead worker left is taken over, what is under way is not', async () => {
  await requestComparison(db, viewer({ role: 'viewer' }), { left, right })
  await admin.query(`UPDATE catalog.comparison SET state = 'rendering', claimed_at = now()`)
  expect(await compareNext(worker, argo())).toBe(false)
  await admin.query(`UPDATE catalog.comparison SET claimed_at = now() - interval '10 minutes'`)
  expect(await compareNext(worker, argo())).toBe(true)
  expect(await shown()).toMatchObject({ state: 'done' })
})

test.each([
  `INSERT INTO catalog.comparison (id, left_application, left_revisions, right_application, right_revisions, requested_by, diff)
   VALUES ('cmp_1', 'app_a', '{aaa}', 'app_b', '{bbb}', 'x', '{}')`,
  `UPDATE catalog.comparison SET state = 'asked'`,
  'DELETE FROM catalog.comparison',
])('the web is refused: %s', async (sql) => {
  await expect(web.query(sql)).rejects.toMatchObject({ code: '42501' })
})

test('Postgres itself takes no revision that never ran there', async () => {
  await expect(
    web.query(
      `INSERT INTO catalog.comparison (id, left_application, left_revisions, right_application, right_revisions, requested_by)
       VALUES ('cmp_1', 'app_a', '{main}', 'app_b', '{bbb}', $1)`,
      [somebody.account],
    ),
  ).rejects.toMatchObject({ code: '23514' })
})
