import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { testAccess, testSession, testUrl } from '#lib/access/testing.ts'
import { clock } from '#lib/platform/clock.ts'
import { createDb, type Db } from '#lib/platform/db.ts'
import { newId } from '#lib/platform/ids.ts'
import { log } from '#lib/platform/log.ts'
import { testDatabase } from '#lib/platform/testing.ts'
import * as seed from '#lib/releases/testing.ts'

const web = vi.hoisted(() => ({ db: undefined as unknown, kept: new Map<string, unknown>() }))
vi.mock('#lib/platform/context.ts', () => ({
  getDb: () => web.db,
  getConfig: () => ({
    ...testAccess(web.db as Db).config,
    catalog: {
      environments: [
        { name: 'dev', protected: false },
        { name: 'prod', protected: true },
      ],
    },
  }),
  perProcess: (name: string, make: () => unknown) => {
    if (!web.kept.has(name)) web.kept.set(name, make())
    return web.kept.get(name)
  },
}))
const { GET } = await import('./route.ts')

const { urls } = await testDatabase()
const services = Array.from({ length: 120 }, (_, index) => `svc-${String(index).padStart(3, '0')}`)
let admin: pg.Client
let db: Db
let jonas: Awaited<ReturnType<typeof testSession>>

async function seedService(service: string, project: string, team: string) {
  await admin.query(
    `INSERT INTO catalog.application (id, instance, namespace, name, uid, project, service, environment, protected, team, version, health)
     VALUES ($1, 'main', 'argocd', $2, $1, $3, $4, 'prod', true, $5, '1.0.0', 'Healthy')`,
    [newId('application'), `${service}-prod`, project, service, team],
  )
}

beforeEach(() => void vi.spyOn(log, 'info').mockImplementation(() => {}))
beforeAll(async () => {
  admin = await seed.connect(urls.admin)
  await admin.query(`INSERT INTO catalog.instance (name, state) VALUES ('main', 'connected')`)
  for (const [index, service] of services.entries())
    await seedService(service, 'shop', index % 2 === 0 ? 'even' : '=odd()')
  await seedService('secret', 'payments', 'even')
  db = createDb(urls.web)
  web.db = db
  jonas = await testSession(db, ['/shop/developers'], clock.now())
})
afterAll(async () => {
  await db.$disconnect()
  await admin.end()
})

async function exported(search: string, cookie = jonas.cookie) {
  const response = await GET(
    new Request(`${testUrl}/api/v1/services/export?${search}`, { headers: { cookie } }),
  )
  return { response, text: await response.text() }
}
const firsts = (csv: string) =>
  csv
    .trimEnd()
    .split('\r\n')
    .slice(1)
    .map((line) => line.split(',')[0])

test('all pages of what this person may read, and nothing else', async () => {
  const { response, text } = await exported('sort=deployed&after=x')
  expect(response.headers.get('content-type')).toMatch(/^text\/csv/)
  expect(response.headers.get('content-disposition')).toMatch(
    /^attachment; filename="services-\d{8}-\d{4}\.csv"$/,
  )
  expect(firsts(text)).toEqual(services)
  expect(text).toContain(",'=odd(),")
})

test('exactly what the filter lets through, as JSON too, and it is an entry of the log', async () => {
  const { text } = await exported('format=json&team=even&columns=prod')
  const { rows } = JSON.parse(text) as { rows: { service: string; cells: Record<string, unknown> }[] }
  expect(rows.map(({ service }) => service)).toEqual(services.filter((_, index) => index % 2 === 0))
  expect(Object.keys(rows[0]?.cells ?? {})).toEqual(['prod'])
  const entries = await db.$queryRaw<{ data: unknown; actor: string }[]>`
    SELECT convert_from(e.entry, 'UTF8')::jsonb -> 'data' AS data, e.actor_id AS actor
    FROM audit.log l JOIN audit.event e ON e.id = l.event_id WHERE e.type = 'catalog.exported' ORDER BY l.seq`
  expect(entries.at(-1)).toEqual({
    data: { format: 'json', filter: { team: 'even', columns: 'prod' }, rows: 60 },
    actor: jonas.personId,
  })
})

test('nothing for who may read nothing', async () => {
  const nora = await testSession(db, [], clock.now())
  const { response } = await exported('', nora.cookie)
  expect(response.status).toBe(403)
})
