import pg from 'pg'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createHook, createHookState } from '#lib/access/hook.ts'
import { testAccess, testUrl } from '#lib/access/testing.ts'
import { instant } from '#lib/platform/clock.ts'
import { createDb } from '#lib/platform/db.ts'
import { log } from '#lib/platform/log.ts'
import { testDatabase } from '#lib/platform/testing.ts'
import { seedApplication } from '#lib/releases/testing.ts'
import { deriveAlerts, receiveAlerts } from './commands.ts'
import { isAlone, listAlerts } from './data.ts'
import { webhookSchema } from './schema.ts'

const { urls } = await testDatabase()
const admin = new pg.Client({ connectionString: urls.admin })
const web = new pg.Client({ connectionString: urls.web })
const worker = new pg.Client({ connectionString: urls.worker })
const db = createDb(urls.web)
const workerDb = createDb(urls.worker)
beforeAll(() => Promise.all([admin.connect(), web.connect(), worker.connect()]))
afterAll(async () => {
  await Promise.all([admin.end(), web.end(), worker.end(), db.$disconnect(), workerDb.$disconnect()])
})

const alert = (more: object = {}) => ({
  status: 'firing',
  labels: { alertname: 'HighErrorRatio', namespace: 'shop-prod', app: 'checkout' },
  annotations: { summary: 'Too many errors' },
  startsAt: '2026-11-24T10:00:00.123Z',
  endsAt: '0001-01-01T00:00:00Z',
  generatorURL: 'http://vmalert.example/x',
  fingerprint: 'a1b2c3',
  ...more,
})
const message = (...alerts: object[]) => ({ version: '4', status: 'firing', receiver: 'x', alerts })
const resolved = { status: 'resolved', endsAt: '2026-11-24T10:20:00Z', annotations: {}, generatorURL: '' }

const secret = 'a-long-secret-of-the-hook'
const hook = createHook({ context: () => testAccess(db), state: () => state })
let state = createHookState()
let configured = true
const route = hook(
  {
    name: 'alerts',
    secret: () => (configured ? { env: 'HOOK_SECRET' } : undefined),
    body: webhookSchema,
    bytesMax: 20_000,
  },
  ({ body, db }) => receiveAlerts(db, body),
)
async function send(body: unknown, headers: Record<string, string> = {}) {
  vi.stubEnv('HOOK_SECRET', secret)
  vi.spyOn(log, 'info').mockImplementation(() => {})
  vi.spyOn(log, 'warn').mockImplementation(() => {})
  const request = new Request(`${testUrl}/api/v1/alerts/webhook`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  const response = await route(request)
  return { status: response.status, body: await response.json() }
}
const rows = async (fingerprint: string) =>
  (await admin.query('SELECT * FROM signals.alert WHERE fingerprint = $1 ORDER BY starts_at', [fingerprint]))
    .rows

test('the same message again is the same alert; its end and its words are kept, whatever comes late', async () => {
  expect(await send(message(alert()))).toEqual({ status: 200, body: { changed: 1 } })
  await send(message(alert()))
  await send(message(alert(resolved)))
  expect((await send(message(alert(), alert(resolved)))).body).toEqual({ changed: 0 })
  const [row, ...more] = await rows('a1b2c3')
  expect(more).toEqual([])
  expect(row).toMatchObject({
    state: 'resolved',
    annotations: { summary: 'Too many errors' },
    generator_url: 'http://vmalert.example/x',
    ends_at: new Date(resolved.endsAt),
  })
  await send(message(alert({ startsAt: '2026-11-24T12:00:00Z' })))
  expect((await rows('a1b2c3')).map(({ state }) => state)).toEqual(['resolved', 'firing'])
})

test('text that Postgres cannot keep is kept as far as it can', async () => {
  const annotations = { summary: 'a\u0000b \ud800 \u001b[31m' }
  expect((await send(message(alert({ fingerprint: 'odd', annotations })))).status).toBe(200)
  expect((await rows('odd'))[0].annotations).toEqual({ summary: 'a\ufffdb \ufffd \u001b[31m' })
})

test.each<[number, string, unknown, Record<string, string>]>([
  [401, 'no secret', message(alert()), { authorization: '' }],
  [401, 'a wrong one', message(alert()), { authorization: `Bearer ${secret}x` }],
  [415, 'no JSON', 'x=1', { 'content-type': 'application/x-www-form-urlencoded' }],
  [413, 'too much', message(alert({ annotations: { summary: 'x'.repeat(30_000) } })), {}],
  [422, 'another version', { ...message(alert()), version: '3' }, {}],
  [422, 'no time', message(alert({ startsAt: 'soon' })), {}],
  [422, 'half a text', '{"version":"4"', {}],
])('%i: %s', async (status, _, body, headers) => {
  expect((await send(body, headers)).status).toBe(status)
})

test('without a configured secret there is nothing; guessing is slowed down', async () => {
  configured = false
  expect((await send(message(alert()))).status).toBe(404)
  configured = true
  state = createHookState(() => 0)
  const guesses = await Promise.all(
    Array.from({ length: 25 }, () => send(message(), { authorization: 'Bearer x' })),
  )
  expect(guesses.filter(({ status }) => status === 429)).toHaveLength(5)
  expect((await send(message(alert()))).status).toBe(200)
})

test('alerts of a window: of its labels, of its delivery, none of others', async () => {
  const id = await seedApplication(admin, 'listed')
  await send(
    message(
      alert({ fingerprint: 'w1', labels: { alertname: 'A', namespace: 'listed-prod' } }),
      alert({ fingerprint: 'w2', labels: { alertname: 'B', name: 'listed-prod', project: 'shop' } }),
      alert({ fingerprint: 'w3', labels: { alertname: 'C', namespace: 'elsewhere' } }),
      alert({ fingerprint: 'w4', labels: { namespace: 'listed-prod' }, ...resolved }),
    ),
  )
  const labels = [{ namespace: 'listed-prod' }, { name: 'listed-prod', project: 'shop' }]
  const at = (from: string, to: string) =>
    listAlerts(db, { application: id, labels }, { from: instant(from), to: instant(to) })
  const names = async (from: string, to: string) =>
    (await at(from, to)).map((each) => each.fingerprint).sort()
  expect(await names('2026-11-24T10:10:00Z', '2026-11-24T11:00:00Z')).toEqual(['w1', 'w2', 'w4'])
  expect(await names('2026-11-24T10:30:00Z', '2026-11-24T11:00:00Z')).toEqual(['w1', 'w2'])
  expect(await names('2026-11-24T09:00:00Z', '2026-11-24T09:59:00Z')).toEqual([])
  await admin.query(
    `UPDATE catalog.application SET observed = '{"destination":{"namespace":"listed-prod"}}' WHERE id = $1`,
    [id],
  )
  expect([await isAlone(db, id, 'listed-prod'), await isAlone(db, 'app_x', 'listed-prod')]).toEqual([
    true,
    false,
  ])
})

test('alerts of the delivery begin, stay and end', async () => {
  const failed = await seedApplication(admin, 'failed')
  const late = await seedApplication(admin, 'late')
  const ill = await seedApplication(admin, 'ill')
  await admin.query(
    `INSERT INTO catalog.attempt (application_id, started_at, finished_at, kind, phase, message, cause)
     VALUES ($1, now() - interval '5 minutes', now() - interval '4 minutes', 'sync', 'Failed', 'one or more objects failed to apply', 'unknown')`,
    [failed],
  )
  await admin.query("UPDATE catalog.application SET automated = true, sync = 'OutOfSync' WHERE id = $1", [
    late,
  ])
  await admin.query(`DELETE FROM catalog.status_point WHERE application_id = $1`, [late])
  await admin.query(
    `INSERT INTO catalog.status_point (application_id, at, sync, health, coming, automated)
     VALUES ($1, now() - interval '2 hours', 'Synced', 'Healthy', 'same', true), ($1, now() - interval '1 hour', 'OutOfSync', 'Healthy', 'same', true),
       ($1, now() - interval '50 minutes', 'OutOfSync', 'Progressing', 'same', true)`,
    [late],
  )
  await admin.query(
    `UPDATE catalog.application SET health = 'Degraded', deployed_at = now() - interval '10 minutes',
       health_since = now() - interval '8 minutes', health_message = 'pods crash' WHERE id = $1`,
    [ill],
  )
  expect((await deriveAlerts(workerDb)).sort()).toEqual([failed, late, ill].sort())
  expect(await deriveAlerts(workerDb)).toEqual([])
  const window = { from: instant('2026-01-01T00:00:00Z'), to: instant('2099-01-01T00:00:00Z') }
  const of = async (application = '') =>
    listAlerts(db, { application, labels: [{ namespace: 'none' }] }, window)
  expect((await of(failed))[0]).toMatchObject({
    labels: { alertname: 'SyncFailed' },
    annotations: { summary: 'The last sync ended with Failed: one or more objects failed to apply' },
    endsAt: null,
  })
  const [outOfSync] = await of(late)
  expect(outOfSync?.labels.alertname).toBe('OutOfSync')
  expect(Date.now() - Date.parse(outOfSync?.startsAt ?? '')).toBeGreaterThan(59 * 60_000)
  expect((await of(ill))[0]?.labels).toMatchObject({ alertname: 'DegradedAfterDeployment' })

  await admin.query(
    `INSERT INTO catalog.attempt (application_id, started_at, kind, phase, cause) VALUES ($1, now(), 'sync', 'Running', 'unknown')`,
    [failed],
  )
  await admin.query("UPDATE catalog.application SET sync = 'Synced' WHERE id = $1", [late])
  expect((await deriveAlerts(workerDb)).sort()).toEqual([failed, late].sort())
  expect((await of(failed))[0]?.endsAt).not.toBeNull()
  expect((await of(ill))[0]?.endsAt).toBeNull()
})

const denied = '42501'
const codeOf = (client: pg.Client, sql: string) =>
  client.query(sql).then(
    () => 'done',
    (error: { code: string }) => error.code,
  )
test.each([
  "INSERT INTO signals.alert (source, fingerprint, starts_at, state, labels, annotations) VALUES ('told', 'x', now(), 'firing', '{}', '{}')",
  "UPDATE signals.alert SET state = 'resolved', ends_at = now()",
  'DELETE FROM signals.alert',
  'TRUNCATE signals.alert',
])('attack, refused to web and worker: %s', async (sql) => {
  expect([await codeOf(web, sql), await codeOf(worker, sql)]).toEqual([denied, denied])
})
test("attack: neither writes the other's alerts", async () => {
  expect(await codeOf(web, "SELECT signals.derive_alerts('1 second')")).toBe(denied)
  expect(await codeOf(worker, "SELECT signals.receive_alerts('[]')")).toBe(denied)
  expect(await codeOf(web, "SELECT signals.receive_alerts('[]')")).toBe('done')
  const many = JSON.stringify(Array.from({ length: 1001 }, () => ({})))
  expect(await codeOf(web, `SELECT signals.receive_alerts('${many}')`)).toBe('23514')
})
