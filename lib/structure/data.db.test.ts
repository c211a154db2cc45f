import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Grant, Viewer } from '#lib/access/policy.ts'
import { type ArgoClient, createArgoClient } from '#lib/argocd/client.ts'
import { registerInstances } from '#lib/catalog/commands.ts'
import { readMatrix, readService } from '#lib/catalog/data.ts'
import { followInstance } from '#lib/catalog/ingest.ts'
import { listInstances } from '#lib/instances/data.ts'
import { instanceLine } from '#lib/instances/instance-line.ts'
import { clock } from '#lib/platform/clock.ts'
import { createDb } from '#lib/platform/db.ts'
import { log } from '#lib/platform/log.ts'
import { paths } from '#lib/platform/paths.ts'
import { testDatabase } from '#lib/platform/testing.ts'
import { connect } from '#lib/releases/testing.ts'
import { search } from '#lib/search/data.ts'
import type { Account } from '#sandbox/argocd/auth.ts'
import { type Argo, startArgo } from '#sandbox/argocd/server.ts'
import { createWorld, type World } from '#sandbox/world/world.ts'
import { storeSets } from './commands.ts'
import { listProjects, listSets, readPlace, readProject, readSet } from './data.ts'
import { readRights, readStructure } from './ingest.ts'
import { projectView, setView, windowsFor } from './view.ts'

const { urls } = await testDatabase()
const db = createDb(urls.worker)
const web = createDb(urls.web)
let admin: pg.Client
let world: World
let edgeWorld: World
const open: { close: () => Promise<void> }[] = []
let main: ArgoClient
let edge: ArgoClient

const viewer = (grants: Grant[]): Viewer => ({
  accountId: 'usr_0',
  personId: 'per_0',
  name: 'Somebody',
  initials: 'S',
  groups: [],
  grants,
  service: false,
  enabled: true,
})
const everything = viewer([{ role: 'auditor' }])
const shopOnly = viewer([{ role: 'viewer', projects: ['shop'] }])
const platformOnly = viewer([{ role: 'viewer', projects: ['platform'] }])
const nobody = viewer([])

const label = 'acme.example'
const mapped = {
  service: `{label:${label}/service}`,
  environment: `{label:${label}/env}`,
}
const catalog = {
  rules: [
    { name: 'targets', when: { label: `${label}/target` }, ...mapped, target: `{label:${label}/target}` },
    { name: 'labels', when: { label: `${label}/service` }, ...mapped },
  ],
  environments: ['dev', 'staging', 'prod'].map((name) => ({ name, protected: name === 'prod' })),
}
const until = { timeout: 15_000, interval: 20 }

async function argoOf(
  name: string,
  of: World,
  account: Account = 'countersign',
  timeoutMs = 2_000,
): Promise<[ArgoClient, Argo]> {
  const argo = await startArgo(of, { keepAliveMs: 100 })
  const client = createArgoClient({
    name,
    url: argo.url,
    token: () => argo.tokens[account],
    maskKey: 'k',
    timeoutMs,
    listTimeoutMs: timeoutMs,
    silenceMs: 2_000,
  })
  open.push(client, argo)
  await registerInstances(db, [{ name, webUrl: argo.url }])
  return [client, argo]
}

/** Follows an instance until its first list is in. */
async function listed(client: ArgoClient): Promise<void> {
  const over = new AbortController()
  const running = followInstance({ db, client, catalog, sweepEveryMs: 60_000 }, over.signal)
  await vi.waitFor(async () => expect(await state(client.name)).toBe('connected'), until)
  over.abort()
  await running
}
const state = async (name: string) => (await db.instance.findUniqueOrThrow({ where: { name } })).state

beforeAll(async () => {
  for (const level of ['info', 'warn', 'error'] as const) vi.spyOn(log, level).mockImplementation(() => {})
  admin = await connect(urls.admin)
  world = createWorld({ seed: 'structure' })
  edgeWorld = createWorld({ seed: 'edge', besides: world })
  ;[main] = await argoOf('main', world)
  ;[edge] = await argoOf('edge', edgeWorld)
  await Promise.all([listed(main), listed(edge)])
  await readStructure({ db, client: main })
  await readStructure({ db, client: edge })
}, 60_000)
beforeEach(() => {
  for (const level of ['info', 'warn', 'error'] as const) vi.spyOn(log, level).mockImplementation(() => {})
})
afterAll(async () => {
  world.close()
  edgeWorld.close()
  await Promise.all(open.map((each) => each.close()))
  await Promise.all([db.$disconnect(), web.$disconnect(), admin.end()])
})

const sets = async (by: Viewer) =>
  (await listSets(web, by, clock.now(), {})).rows.map(
    (row) => `${row.instance}/${row.name} ${row.applications}`,
  )

test('sets are read as the web, whole and within what may be read', async () => {
  expect(await sets(everything)).toEqual(['main/gateway 3', 'main/shop 27'])
  expect(await sets(shopOnly)).toEqual(['main/gateway 3', 'main/shop 27'])
  expect(await sets(platformOnly)).toEqual([])
  expect(await listSets(undefined as never, nobody, clock.now(), {})).toEqual({
    rows: [],
    total: 0,
    gaps: [],
  })
  const key = { instance: 'main', namespace: 'argocd', name: 'shop' }
  expect(await readSet(web, platformOnly, clock.now(), key)).toBeNull()
  expect(await readSet(web, nobody, clock.now(), key)).toBeNull()
  expect((await listSets(web, everything, clock.now(), { q: 'gate' })).total).toBe(1)
  expect((await listSets(web, everything, clock.now(), { q: '%' })).total).toBe(0)
})

test('an application that the pattern no longer gives is named, with why', async () => {
  const key = { instance: 'main', namespace: 'argocd', name: 'shop' }
  const found = await readSet(web, shopOnly, clock.now(), key)
  const view = found && setView(found, false)
  expect(view?.fallen.map(({ member, why }) => `${member.name}: ${why}`)).toEqual([
    'reports-staging: The pattern no longer gives it, and it is still there.',
  ])
  expect(view?.unseen).toEqual([])
  const [row] = (await listSets(web, everything, clock.now(), { q: 'shop' })).rows.filter(
    ({ name }) => name === 'shop',
  )
  expect(row).toMatchObject({ unlisted: 1, rolling: false, trouble: null })
})

test('a rolling sync says where each application stands', async () => {
  const found = await readSet(web, everything, clock.now(), {
    instance: 'main',
    namespace: 'argocd',
    name: 'gateway',
  })
  const view = found && setView(found, true)
  expect(
    view?.rolling?.steps.map(({ takes, byHand, entries }) => [
      takes,
      byHand,
      entries.map((each) => each.name),
    ]),
  ).toEqual([
    [`${label}/env is dev`, false, ['gateway-dev']],
    [`${label}/env is staging`, false, ['gateway-staging']],
    [`${label}/env is prod`, true, ['gateway-prod']],
  ])
  expect(view?.rolling?.steps[0]?.entries[0]?.member?.service).toBe('gateway')
})

test('a set whose placeholder makes the project is for who may read all of its applications', async () => {
  const own = (name: string, project: string) =>
    admin.query(
      `INSERT INTO catalog.application (id, instance, namespace, name, project, service, environment, observed)
       VALUES ('app_' || $1, 'edge', 'argocd', $1, $2, 'tenant', 'dev', '{"owner": {"name": "tenants"}}')`,
      [name, project],
    )
  await admin.query(
    `INSERT INTO catalog.application_set (instance, namespace, name, project, content_hash, observed)
     VALUES ('edge', 'argocd', 'tenants', '{{project}}', '', '{"spec": {}, "conditions": [], "rollout":
       [{"application": "secret", "status": "Waiting", "step": "1", "message": "", "since": null, "targetRevisions": []}],
       "listed": ["tenanta", "secret"], "listedCount": 2}')`,
  )
  expect(await sets(everything)).toContain('edge/tenants 0')
  expect(await sets(shopOnly)).not.toContain('edge/tenants 0')
  await own('tenanta', 'shop')
  expect(await sets(shopOnly)).toContain('edge/tenants 1')
  const key = { instance: 'edge', namespace: 'argocd', name: 'tenants' }
  const found = await readSet(web, shopOnly, clock.now(), key)
  expect(JSON.stringify(found && setView(found, false))).not.toContain('secret')
  expect(JSON.stringify(found && setView(found, true))).toContain('secret')
  await own('tenantb', 'platform')
  expect(await sets(shopOnly)).not.toContain('edge/tenants 1')
  expect(await sets(everything)).toContain('edge/tenants 2')
  await admin.query(`DELETE FROM catalog.application WHERE service = 'tenant'`)
  await admin.query(`DELETE FROM catalog.application_set WHERE name = 'tenants'`)
})

test('projects: those that were read, and those of which only applications tell', async () => {
  const names = async (by: Viewer) =>
    (await listProjects(web, by, clock.now(), {})).rows.map(
      (row) => `${row.instance}/${row.name} ${row.read}`,
    )
  expect(await names(everything)).toEqual([
    'edge/default true',
    'main/default true',
    'edge/frozen true',
    'main/frozen true',
    'edge/platform true',
    'main/platform true',
    'edge/shop true',
    'main/shop true',
  ])
  expect(await names(shopOnly)).toEqual(['edge/shop true', 'main/shop true'])
  expect(await readProject(web, shopOnly, clock.now(), { instance: 'main', name: 'platform' })).toBeNull()
  expect(await readProject(web, everything, clock.now(), { instance: 'main', name: 'none' })).toBeNull()
  const found = await readProject(web, shopOnly, clock.now(), { instance: 'main', name: 'shop' })
  const view = found && projectView(found, clock.now(), 0)
  expect(view?.rules?.permissions.map(({ role, may, where, allow }) => [role, may, where, allow])).toEqual([
    ['deployer', 'deploy', null, true],
    ['lead', 'everything', '*-dev', true],
    ['lead', 'delete', null, false],
  ])
  expect(view?.rules?.weeks.map(({ zone }) => zone)).toEqual(['America/New_York', 'Europe/Berlin', 'UTC'])
  expect(view?.sets.map(({ name }) => name)).toEqual(['gateway', 'shop'])
})

test('where one application belongs, and what its windows allow', async () => {
  const app = await db.application.findFirstOrThrow({
    where: { instanceName: 'main', name: 'checkout-prod' },
  })
  const place = await readPlace(web, shopOnly, app.id)
  expect(place).toMatchObject({ owner: 'shop', project: 'shop', instance: 'main' })
  expect(await readPlace(web, platformOnly, app.id)).toBeNull()
  const project = await readProject(web, shopOnly, clock.now(), { instance: 'main', name: 'shop' })
  if (!place || !project?.observed) throw new Error('no project')
  expect(windowsFor(project.observed.spec.syncWindows, place, clock.now())).toMatchObject({
    assigned: 3,
    manual: true,
  })
})

test('nothing changed, nothing is written; what went is gone, and comes back', async () => {
  const rows = async () =>
    (
      await admin.query(
        `SELECT name, xmin::text, gone_at FROM catalog.application_set WHERE instance = 'main' ORDER BY name`,
      )
    ).rows
  const before = await rows()
  await readStructure({ db, client: main })
  expect(await rows()).toEqual(before)
  const listed = await main.listSets()
  if (!listed.ok) throw new Error(listed.message)
  const [gateway] = listed.value.observed
  expect(await storeSets(db, 'main', gateway ? [gateway] : [], [])).toBe(1)
  expect(await sets(everything)).toEqual(['main/gateway 3'])
  const broken = { name: 'gateway', namespace: 'argocd', problem: 'not understood: spec' }
  await storeSets(db, 'main', [], [broken])
  const [row] = (await listSets(web, everything, clock.now(), {})).rows
  expect(row).toMatchObject({ name: 'gateway', project: 'shop', problem: 'not understood: spec' })
  await readStructure({ db, client: main })
  expect(await sets(everything)).toEqual(['main/gateway 3', 'main/shop 27'])
})

test('an account that may not read is a state of the instance, never none', async () => {
  const [reader] = await argoOf('reader', world, 'reader')
  await readStructure({ db, client: reader })
  await readRights({ db, client: reader })
  const { gaps } = await listSets(web, everything, clock.now(), {})
  expect(gaps).toEqual([
    {
      instance: 'reader',
      state: 'forbidden',
      detail: expect.stringContaining('permission denied'),
      readAt: null,
    },
  ])
  expect((await listSets(web, shopOnly, clock.now(), {})).gaps).toEqual([])
  const found = (await listInstances(web, everything)).find(({ name }) => name === 'reader')
  expect(found).toMatchObject({ projects: { state: 'read' }, account: { name: 'reader' } })
  expect(found?.account?.rights).toMatchObject({ 'applications/sync': false, 'applicationsets/get': false })
  expect((await listInstances(web, shopOnly)).map(({ name, account }) => [name, account])).toEqual([
    ['edge', null],
    ['main', null],
  ])
  await admin.query(`DELETE FROM catalog.project WHERE instance = 'reader'`)
})

describe('several instances', () => {
  test('the same name on two of them stays two applications', async () => {
    const ids = await db.application.findMany({
      where: { name: 'checkout-prod' },
      select: { id: true, instanceName: true },
    })
    expect(ids.map(({ instanceName }) => instanceName).sort()).toEqual(['edge', 'main'])
    const page = await readMatrix(web, everything, clock.now(), catalog.environments, { q: 'checkout' })
    const [row] = page.rows
    expect(row?.cells['prod/edge']).toMatchObject({ name: 'checkout-prod', instance: 'edge' })
    const cells = Object.values(row?.cells ?? {}).filter(({ name }) => name === 'checkout-prod')
    expect(cells.map(({ instance }) => instance).sort()).toEqual(['edge', 'main'])
    const service = await readService(web, everything, clock.now(), catalog.environments, 'checkout')
    const shown = service?.columns
      .flatMap(({ cells }) => cells)
      .filter(({ name }) => name === 'checkout-prod')
    expect(new Set(shown?.map(({ application }) => application)).size).toBe(2)
    const found = await search(web, everything, { text: 'checkout-prod', limit: 10, kind: 'application' })
    const hits = found.ok ? found.value.groups.flatMap(({ results }) => results) : []
    expect(
      hits
        .filter(({ label }) => label === 'checkout-prod')
        .map(({ href }) => href)
        .sort(),
    ).toEqual(ids.map(({ id }) => paths.application(id)).sort())
  })

  test('one that hangs, one that answers rubbish and one that refuses harm nobody', async () => {
    const [hanging, slow] = await argoOf('hanging', world, 'countersign', 300)
    const [lying, garbage] = await argoOf('lying', world)
    const [refusing, closed] = await argoOf('refusing', world)
    const [fine] = await argoOf('fine', world)
    slow.setFault({ kind: 'slow', delayMs: 60_000 })
    garbage.setFault({ kind: 'half-object' })
    closed.setFault({ kind: 'status', status: 401 })
    const over = new AbortController()
    const loops = [hanging, lying, refusing, fine].map((client) =>
      followInstance({ db, client, catalog, sweepEveryMs: 60_000 }, over.signal),
    )
    const count = () => db.application.count({ where: { instanceName: 'fine', goneAt: null } })
    await expect.poll(count, until).toBe(Object.keys(world.state().applications).length)
    await expect.poll(() => state('fine'), until).toBe('connected')
    await expect.poll(() => state('hanging'), until).toBe('unreachable')
    await expect.poll(() => state('lying'), until).toMatch(/unreachable|not-understood/)
    await expect.poll(() => state('refusing'), until).toBe('unauthorised')
    const lines = (await listInstances(web, everything)).map((each) => [
      each.name,
      instanceLine(each, clock.now()).kind,
    ])
    expect(Object.fromEntries(lines)).toMatchObject({
      fine: 'advisory',
      refusing: 'refused',
      main: 'advisory',
    })
    expect(await state('main')).toBe('connected')
    slow.setFault(undefined)
    over.abort()
    await Promise.all(loops)
  }, 40_000)
})
