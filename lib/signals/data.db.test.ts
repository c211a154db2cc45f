import { createServer } from 'node:http'
import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Viewer } from '#lib/access/policy.ts'
import { instant } from '#lib/platform/clock.ts'
import { createDb } from '#lib/platform/db.ts'
import { testDatabase } from '#lib/platform/testing.ts'
import * as seed from '#lib/releases/testing.ts'
import { marksOf, readSubject } from './data.ts'
import { readMetrics, type SignalContext } from './loaders.ts'
import { metricsQuery } from './schema.ts'

const { urls } = await testDatabase()
const db = createDb(urls.web)
const now = instant('2026-11-24T10:00:00Z')
const query = metricsQuery.parse({ panel: 'traffic' })
const asked: string[] = []
const backend = createServer((req, res) => {
  asked.push(decodeURIComponent((req.url ?? '').replaceAll('+', ' ')))
  const range = req.url?.startsWith('/api/v1/query_range')
  const metric = { __name__: 'http_requests_total' }
  const result = range
    ? [{ metric: {}, values: [[Date.parse(now) / 1000, '2']] }]
    : [{ metric, value: [Date.parse(now) / 1000, '1'] }]
  res.end(JSON.stringify({ status: 'success', data: { resultType: range ? 'matrix' : 'vector', result } }))
})
let admin: pg.Client
let id: string
let viewers: Record<'shop' | 'payments', Viewer>
let signals: SignalContext['config']['signals']

beforeAll(async () => {
  await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve))
  const address = backend.address()
  signals = { metrics: { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}` } }
  admin = await seed.connect(urls.admin)
  id = await seed.seedApplication(admin, 'checkout')
  await admin.query(`UPDATE catalog.application SET observed = $2 WHERE id = $1`, [
    id,
    JSON.stringify({ destination: { namespace: 'shop-prod' }, labels: { team: 'shop' } }),
  ])
  await admin.query(
    `INSERT INTO catalog.resource_list (application_id, resources, results, content_hash) VALUES ($1, $2, '[]', '')`,
    [
      id,
      JSON.stringify([
        ['apps', 'Deployment', 'shop-prod', 'checkout', 'Synced', '', 0],
        ['', 'Service', 'shop-prod', 'checkout-http', 'Synced', '', 0],
        ['', 'Secret', 'shop-prod', 'checkout-key', 'Synced', '', 0],
      ]),
    ],
  )
  for (const [at, cause] of [
    ['2026-11-24T09:30:00Z', 'automation'],
    ['2026-11-20T09:30:00Z', 'account'],
  ])
    await admin.query(
      `INSERT INTO catalog.deployment (id, application_id, during, revisions, version, cause, known_from)
       VALUES ($1, $2, tstzrange($3::timestamptz, $3::timestamptz + interval '1 minute'), ARRAY['a'], '1.2', $4, 'history')`,
      [`dep_${cause}`, id, at, cause],
    )
  const make = async (project: string): Promise<Viewer> => {
    const { account, person } = await seed.seedPerson(admin, project, { groups: [] })
    return {
      ...{ accountId: account, personId: person, name: project, initials: 'X', groups: [] },
      ...{ grants: [{ role: 'viewer', projects: [project] }], service: false, enabled: true },
    }
  }
  viewers = { shop: await make('shop'), payments: await make('payments') }
})
afterAll(async () => {
  backend.closeAllConnections()
  backend.close()
  await db.$disconnect()
  await admin.end()
})

test('an application is found by its namespace, workloads and Services', async () => {
  expect(await readSubject(db, viewers.shop, id)).toMatchObject({
    environment: 'prod',
    metrics: {
      ...{ namespace: 'shop-prod', service: 'checkout', services: ['checkout-http'] },
      workloads: [{ kind: 'Deployment', name: 'checkout' }],
    },
  })
})

test('whoever may not read the application gets nothing, and nobody is asked for it', async () => {
  const context = { db, config: { signals } }
  expect(await readMetrics(context, viewers.payments, id, query, now)).toBeNull()
  expect(await readMetrics(context, viewers.shop, 'app_0', query, now)).toBeNull()
  expect(asked).toEqual([])
})

test('every question carries the scope of the application', async () => {
  const view = await readMetrics({ db, config: { signals } }, viewers.shop, id, query, now)
  expect(view).toMatchObject({
    is: 'shown',
    profile: 'HTTP requests by convention',
    found: 'names of its pods',
  })
  expect(asked.length).toBeGreaterThan(2)
  for (const url of asked) expect(url).toMatch(/&extra_label=\w*namespace=shop-prod/)
  expect(await readMetrics({ db, config: { signals: {} } }, viewers.shop, id, query, now)).toEqual({
    is: 'not-configured',
  })
})

test('200 people who watch one release ask as much as one does: once for each panel and interval', async () => {
  const around = '2026-11-24T09:31:00Z'
  const watch = (from: number, people: number, moment: string) =>
    Promise.all(
      Array.from({ length: people }, (_, at) => ({ ...viewers.shop, accountId: `acc_${from + at}` })).flatMap(
        (viewer) =>
          (['traffic', 'errors'] as const).map((panel) =>
            readMetrics(
              ...[{ db, config: { signals } }, viewer, id, metricsQuery.parse({ panel, around })],
              instant(moment),
            ),
          ),
      ),
    )
  asked.length = 0
  await watch(0, 1, '2026-11-24T09:50:10Z')
  const ofOne = [...asked]
  expect(new Set(ofOne).size).toBe(ofOne.length)
  // This backend has requests and no more: their rate, and how many of them failed.
  expect(ofOne.filter((url) => url.startsWith('/api/v1/query_range')).length).toBe(2)
  await watch(1, 199, '2026-11-24T09:50:40Z')
  expect(asked).toEqual(ofOne)
  // Control: the next interval is another question, again one for all.
  await watch(0, 20, '2026-11-24T09:51:10Z')
  const next = asked.slice(ofOne.length)
  expect(next.length).toBeGreaterThan(0)
  expect(next.length).toBeLessThanOrEqual(ofOne.length)
})

test('deployments of the window are marks', async () => {
  const marks = await marksOf(db, id, instant('2026-11-24T09:00:00Z'), now)
  expect(marks).toEqual([
    { at: '2026-11-24T09:30:00.000Z', version: '1.2', release: null, cause: 'automation', main: false },
  ])
})
