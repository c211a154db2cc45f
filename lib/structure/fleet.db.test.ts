import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Viewer } from '#lib/access/policy.ts'
import type { Reader } from '#lib/catalog/data.ts'
import { listInstances } from '#lib/instances/data.ts'
import { clock } from '#lib/platform/clock.ts'
import { createDb, type Db } from '#lib/platform/db.ts'
import { testDatabase } from '#lib/platform/testing.ts'
import { connect } from '#lib/releases/testing.ts'
import { Prisma } from '#prisma/client/client.ts'
import { listProjects, listSets, readProject, readSet } from './data.ts'

const { urls } = await testDatabase()
const applications = 100_000
let admin: pg.Client
let db: Db

beforeAll(async () => {
  admin = await connect(urls.admin)
  db = createDb(urls.web)
  await admin.query(`INSERT INTO catalog.instance (name) VALUES ('i0'), ('i1')`)
  // What else hangs on applications (their search, their services) is not this fleet's business, and most of the time.
  await admin.query('SET session_replication_role = replica')
  await admin.query(
    `INSERT INTO catalog.application (id, instance, namespace, name, project, service, environment, observed)
     SELECT 'app_' || n, 'i' || n % 2, 'argocd', 'app-' || n, 'project-' || n % 400, 'svc-' || n / 3, 'dev',
       jsonb_build_object('owner', jsonb_build_object('name', 'set-' || n % 1000))
     FROM generate_series(1, $1::int) n`,
    [applications],
  )
  await admin.query(
    `INSERT INTO catalog.application_set (instance, namespace, name, project, content_hash, observed)
     SELECT 'i' || n % 2, 'argocd', 'set-' || n, CASE WHEN n % 50 = 0 THEN '{{project}}' ELSE 'project-' || n % 400 END, '',
       '{"spec": {}, "conditions": [], "rollout": [], "listed": [], "listedCount": 0}' FROM generate_series(0, 999) n`,
  )
  await admin.query(
    `INSERT INTO catalog.project (instance, name, content_hash) SELECT 'i0', 'project-' || n, '' FROM generate_series(0, 399) n`,
  )
  await admin.query('SET session_replication_role = DEFAULT')
  await admin.query('ANALYZE')
}, 120_000)
afterAll(() => Promise.all([db.$disconnect(), admin.end()]))

const viewer = (projects?: string[]): Viewer => ({
  accountId: 'usr_0',
  personId: 'per_0',
  name: 'Somebody',
  initials: 'S',
  groups: [],
  grants: [{ role: 'viewer', projects }],
  service: false,
  enabled: true,
})

type Node = { 'Node Type': string; 'Relation Name'?: string; Plans?: Node[] }
const nodesOf = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)]

/** Runs a read and has Postgres say how it found the rows of each of its statements. */
async function walked(
  read: (db: Reader) => Promise<unknown>,
): Promise<{ whole: string[]; slowestMs: number }> {
  const statements: Prisma.Sql[] = []
  const collecting = ((strings: TemplateStringsArray, ...values: unknown[]) => {
    statements.push(Prisma.sql(strings, ...values))
    return db.$queryRaw(strings, ...values)
  }) as Db['$queryRaw']
  await read({ $queryRaw: collecting })
  const whole: string[] = []
  let slowestMs = 0
  for (const { text, values } of statements) {
    const { rows } = await admin.query(`EXPLAIN (ANALYZE, FORMAT JSON) ${text}`, values)
    const [{ Plan, 'Execution Time': ms }] = rows[0]['QUERY PLAN']
    slowestMs = Math.max(slowestMs, ms)
    for (const node of nodesOf(Plan))
      if (node['Node Type'].includes('Seq Scan') && node['Relation Name'] === 'application') whole.push(text)
  }
  return { whole, slowestMs }
}

const now = clock.now()
const set = { instance: 'i1', namespace: 'argocd', name: 'set-7' }
const reads: Record<string, (db: Reader, by: Viewer) => Promise<unknown>> = {
  sets: (db, by) => listSets(db, by, now, {}),
  'the next sets': (db, by) => listSets(db, by, now, { after: JSON.stringify(['set-5', 'i1', 'argocd']) }),
  'one set': (db, by) => readSet(db, by, now, set),
  projects: (db, by) => listProjects(db, by, now, {}),
  'one project': (db, by) => readProject(db, by, now, { instance: 'i1', name: 'project-7' }),
  'the states of instances': (db, by) => listInstances(db, by, { counted: false }),
}

test.each(Object.keys(reads))(
  '%s of 100,000 applications: none is looked through, for anybody',
  async (name) => {
    for (const by of [viewer(), viewer(['project-7', 'project-8'])]) {
      const { whole, slowestMs } = await walked((reader) => reads[name]?.(reader, by) ?? Promise.resolve())
      expect(whole).toEqual([])
      expect(slowestMs).toBeLessThan(400)
    }
  },
)

test('pages follow each other without repeating or leaving out, forth and back', async () => {
  const seen: string[] = []
  let page = await listSets(db, viewer(), now, {})
  const firsts = [page.rows[0]?.name]
  for (;;) {
    seen.push(...page.rows.map((row) => `${row.instance}/${row.name}`))
    if (page.next === undefined) break
    page = await listSets(db, viewer(), now, { after: page.next })
    firsts.push(page.rows[0]?.name)
  }
  expect([seen.length, new Set(seen).size, page.total]).toEqual([1000, 1000, 1000])
  for (const first of firsts.reverse().slice(1)) {
    expect(page.previous).toBeDefined()
    page = await listSets(db, viewer(), now, { before: page.previous })
    expect(page.rows[0]?.name).toBe(first)
  }
  expect(page.previous).toBeUndefined()
})
