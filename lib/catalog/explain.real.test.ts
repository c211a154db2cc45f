import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Viewer } from '#lib/access/policy.ts'
import { listHistory } from '#lib/audit/data.ts'
import { countInbox, listInbox, readInbox } from '#lib/inbox/loaders.ts'
import { clock } from '#lib/platform/clock.ts'
import type { Db } from '#lib/platform/db.ts'
import { testDatabase } from '#lib/platform/testing.ts'
import { listReleases } from '#lib/releases/data.ts'
import { openStates } from '#lib/releases/release.ts'
import * as seed from '#lib/releases/testing.ts'
import { PrismaClient } from '#prisma/client/client.ts'
import { listUnmapped, readMatrix, readService } from './data.ts'
import type { MatrixFilter } from './schema.ts'
import { seedFleet } from './testing.ts'

const { urls } = await testDatabase()
const services = 25_000
const environments = ['dev', 'staging', 'prod'].map((name) => ({ name, protected: name === 'prod' }))
const now = clock.now()
/** Tables that grow with the fleet or with time. */
const big = new Set([
  'application',
  'service',
  'service_words',
  'release',
  'plan',
  'decision',
  'event',
  'log',
  'deployment',
])

type Plan = { 'Node Type': string; 'Relation Name'?: string; Plans?: Plan[] }
type Explained = { 'Query Text': string; Plan: Plan }
let admin: pg.Client
let pool: pg.Pool
let db: Db
let explained: Explained[] = []

/** Thousands of releases that are over and two hundred open ones, with their entries in the log. */
async function seedReleases(): Promise<void> {
  const by = await seed.seedPerson(admin, 'Jonas Öztürk')
  const approver = await seed.seedPerson(admin, 'Anna Beck')
  await admin.query('SET session_replication_role = replica')
  // The bytes as the log demands them: keys in order, no spaces.
  await admin.query(`INSERT INTO audit.event (id, entry) SELECT id, convert_to(format('{"actor":{"account":"${by.account}","kind":"person",'
      '"person":"${by.person}"},"at":"2026-11-01T00:00:00.000Z","data":{},"id":"%s","subject":{"project":"project%s","release":"rel_%s"},'
      '"type":"release.withdrawn","v":1}', id, n % 20, lpad(n::text, 20, '0')), 'UTF8')
    FROM generate_series(0, 19999) n, LATERAL (SELECT 'evt_' || lpad(n::text, 26, '0') AS id) e`)
  await admin.query(`INSERT INTO rel.plan (digest, body, application_id, document, document_digest, event_id)
    SELECT encode(sha256(convert_to(n::text, 'UTF8')), 'hex'), convert_to(n::text, 'UTF8'), 'app_' || lpad(to_hex(n * 4 + 2), 8, '0'),
      '{"version":{"from":null,"to":"1"}}', encode(sha256('{"version":{"from":null,"to":"1"}}'), 'hex'), 'evt_x' FROM generate_series(0, 19999) n`)
  await admin.query(
    `INSERT INTO rel.release (id, application_id, plan_digest, requester_account, requester_person, reason, required_approvals, policy,
       policy_digest, not_after, state, finished_at, ending, event_id)
     SELECT 'rel_' || lpad(n::text, 20, '0'), 'app_' || lpad(to_hex(n * 4 + 2), 8, '0'), encode(sha256(convert_to(n::text, 'UTF8')), 'hex'),
       $1, $2, 'because', 2, '{}', 'x', now() + interval '1 day', CASE WHEN n % 100 = 0 THEN 'requested' ELSE 'succeeded' END,
       CASE WHEN n % 100 > 0 THEN now() END, CASE WHEN n % 100 > 0 THEN 'done' END, 'evt_' || lpad(n::text, 26, '0')
     FROM generate_series(0, 19999) n`,
    [by.account, by.person],
  )
  await admin.query(
    `INSERT INTO rel.decision (id, release_id, plan_digest, requester_account, requester_person, account_id, person_id, kind, event_id)
     SELECT 'dec_' || n, id, plan_digest, requester_account, requester_person, $1, $2, 'approve', 'evt_' || n
     FROM (SELECT r.*, row_number() OVER () AS n FROM rel.release r) r`,
    [approver.account, approver.person],
  )
  await admin.query('SET session_replication_role = DEFAULT')
  await admin.query('ANALYZE rel.decision, rel.plan, rel.release, audit.event, audit.log')
}

beforeAll(async () => {
  admin = await seed.connect(urls.admin)
  await seedFleet(admin, services)
  await seedReleases()
  // Every statement that our code sends comes back with the plan that Postgres followed.
  const settings = {
    session_preload_libraries: 'auto_explain',
    'auto_explain.log_min_duration': 0,
    'auto_explain.log_format': 'json',
  }
  const options = Object.entries({ ...settings, 'auto_explain.log_level': 'notice' }).map(
    ([name, value]) => `-c ${name}=${value}`,
  )
  pool = new pg.Pool({ connectionString: urls.admin, options: options.join(' '), max: 4 })
  pool.on('connect', (client) => {
    client.on('notice', ({ message = '' }) => {
      const at = message.indexOf('plan:\n')
      if (at >= 0) explained.push(JSON.parse(message.slice(at + 6)))
    })
  })
  db = new PrismaClient({ adapter: new PrismaPg(pool) })
})
afterAll(async () => {
  await db.$disconnect()
  await pool.end()
  await admin.end()
})

const viewer = (projects?: string[]): Viewer => ({
  ...{ accountId: 'usr_9', personId: 'per_9', name: 'Somebody', initials: 'S', groups: ['/x/team1'] },
  grants: [
    { role: 'approver', ...(projects && { projects }) },
    { role: 'auditor', ...(projects && { projects }) },
  ],
  service: false,
  enabled: true,
})

const scanned = (plan: Plan): string[] => [
  ...(plan['Node Type'] === 'Seq Scan' && plan['Relation Name'] ? [plan['Relation Name']] : []),
  ...(plan.Plans ?? []).flatMap(scanned),
]

/** Statements of `work` that read a whole big table. */
async function wholeScans(work: () => Promise<unknown>): Promise<string[]> {
  explained = []
  await work()
  expect(explained.length).toBeGreaterThan(0)
  return explained.flatMap(({ 'Query Text': text, Plan: plan }) =>
    scanned(plan)
      .filter((table) => big.has(table))
      .map((table) => `${table}: ${text.slice(0, 2000)}`),
  )
}

const filters: MatrixFilter[] = [
  {},
  { sort: 'name' },
  { sort: 'deployed' },
  { sort: 'team' },
  { only: 'action' },
  { only: 'mine' },
  { only: 'behind' },
  { only: 'degraded' },
  { team: 'team3' },
  { health: 'prod/eu:Degraded' },
  { health: 'prod/eu:Healthy', team: 'team2' },
  { q: 'svc-0123' },
  { q: 'shop/svc-01', only: 'behind' },
]
const people: [string, Viewer][] = [
  ['all projects', viewer()],
  ['two projects', viewer(['project1', 'project2'])],
]

test('a scan is seen', async () => {
  expect(await wholeScans(() => db.application.findMany({ where: { tier: 'none' } }))).toHaveLength(1)
})

test.each(people)('the matrix of %s, first and later pages', { timeout: 60_000 }, async (_, by) => {
  for (const filter of filters) {
    const scans = await wholeScans(async () => {
      const { next } = await readMatrix(db, by, now, environments, filter)
      if (next) await readMatrix(db, by, now, environments, { ...filter, after: next })
    })
    expect([filter, scans]).toEqual([filter, []])
  }
})

test('three statements a page, and it says where counting stopped', async () => {
  explained = []
  const page = await readMatrix(db, viewer(), now, environments, { q: 'svc', only: 'behind' })
  expect(page).toMatchObject({ total: 1000, totalIsMinimum: true })
  expect(explained.length).toBe(3)
})

const lists: [string, (by: Viewer) => Promise<unknown>][] = [
  ['a service', (by) => readService(db, by, now, environments, 'svc-000100')],
  ['unmapped', (by) => listUnmapped(db, by, now)],
  ['releases', (by) => listReleases(db, { projects: by.grants[0]?.projects ?? [] }, {})],
  ['open releases', () => listReleases(db, 'all', { states: openStates })],
  ['releases of one application', () => listReleases(db, 'all', { application: 'app_00000002' })],
  ['the inbox', (by) => readInbox(db, by, now, { tab: 'mine' })],
  ['all that is open', (by) => readInbox(db, by, now, { tab: 'all' })],
  ['what somebody asked for', (by) => readInbox(db, by, now, { tab: 'asked' })],
  ['a page of the inbox', (by) => listInbox(db, by, now, { limit: 20 })],
  ['the number beside the inbox', (by) => countInbox(db, by, now)],
  ['history', () => listHistory(db, {}, {})],
]
test.each(lists)('%s', async (_, list) => {
  for (const [, by] of people) expect(await wholeScans(() => list(by))).toEqual([])
})
