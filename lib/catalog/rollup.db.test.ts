import fc from 'fast-check'
import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Viewer } from '#lib/access/policy.ts'
import { clock } from '#lib/platform/clock.ts'
import { createDb, type Db } from '#lib/platform/db.ts'
import { testDatabase } from '#lib/platform/testing.ts'
import * as seed from '#lib/releases/testing.ts'
import { readMatrix } from './data.ts'
import { type Light, rowsOf } from './matrix.ts'
import type { MatrixFilter, MatrixPage } from './schema.ts'
import { columnsOf, countsOf, orderOf } from './testing.ts'
import { versionKey } from './version-key.ts'

const { urls } = await testDatabase()
const environments = ['dev', 'staging', 'prod'].map((name) => ({ name, protected: name === 'prod' }))
const projects = ['shop', 'finance', 'infra']
const services = ['cart', 'Ledger', 'mail', 'ärger', 'svc-1', 'svc-10', 'svc-2']
let admin: pg.Client
let worker: pg.Client
let other: pg.Client
let db: Db

beforeAll(async () => {
  admin = await seed.connect(urls.admin)
  worker = await seed.connect(urls.worker)
  other = await seed.connect(urls.worker)
  db = createDb(urls.web)
  await admin.query(
    "INSERT INTO catalog.instance (name, state, last_contact_at) VALUES ('main', 'connected', now())",
  )
})
afterAll(async () => {
  await db.$disconnect()
  await Promise.all([admin, worker, other].map((client) => client.end()))
})

const viewer = (only?: string[]): Viewer => ({
  ...{ accountId: 'usr_9', personId: 'per_9', name: 'Somebody', initials: 'S', groups: [] },
  grants: [{ role: 'viewer', ...(only && { projects: only }) }],
  service: false,
  enabled: true,
})

const one = <T>(...of: T[]) => fc.constantFrom(...of)
const change = fc.record({
  slot: fc.nat(39),
  service: fc.option(one(...services), { nil: null, freq: 12 }),
  environment: one('dev', 'staging', 'prod'),
  target: fc.option(one('eu', 'us'), { nil: null }),
  project: one(...projects),
  team: fc.option(one('a', 'b'), { nil: null }),
  version: fc.option(
    one('1.0.0', '1.1.0', '2.0.0-rc.1', 'v2.0.0', 'abc', '1.0.0 + 1.1.0', '1.1.0 + 1.2.0', '0.9.0 + 1.3.0'),
    { nil: null },
  ),
  health: one('Healthy', 'Healthy', 'Progressing', 'Degraded', 'Missing', 'Odd: one'),
  coming: one(
    'in-sync',
    'in-sync',
    'in-sync',
    'waits-for-approval',
    'live-drift',
    'automated',
    'gave-up',
    'frozen',
    'cannot-tell',
    'in-flight',
    'window',
    'never-prunes',
  ),
  problem: one(false, false, false, true),
  automated: fc.boolean(),
  gone: one(false, false, false, true),
})
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never

/** Writes the way the worker does: one statement for a batch, insert or update. */
async function store(client: pg.Client, batch: Change[]): Promise<void> {
  const rows = [...new Map(batch.map((each) => [each.slot, each])).values()].map((each) => ({
    ...each,
    id: `app_${String(each.slot).padStart(2, '0')}`,
    environment: each.service === null ? null : each.environment,
    reason: each.service === null ? 'no rule' : null,
    position: each.service === null ? null : environments.findIndex(({ name }) => name === each.environment),
    guarded: each.service !== null && each.environment === 'prod',
    key: versionKey(each.version),
    trouble: each.problem ? 'odd' : null,
  }))
  await client.query(
    `INSERT INTO catalog.application AS a (id, instance, namespace, name, service, environment, environment_order, target, project,
       team, version, version_key, health, coming, problem, automated, protected, unmapped_reason, gone_at)
     SELECT r.id, 'main', 'argocd', r.id, r.service, r.environment, r.position, r.target, r.project, r.team, r.version, r.key, r.health,
       r.coming, r.trouble, r.automated, r.guarded, r.reason, CASE WHEN r.gone THEN now() END
     FROM jsonb_to_recordset($1::jsonb) AS r (id text, service text, environment text, position smallint, target text, project text,
       team text, version text, key text, health text, coming text, trouble text, automated boolean, guarded boolean, reason text, gone boolean)
     ON CONFLICT (instance, namespace, name) DO UPDATE SET service = excluded.service, environment = excluded.environment,
       environment_order = excluded.environment_order, target = excluded.target, project = excluded.project, team = excluded.team,
       version = excluded.version, version_key = excluded.version_key, health = excluded.health, coming = excluded.coming,
       problem = excluded.problem, automated = excluded.automated, protected = excluded.protected,
       unmapped_reason = excluded.unmapped_reason, gone_at = excluded.gone_at`,
    [JSON.stringify(rows)],
  )
}

async function readLight(): Promise<(Light & { project: string })[]> {
  const { rows } =
    await admin.query(`SELECT a.id, a.service, a.environment, a.target, a.team, a.tier, a.version, a.health, a.coming,
      a.problem IS NOT NULL AS problem, a.protected, a.automated, a.plan_commits AS "planCommits", a.project, r.id AS release, r.state
    FROM catalog.application a LEFT JOIN rel.release r ON r.application_id = a.id AND r.finished_at IS NULL
    WHERE a.gone_at IS NULL AND a.service IS NOT NULL`)
  return rows.map(({ release, state, ...row }) => ({
    ...row,
    release: release ? { id: release, state, approved: 0, required: 2, mine: false } : undefined,
  }))
}

const read = (by: Viewer, filter: MatrixFilter) => readMatrix(db, by, clock.now(), environments, filter)
async function everyName(by: Viewer, filter: MatrixFilter): Promise<string[]> {
  const names: string[] = []
  let page: MatrixPage | undefined
  do {
    page = await read(by, { ...filter, after: page?.next })
    names.push(...page.rows.map(({ service }) => service))
  } while (page.next)
  return names
}

const filters: MatrixFilter[] = [
  {},
  { sort: 'name' },
  { only: 'action' },
  { only: 'behind' },
  { only: 'degraded' },
  { health: 'prod/eu:Degraded' },
  { health: 'dev:Odd: one' },
]

/** What is kept, and what is made for some projects, against the rules of relation.ts over every application. */
async function expectTruth(): Promise<void> {
  const apps = await readLight()
  for (const only of [undefined, ['shop', 'finance'], ['infra']]) {
    const own = apps.filter(({ project }) => !only || only.includes(project))
    const by = viewer(only)
    const page = await read(by, {})
    expect(page.counts).toEqual(countsOf(rowsOf(own, environments)))
    expect(page.columns).toEqual(columnsOf(own, environments))
    expect(page.services).toBe(new Set(own.map(({ service }) => service)).size)
    for (const filter of filters) {
      const expected = orderOf(own, environments, filter)
      expect([filter, await everyName(by, filter)]).toEqual([filter, expected])
      expect((await read(by, filter)).total).toBe(expected.length)
    }
  }
}

/** What is kept must be what would be made anew. */
async function expectKept(): Promise<void> {
  const { rows: wrong } =
    await admin.query(`SELECT coalesce(s.service, r.service) AS service FROM catalog.rollup_of(NULL) r
    FULL JOIN (SELECT k.*, w.words FROM catalog.service k JOIN catalog.service_words w USING (service) WHERE k.applications > 0) s USING (service)
    WHERE (r.applications, r.projects, r.rank, r.team, r.tier, r.recency, r.marks, r.places, r.troubles, r.words)
      IS DISTINCT FROM (s.applications, s.projects, s.rank, s.team, s.tier, s.recency, s.marks, s.places, s.troubles, s.words)`)
  expect(wrong).toEqual([])
  const { rows: counts } = await admin.query(`SELECT name, sum(n) FROM (
      SELECT name, n FROM catalog.tally WHERE name <> 'version'
      UNION ALL SELECT name, -count(*) FROM catalog.rollup_of(NULL) r, unnest(r.marks || r.places) AS u (name) GROUP BY name
      UNION ALL SELECT 'unmapped', -count(*) FROM catalog.application WHERE service IS NULL AND gone_at IS NULL) t
    GROUP BY name HAVING sum(n) <> 0`)
  expect(counts).toEqual([])
}

const seedOfRun = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))

test(`what Postgres keeps is what the rules say of every application (seed ${seedOfRun})`, {
  timeout: 60_000,
}, async () => {
  const batches = fc.sample(fc.array(change, { minLength: 1, maxLength: 12 }), {
    numRuns: 40,
    seed: seedOfRun,
  })
  for (const [index, batch] of batches.entries()) {
    await store(worker, batch)
    if (index % 4 === 3) await expectTruth()
  }
  await expectKept()
})

test('a release makes its service wait, and its end lets go', async () => {
  const by = await seed.seedPerson(admin, 'Jonas Öztürk')
  const application = await seed.seedApplication(admin, 'cart')
  await admin.query('UPDATE catalog.application SET environment_order = 2 WHERE id = $1', [application])
  const plan = await seed.seedPlan(admin, application)
  const before = (await read(viewer(), {})).counts.action
  const web = await seed.connect(urls.web)
  const release = await seed.insertRelease(web, { application, plan, by })
  await expectTruth()
  await seed.moveRelease(web, release, 'withdrawn', { kind: 'person', ...by })
  await web.end()
  await expectTruth()
  await expectKept()
  expect((await read(viewer(), {})).counts.action).toBe(before)
})

test('two who change one service at once, each without seeing the other, leave what is true', async () => {
  const base = fc
    .sample(change, { numRuns: 2, seed: 1 })
    .map((each) => ({ ...each, service: 'race', gone: false, problem: false }))
  const [a, b] = [{ ...base[0], slot: 50 } as Change, { ...base[1], slot: 51 } as Change]
  for (const round of [0, 1, 2]) {
    await worker.query('BEGIN')
    await store(worker, [{ ...a, health: round % 2 ? 'Healthy' : 'Degraded' }])
    const second = store(other, [{ ...b, health: round % 2 ? 'Missing' : 'Progressing' }])
    await expect
      .poll(
        async () =>
          (await admin.query("SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'")).rowCount,
      )
      .toBe(1)
    await worker.query('COMMIT')
    await second
    await expectKept()
  }
})

test('where nothing changed nothing is written', async () => {
  const batch = fc.sample(change, { numRuns: 20, seed: 7 })
  await store(worker, batch)
  const stateOf = async () =>
    (
      await admin.query(`SELECT 's', service, 0, xmin::text FROM catalog.service UNION ALL SELECT 'w', service, 0, xmin::text FROM catalog.service_words
      UNION ALL SELECT 't', name, shard, xmin::text FROM catalog.tally ORDER BY 1, 2, 3`)
    ).rows
  const before = await stateOf()
  await store(worker, batch)
  await worker.query('UPDATE catalog.application SET plan_checked_at = now()')
  expect(await stateOf()).toEqual(before)
  // What is shown but counts for nothing moves only the version.
  await worker.query(`UPDATE catalog.application SET sync = sync || '!' WHERE id = 'app_01'`)
  const after = await stateOf()
  expect(after.filter((row, index) => row.xmin !== before[index]?.xmin).map((row) => row.service)).toEqual([
    'version',
  ])
})

test.each(['web', 'worker'] as const)('the %s role writes nothing of it itself', async (role) => {
  const client = await seed.connect(urls[role])
  for (const statement of [
    'UPDATE catalog.service SET rank = 4',
    "INSERT INTO catalog.service (service) VALUES ('x')",
    'DELETE FROM catalog.service_words',
    "INSERT INTO catalog.tally VALUES ('action', 0, 7)",
    "SELECT catalog.roll_up('{cart}', true)",
    "SELECT catalog.tally_up('action', 7)",
    'ALTER TABLE catalog.application DISABLE TRIGGER ALL',
  ])
    await expect(client.query(statement), statement).rejects.toMatchObject({ code: '42501' })
  await client.end()
})
