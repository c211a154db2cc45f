import type pg from 'pg'
import { beforeAll, expect, test } from 'vitest'
import { canonicalBytes } from '#lib/audit/canonical.ts'
import type { Reader } from '#lib/catalog/data.ts'
import { controlsOf } from '#lib/controls/control.ts'
import { readFigures } from '#lib/controls/data.ts'
import { digestOf } from '#lib/manifests/digest.ts'
import { clock, plus } from '#lib/platform/clock.ts'
import { createDb, type Db } from '#lib/platform/db.ts'
import { newId } from '#lib/platform/ids.ts'
import { getReleaseRow } from '#lib/releases/data.ts'

import {
  admin,
  anna,
  application,
  dispatched,
  nextApplication,
  urls,
  worker,
  workerActor,
} from '#lib/releases/testing-attacks.ts'
import { Prisma } from '#prisma/client/client.ts'
import { listLines } from './data.ts'
import { type Filter, questions } from './inquiry.ts'
import { readSigners } from './signers.ts'

let db: Db
let release: string
let outside: string
let finding: string
let filter: Filter
const page = () => ({ limit: 50, now: clock.now() })

/** Something ran in a protected application without a release, and the worker found it. */
async function ranOutside(client: pg.Client): Promise<void> {
  outside = newId('deployment')
  finding = newId('finding')
  await admin.query(
    `INSERT INTO catalog.deployment (id, application_id, application_uid, during, history_id, revisions, version, cause, actor, known_from)
     VALUES ($1, $2, 'u', tstzrange(now() - interval '1 h', NULL), 3, '{abc}', 'v9', 'account', 'mallory', 'seen-live')`,
    [outside, application],
  )
  await client.query('BEGIN')
  const id = newId('event')
  const entry = {
    v: 1,
    id,
    at: clock.now(),
    type: 'finding.opened',
    actor: workerActor,
    subject: { application },
    data: {},
  }
  await client.query('INSERT INTO audit.event (id, entry) VALUES ($1, $2)', [id, canonicalBytes(entry)])
  await client.query(
    `INSERT INTO rel.finding (id, application_id, kind, cause, blocks, sentence, source, event_id)
     VALUES ($1, $2, 'unapproved-deployment', 'x', true, 'Somebody deployed v9.', 'history', $3)`,
    [finding, application, id],
  )
  await client.query(
    `INSERT INTO rel.accounted (application_id, sync, uid, history_id, finding_id) VALUES ($1, 's', 'u', 3, $2)`,
    [application, finding],
  )
  await client.query('COMMIT')
}

beforeAll(async () => {
  db = createDb(urls.web)
  await nextApplication()
  release = await dispatched()
  await nextApplication()
  await ranOutside(worker)
  filter = { from: plus(clock.now(), -86_400_000), to: plus(clock.now(), 60_000), at: clock.now() }
  return () => db.$disconnect()
})

test('changes: by a release with who asked and who signed, and without one with its finding', async () => {
  const { lines } = await listLines(db, 'changes', 'all', filter, page())
  expect(lines.map(({ id, kind }) => [id, kind])).toEqual([
    [release, 'release'],
    [outside, 'outside'],
  ])
  const [first, second] = lines
  expect(first).toMatchObject({
    asked: 'Jonas Öztürk',
    signed: ['Anna Beck', 'Marta Bauer'],
    state: 'dispatching',
  })
  expect(first?.entries.map(({ type }) => type)).toEqual([
    'release.requested',
    'release.decided',
    'release.decided',
    'release.approved',
    'release.intent',
  ])
  expect(first?.entries[0]?.leaf).toMatch(/^[0-9a-f]{64}$/)
  expect(second).toMatchObject({ finding, state: 'finding open', asked: 'mallory' })
  expect(second?.entries.map(({ type }) => type)).toEqual(['finding.opened'])
})

test('a page goes on where the one before ended, filters narrow, and nobody reads beyond their projects', async () => {
  const first = await listLines(db, 'changes', 'all', filter, { ...page(), limit: 1 })
  expect(first.lines).toHaveLength(1)
  const second = await listLines(db, 'changes', 'all', filter, { ...page(), limit: 1, before: first.next })
  expect(second.lines.map(({ id }) => id)).toEqual([outside])
  expect(second.next).toBeUndefined()
  const kinds = async (kind: string) =>
    (await listLines(db, 'changes', 'all', { ...filter, kind }, page())).lines.map(({ id }) => id)
  expect(await kinds('outside')).toEqual([outside])
  expect(await kinds('release')).toEqual([release])
  expect(await kinds('break-glass')).toEqual([])
  for (const question of questions) {
    expect((await listLines(db, question, 'none', filter, page())).lines).toEqual([])
    const others = await listLines(db, question, { projects: ['payments'] }, filter, page())
    expect(others.lines.filter(({ kind }) => kind !== 'policy')).toEqual([])
  }
})

test('exceptions: open with their clock, and only in the state that is asked for', async () => {
  const { lines } = await listLines(db, 'exceptions', 'all', filter, page())
  expect(lines).toMatchObject([{ id: finding, kind: 'finding', state: 'open', closedAt: null }])
  expect(lines[0]?.note).toMatch(/^Open for \d+ min$/)
  for (const state of ['closed', 'overdue'])
    expect((await listLines(db, 'exceptions', 'all', { ...filter, state }, page())).lines).toEqual([])
})

test('what ran at a moment, and what ran before anything did', async () => {
  const now = await listLines(db, 'moment', 'all', filter, page())
  expect(now.lines).toMatchObject([{ what: 'v9', state: 'no release', asked: 'mallory' }])
  const then = await listLines(db, 'moment', 'all', { ...filter, at: plus(filter.at, -7_200_000) }, page())
  expect(then.lines).toEqual([])
})

test('who could sign, by the groups of the last sign-in before, and which roles were loaded', async () => {
  const grants = [{ group: '/shop/approvers', role: 'approver' as const }]
  const say = async (type: string, actor: object, data: object) => {
    const id = newId('event')
    const entry = { v: 1, id, at: clock.now(), type, actor, subject: {}, data }
    await admin.query('INSERT INTO audit.event (id, entry) VALUES ($1, $2)', [id, canonicalBytes(entry)])
  }
  const signIn = (groups: string[]) =>
    say('sign-in', { kind: 'person', ...anna }, { issuer: 'http://issuer.example', groups })
  await signIn(['/shop/approvers'])
  await say('configuration.loaded', { kind: 'system', name: 'web' }, { roles: digestOf(grants) })
  const row = await getReleaseRow(db, release)
  if (!row) throw new Error('no release')
  const asked = { ...row, createdAt: plus(clock.now(), 1) }
  await signIn([])
  const access = { issuer: 'http://issuer.example', grants }
  const viewer = {
    accountId: '',
    personId: '',
    name: '',
    initials: '',
    groups: [],
    grants: [],
    service: false,
    enabled: true,
  }
  const before = { ...asked, createdAt: (await firstSignIn()) as typeof asked.createdAt }
  const then = await readSigners(db, before, 'x', access, viewer)
  expect(then.people.find(({ person }) => person === anna.person)).toMatchObject({
    standing: 'can-approve',
    decided: 'approve',
    groups: ['/shop/approvers'],
  })
  expect(then.later).toBeGreaterThan(0)
  const later = await readSigners(db, { ...asked, createdAt: plus(clock.now(), 1000) }, 'x', access, viewer)
  expect(later.roles.is).toBe('same')
  expect(later.people.find(({ person }) => person === anna.person)).toMatchObject({ standing: 'excluded' })
  const other = await readSigners(db, asked, 'x', { ...access, grants: [] }, viewer)
  expect(other.roles.is).toBe('changed')
})
const firstSignIn = async () =>
  (await admin.query(`SELECT min(at) AS at FROM audit.event WHERE type = 'sign-in'`)).rows[0].at

test('figures are what there is', async () => {
  const figures = await readFigures(db, 'all', filter)
  expect(figures.changes).toEqual({ all: 1, release: 0, finding: 0, open: 1, before: 0 })
  expect(figures.sent).toMatchObject({ all: 1, glass: 0, signed: 1, anchored: 1, second: 0, documents: 1 })
  expect(figures.decisions).toEqual({ all: 2, service: 0, own: 0 })
  expect(figures.clock.near).toBe(figures.clock.all)
  expect(controlsOf(figures)).toHaveLength(18)
  const elsewhere = await readFigures(db, { projects: ['payments'] }, filter)
  expect([elsewhere.changes.all, elsewhere.sent.all, elsewhere.decisions.all]).toEqual([0, 0, 0])
})

test('no list reads a table that grows as a whole', async () => {
  const statements: Prisma.Sql[] = []
  const collecting = ((strings: TemplateStringsArray, ...values: unknown[]) => {
    statements.push(Prisma.sql(strings, ...values))
    return db.$queryRaw(strings, ...values)
  }) as Db['$queryRaw']
  for (const question of questions)
    await listLines({ $queryRaw: collecting } as Reader, question, 'all', filter, {
      ...page(),
      before: { at: '2999-01-01T00:00:00.000000Z', id: question === 'moment' ? 'app_0' : 'zzz_0' },
    })
  const grows =
    /Seq Scan on (intent|release|deployment|event|log|finding|finding_closing|accounted|break_glass|freeze_override|policy_proposal|decision|plan)\b/
  // Small tables are read whole whatever there is: this asks whether they must be.
  await admin.query('SET enable_seqscan = off')
  try {
    for (const { text, values } of statements) {
      const { rows } = await admin.query(`EXPLAIN ${text}`, values as unknown[])
      expect(rows.map((row) => row['QUERY PLAN']).filter((line) => grows.test(line))).toEqual([])
    }
  } finally {
    await admin.query('RESET enable_seqscan')
  }
  expect(statements.length).toBeGreaterThan(4)
})
