import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Grant, Viewer } from '#lib/access/policy.ts'
import { instant } from '#lib/platform/clock.ts'
import { createDb, type Db } from '#lib/platform/db.ts'
import { newId } from '#lib/platform/ids.ts'
import { testDatabase } from '#lib/platform/testing.ts'
import * as seed from '#lib/releases/testing.ts'
import { listUnmapped, readMatrix, readService } from './data.ts'
import type { MatrixFilter } from './schema.ts'
import { versionKey } from './version-key.ts'

const { urls } = await testDatabase()
const environments = [
  { name: 'dev', protected: false },
  { name: 'staging', protected: false },
  { name: 'prod', protected: true },
]
const now = instant('2026-11-23T12:30:00.000Z')
const lastHeard = instant('2026-11-23T12:04:00.000Z')
let admin: pg.Client
let db: Db
let anna: Viewer
let ids: Record<string, string>
let release: string

const viewer = (grants: Grant[], who: seed.Who = { account: 'usr_0', person: 'per_0' }): Viewer => ({
  accountId: who.account,
  personId: who.person,
  name: 'Somebody',
  initials: 'S',
  groups: [],
  grants,
  service: false,
  enabled: true,
})
const everything = viewer([{ role: 'auditor' }])
const shopOnly = viewer([{ role: 'viewer', projects: ['shop'] }])
const nobody = viewer([])

type Seed = Partial<
  Record<'project' | 'version' | 'health' | 'coming' | 'team' | 'target' | 'instance', string>
>
async function application(
  service: string | null,
  environment: string | null,
  more: Seed = {},
): Promise<string> {
  const id = newId('application')
  const { project = 'shop', version = '1.0.0', health = 'Healthy', coming = 'in-sync' } = more
  await admin.query(
    `INSERT INTO catalog.application (id, instance, namespace, name, project, service, environment, target, team, version,
       health, coming, sync, protected, images, unmapped_reason, plan_commits, environment_order, version_key, deployed_at)
     VALUES ($1, $2, 'argocd', $3, $4, $5, $6, $7, $8, $9, $10, $11, 'Synced', $12, $13, $14, $15, $16, $17, '2026-11-20T10:00:00Z')`,
    [
      id,
      more.instance ?? 'main',
      `${service ?? 'stray'}-${environment ?? ''}${more.target ?? ''}`,
      project,
      service,
      environment,
      more.target ?? null,
      more.team ?? null,
      version,
      health,
      coming,
      environment === 'prod',
      [`registry.acme.example/${project}/${service ?? 'stray'}:${version}`],
      service === null ? 'no rule matches' : null,
      coming === 'waits-for-approval' ? 2 : null,
      environments.findIndex((each) => each.name === environment),
      versionKey(version),
    ],
  )
  return id
}

beforeAll(async () => {
  admin = await seed.connect(urls.admin)
  db = createDb(urls.web)
  await admin.query(
    `INSERT INTO catalog.instance (name, state, state_since, last_contact_at) VALUES
       ('main', 'connected', $1, $1), ('far', 'unreachable', $1, $2)`,
    [now, lastHeard],
  )
  ids = {
    cartDev: await application('cart', 'dev', { version: '1.1.0', team: 'shop' }),
    cartProd: await application('cart', 'prod', { coming: 'waits-for-approval', team: 'shop' }),
    ledgerProd: await application('ledger', 'prod', {
      project: 'finance',
      health: 'Degraded',
      team: 'money',
    }),
    mailProd: await application('mail', 'prod', { instance: 'far' }),
    stray: await application(null, null, { project: 'finance' }),
  }
  for (let n = 0; n < 60; n++) await application(`svc-${String(n).padStart(2, '0')}`, 'dev')
  const requester = await seed.seedPerson(admin, 'Jonas Öztürk')
  const approver = await seed.seedPerson(admin, 'Anna Beck')
  anna = viewer([{ role: 'approver', projects: ['shop'] }], approver)
  const plan = await seed.seedPlan(admin, ids.cartProd ?? '')
  release = await seed.insertRelease(admin, {
    application: ids.cartProd ?? '',
    plan,
    by: requester,
    notAfter: '2100-01-01',
  })
})
afterAll(async () => {
  await db.$disconnect()
  await admin.end()
})

const matrix = (by: Viewer, filter: MatrixFilter = {}) => readMatrix(db, by, now, environments, filter)
const names = async (by: Viewer, filter: MatrixFilter = {}) =>
  (await matrix(by, filter)).rows.map((row) => row.service)

test('a viewer of one project sees exactly that: rows, counters, teams, unmapped', async () => {
  const all = await matrix(everything)
  const shop = await matrix(shopOnly)
  expect([all.services, shop.services]).toEqual([63, 62])
  expect([all.unmapped, shop.unmapped]).toEqual([1, 0])
  expect(all.teams).toEqual(['money', 'shop'])
  expect(shop.teams).toEqual(['shop'])
  const prod = (page: typeof all) => page.columns.find(({ key }) => key === 'prod')?.healths
  expect(prod(all)).toEqual({ Healthy: 2, Degraded: 1 })
  expect(prod(shop)).toEqual({ Healthy: 2 })
  expect([all.counts.degraded, shop.counts.degraded]).toEqual([1, 0])
  expect(await names(shopOnly, { q: 'ledger' })).toEqual([])
  expect(await names(shopOnly, { team: 'money' })).toEqual([])
  expect(await names(shopOnly, { health: 'prod:Degraded' })).toEqual([])
  const stray = await listUnmapped(db, everything, now)
  expect(stray).toMatchObject({ total: 1, applications: [{ id: ids.stray }] })
  expect(await listUnmapped(db, shopOnly, now)).toEqual({ applications: [], total: 0 })
})

test('nobody sees nothing, and nothing is asked', async () => {
  const page = await readMatrix(undefined as never, nobody, now, environments, {})
  expect(page).toMatchObject({ rows: [], services: 0, unmapped: 0, total: 0, columns: [] })
  expect(await readService(db, nobody, now, environments, 'cart')).toBeNull()
})

test('the filter looks into service, team, version and image, and takes nothing as a pattern', async () => {
  expect(await names(everything, { q: 'CART' })).toEqual(['cart'])
  expect(await names(everything, { q: 'money' })).toEqual(['ledger'])
  expect(await names(everything, { q: '1.1.0' })).toEqual(['cart'])
  expect(await names(everything, { q: 'acme.example/finance' })).toEqual(['ledger'])
  expect(await names(everything, { q: 'c_rt' })).toEqual([])
  expect(await names(everything, { health: 'prod:Degraded' })).toEqual(['ledger'])
  expect(await names(everything, { only: 'action' })).toEqual(['cart', 'ledger'])
})

test('what waits for me is mine: first, counted, marked; for others it only needs action', async () => {
  const mine = await matrix(anna)
  expect(mine.rows[0]?.service).toBe('cart')
  expect(mine.rows[0]?.cells.prod).toMatchObject({
    mine: true,
    release,
    relation: { kind: 'waiting', approved: 0, required: 2 },
  })
  expect(mine.counts).toMatchObject({ mine: 1, action: 1 })
  const others = await matrix(shopOnly)
  expect(others.rows[0]?.cells.prod?.mine).toBe(false)
  expect(others.counts).toMatchObject({ mine: 0, action: 1 })
})

test('pages follow each other without repeating or leaving out, forth and back', async () => {
  const first = await matrix(everything)
  const second = await matrix(everything, { after: first.next })
  expect([first.rows.length, second.rows.length, second.from, second.next]).toEqual([50, 13, 51, undefined])
  const seen = [...first.rows, ...second.rows].map((row) => row.service)
  expect(new Set(seen).size).toBe(63)
  expect([first.previous, second.previous]).toEqual([undefined, ''])
  const byName = await names(everything, { sort: 'name' })
  expect(byName).toEqual([...byName].sort())

  // A service of the first page that moves up in between neither repeats nor hides anybody.
  const { rowCount } = await admin.query(
    `UPDATE catalog.application SET health = 'Degraded' WHERE service = 'svc-59'`,
  )
  const again = await matrix(everything, { after: first.next })
  await admin.query(`UPDATE catalog.application SET health = 'Healthy' WHERE service = 'svc-59'`)
  expect(rowCount).toBe(1)
  expect(again.rows.map((row) => row.service)).toEqual(
    second.rows.map((row) => row.service).filter((service) => service !== 'svc-59'),
  )
})

test('an instance that is down makes its own cells say as of when', async () => {
  const [mail] = (await matrix(everything, { q: 'mail' })).rows
  expect(mail?.cells.prod).toMatchObject({ asOf: lastHeard, instance: 'far' })
  const [cart] = (await matrix(everything, { q: 'cart' })).rows
  expect(cart?.cells.prod?.asOf).toBeNull()
  const silent = instant('2026-11-23T12:31:31.000Z')
  const later = await readMatrix(db, everything, silent, environments, { q: 'cart' })
  expect(later.rows[0]?.cells.prod?.asOf).toBe(now)
})

test('no more than three statements a page', async () => {
  let statements = 0
  const count = ((...query) => {
    statements += 1
    return db.$queryRaw(...query)
  }) as Db['$queryRaw']
  await readMatrix({ $queryRaw: count }, everything, now, environments, {})
  expect(statements).toBe(3)
})

test('the page of a service has every application and its releases', async () => {
  const page = await readService(db, shopOnly, now, environments, 'cart')
  expect(page?.columns.map(({ key, cells }) => [key, cells.length])).toEqual([
    ['dev', 1],
    ['staging', 0],
    ['prod', 1],
  ])
  expect(page?.releases).toMatchObject([
    {
      id: release,
      state: 'requested',
      environment: 'prod',
      requester: 'Jonas Öztürk',
      approved: 0,
      required: 2,
    },
  ])
  expect(await readService(db, shopOnly, now, environments, 'ledger')).toBeNull()
})

test('a service that reaches into a foreign project is shown as what may be seen of it alone', async () => {
  const two = viewer([{ role: 'viewer', projects: ['shop', 'web'] }])
  await application('split', 'dev', { project: 'web', version: '2.0.0', team: 'web' })
  await application('split', 'staging', {
    project: 'secret',
    version: '3.0.0',
    health: 'Missing',
    team: 'hidden',
    target: 'lab',
  })
  await application('split', 'prod', { project: 'web', version: '2.0.0', team: 'web' })
  const seenBy = async (by: Viewer, filter: MatrixFilter = { q: 'split' }) => {
    const page = await matrix(by, filter)
    const [row] = page.rows.filter(({ service }) => service === 'split')
    return { page, row, relation: row?.cells.prod?.relation }
  }
  const all = await seenBy(everything)
  expect(Object.keys(all.row?.cells ?? {}).sort()).toEqual(['dev', 'prod', 'staging/lab'])
  const some = await seenBy(two)
  expect(Object.keys(some.row?.cells ?? {}).sort()).toEqual(['dev', 'prod'])
  expect(some.relation).toEqual({ kind: 'same', as: 'dev' })
  expect(some.row?.team).toBe('web')
  expect(some.page.teams).toEqual(['shop', 'web'])
  expect(some.page.columns.map(({ key }) => key)).toEqual(['dev', 'staging', 'prod'])
  expect([all.page.counts.action - some.page.counts.action, some.page.projects]).toEqual([2, ['shop', 'web']])
  // Neither a filter nor the text that is searched finds what is not theirs.
  for (const filter of [
    { q: '3.0.0' },
    { q: 'secret' },
    { team: 'hidden' },
    { health: 'staging/lab:Missing' },
  ])
    expect([filter, (await seenBy(two, filter)).page.total]).toEqual([filter, 0])
  expect((await seenBy(two, { only: 'action' })).row).toBeUndefined()
  expect((await seenBy(everything, { only: 'action' })).row).toBeDefined()

  const service = await readService(db, two, now, environments, 'split')
  expect(service?.columns.flatMap(({ cells }) => cells.map(({ name }) => name))).toEqual([
    'split-dev',
    'split-prod',
  ])
})
