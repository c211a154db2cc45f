import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { testDatabase } from '#lib/platform/testing.ts'

const { urls } = await testDatabase()
const web = new pg.Client({ connectionString: urls.web })
const worker = new pg.Client({ connectionString: urls.worker })
const signer = new pg.Client({ connectionString: urls.signer })

const deployment = (id: string, from: string, to = '', history: number | null = null) =>
  `INSERT INTO catalog.deployment (id, application_id, during, history_id, revisions, cause, known_from)
   VALUES ('${id}', 'app_1', '[${from},${to})', ${history}, '{abc}', 'unknown', 'history')`

beforeAll(async () => {
  await Promise.all([web.connect(), worker.connect(), signer.connect()])
  await worker.query(`INSERT INTO catalog.instance (name) VALUES ('main')`)
  await worker.query(
    `INSERT INTO catalog.application (id, instance, namespace, name, unmapped_reason) VALUES ('app_1', 'main', 'argocd', 'a', 'none')`,
  )
  await worker.query(deployment('dep_1', '2026-06-01', '2026-06-02', 1))
  await worker.query(deployment('dep_2', '2026-06-02', '', 2))
  await worker.query(
    `INSERT INTO catalog.deployment (id, application_id, during, revisions, cause, known_from)
     VALUES ('dep_0', 'app_1', '[2026-05-01,2026-06-01)', '{}', 'unknown', 'inferred')`,
  )
})
afterAll(() => Promise.all([web.end(), worker.end(), signer.end()]))

const codeOf = (client: pg.Client, sql: string) =>
  client.query(sql).then(
    () => 'done',
    (error: { code: string }) => error.code,
  )
const denied = '42501'
const tables = ['deployment', 'attempt', 'status_point', 'placement_point', 'presence']

describe('grants', () => {
  test.each(tables)(
    '%s: the web reads and writes nothing, nobody deletes, the signer sees nothing',
    async (table) => {
      expect(await codeOf(web, `SELECT * FROM catalog.${table}`)).toBe('done')
      expect(await codeOf(web, `INSERT INTO catalog.${table} DEFAULT VALUES`)).toBe(denied)
      expect(await codeOf(web, `UPDATE catalog.${table} SET application_id = application_id`)).toBe(denied)
      for (const client of [web, worker]) {
        expect(await codeOf(client, `DELETE FROM catalog.${table}`)).toBe(denied)
        expect(await codeOf(client, `TRUNCATE catalog.${table}`)).toBe(denied)
      }
      expect(await codeOf(signer, `SELECT * FROM catalog.${table}`)).toBe(denied)
    },
  )

  test.each([
    `UPDATE catalog.deployment SET application_id = 'app_2'`,
    `UPDATE catalog.deployment SET recorded_at = now()`,
    `UPDATE catalog.status_point SET health = 'Healthy'`,
    `UPDATE catalog.placement_point SET protected = false`,
    `UPDATE catalog.presence SET uid = 'other'`,
    'ALTER TABLE catalog.deployment DISABLE TRIGGER ALL',
  ])('the worker is refused: %s', async (sql) => {
    expect(await codeOf(worker, sql)).toBe(denied)
  })
})

describe('what Postgres refuses the worker', () => {
  test.each([
    ['two at once', deployment('dep_3', '2026-06-01 12:00'), '23P01'],
    ['a range without a beginning', deployment('dep_3', '', '2026-01-01'), '23502'],
    ['an empty range', deployment('dep_3', '2026-01-01', '2026-01-01'), '23502'],
    ['one history entry twice', deployment('dep_3', '2026-01-01', '2026-01-02', 2), '23505'],
    [
      'another beginning',
      `UPDATE catalog.deployment SET during = '[2026-06-01 01:00,2026-06-02)' WHERE id = 'dep_1'`,
      '23514',
    ],
    ['other revisions', `UPDATE catalog.deployment SET revisions = '{def}' WHERE id = 'dep_1'`, '23514'],
    ['another history id', `UPDATE catalog.deployment SET history_id = 7 WHERE id = 'dep_1'`, '23514'],
    [
      'forgetting',
      `UPDATE catalog.deployment SET known_from = 'inferred', revisions = '{}' WHERE id = 'dep_1'`,
      '23514',
    ],
    [
      'a release without a name',
      `UPDATE catalog.deployment SET cause = 'release' WHERE id = 'dep_1'`,
      '23514',
    ],
  ])('%s', async (_what, sql, code) => {
    expect(await codeOf(worker, sql)).toBe(code)
  })

  test('a known end, and what an inferred one was, are taken', async () => {
    expect(
      await codeOf(
        worker,
        `UPDATE catalog.deployment SET during = '[2026-06-02,2026-06-03)' WHERE id = 'dep_2'`,
      ),
    ).toBe('done')
    expect(
      await codeOf(
        worker,
        `UPDATE catalog.deployment SET revisions = '{def}', history_id = 0, known_from = 'history' WHERE id = 'dep_0'`,
      ),
    ).toBe('done')
  })
})
