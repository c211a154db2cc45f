import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Viewer } from '#lib/access/policy.ts'
import { clock, plus } from '#lib/platform/clock.ts'
import { createDb, type Db } from '#lib/platform/db.ts'
import { testDatabase } from '#lib/platform/testing.ts'
import { decideRelease, requestRelease, revokeRelease, withdrawRelease } from './commands.ts'
import { policyFor } from './policy.ts'
import { explainRequest } from './request.ts'
import * as seed from './testing.ts'

const { urls } = await testDatabase()
let admin: pg.Client
let db: Db
let people: Record<'jonas' | 'anna' | 'marta' | 'mei' | 'third', Viewer>
let application: string
let plan: string
let count = 0

beforeAll(async () => {
  admin = await seed.connect(urls.admin)
  db = createDb(urls.web)
  const make = async (name: string, role: 'developer' | 'approver'): Promise<Viewer> => {
    const who = await seed.seedPerson(admin, name)
    const head = {
      accountId: who.account,
      personId: who.person,
      name,
      initials: name.slice(0, 1),
      groups: [],
    }
    return { ...head, grants: [{ role }], service: false, enabled: true }
  }
  people = {
    jonas: await make('Jonas', 'developer'),
    mei: await make('Mei', 'developer'),
    anna: await make('Anna', 'approver'),
    marta: await make('Marta', 'approver'),
    third: await make('Third', 'approver'),
  }
})
afterAll(async () => {
  await db.$disconnect()
  await admin.end()
})
beforeEach(async () => {
  application = await seed.seedApplication(admin, `svc${count++}`)
  plan = await seed.seedPlan(admin, application)
})

const policy = (where: { environment: string; service: string; project: string }) => policyFor([], where)
const request = (by = people.jonas, more: { plan?: string } = {}) =>
  requestRelease(
    db,
    { application, plan, reason: 'fixes the double charge', ...more },
    by,
    clock.now(),
    policy,
  )
const requested = async () => {
  const result = await request()
  if (!result.ok) throw new Error(explainRequest(result.refusal))
  return result.value.id
}
const decide = (
  id: string,
  by: Viewer,
  kind: 'approve' | 'reject' = 'approve',
  digest = plan,
  at = clock.now(),
) => decideRelease(db, id, { kind, plan: digest }, by, at)
const events = async (id: string) =>
  (
    await admin.query(
      'SELECT type FROM audit.event e JOIN audit.log l ON l.event_id = e.id WHERE release_id = $1 ORDER BY seq',
      [id],
    )
  ).rows.map((r) => r.type)
const state = async (id: string) =>
  (await admin.query('SELECT state FROM rel.release WHERE id = $1', [id])).rows[0].state

test('request, first and second approval: approved, each step an entry of the log', async () => {
  const id = await requested()
  expect(await decide(id, people.anna)).toEqual({ ok: true, value: { state: 'requested', approvals: 1 } })
  expect(await state(id)).toBe('requested')
  expect(await decide(id, people.marta)).toEqual({ ok: true, value: { state: 'approved', approvals: 2 } })
  expect(await state(id)).toBe('approved')
  expect(await events(id)).toEqual([
    'release.requested',
    'release.decided',
    'release.decided',
    'release.approved',
  ])
})

test('a refused decision changes nothing and is itself recorded', async () => {
  const id = await requested()
  expect(await decide(id, people.mei)).toMatchObject({ ok: false, refusal: { code: 'not-an-approver' } })
  expect(await decide(id, people.anna, 'approve', 'b'.repeat(64))).toMatchObject({
    ok: false,
    refusal: { code: 'digest-moved' },
  })
  expect(await state(id)).toBe('requested')
  expect(await events(id)).toEqual([
    'release.requested',
    'release.decision-refused',
    'release.decision-refused',
  ])
})

test('a rejection ends the release', async () => {
  const id = await requested()
  await decide(id, people.anna)
  expect(await decide(id, people.marta, 'reject')).toMatchObject({ ok: true, value: { state: 'rejected' } })
  expect(await decide(id, people.third)).toMatchObject({
    ok: false,
    refusal: { code: 'not-awaiting-decision' },
  })
  expect(await state(id)).toBe('rejected')
})

test('two approvers in the same moment: both count, quorum is reached once', async () => {
  const id = await requested()
  const results = await Promise.all([decide(id, people.anna), decide(id, people.marta)])
  expect(results.map((r) => r.ok && r.value.state).sort()).toEqual(['approved', 'requested'])
  expect((await events(id)).filter((type) => type === 'release.approved')).toHaveLength(1)
})

test('approve and reject in the same moment: one of them wins, never both', async () => {
  for (let round = 0; round < 10; round++) {
    application = await seed.seedApplication(admin, `race${round}`)
    plan = await seed.seedPlan(admin, application)
    const id = await requested()
    await decide(id, people.anna)
    const [yes, no] = await Promise.all([decide(id, people.marta), decide(id, people.third, 'reject')])
    expect([yes.ok, no.ok].filter(Boolean)).toHaveLength(1)
    expect(await state(id)).toBe(yes.ok ? 'approved' : 'rejected')
  }
}, 20_000)

test('the same person twice in the same moment counts once', async () => {
  const id = await requested()
  const results = await Promise.all([decide(id, people.anna), decide(id, people.anna)])
  expect(results.filter((r) => r.ok)).toHaveLength(1)
  expect(await state(id)).toBe('requested')
})

test('only the newest plan can be asked for, and only once', async () => {
  const newer = await seed.seedPlan(admin, application)
  expect(await request()).toMatchObject({ ok: false, refusal: { code: 'plan-moved', current: newer } })
  expect((await request(people.jonas, { plan: newer })).ok).toBe(true)
  expect(await request(people.mei, { plan: newer })).toMatchObject({
    ok: false,
    refusal: { code: 'already-open' },
  })
})

test('two requests in the same moment: one release', async () => {
  const results = await Promise.all([request(people.jonas), request(people.mei)])
  expect(results.filter((r) => r.ok)).toHaveLength(1)
})

test('who may not ask, and a plan that checks stop', async () => {
  expect(await request(people.anna)).toMatchObject({ ok: false, refusal: { code: 'may-not-request' } })
  const checks = [
    { id: 'stable', title: 'Renders the same twice', result: 'unknown', detail: 'it did not', blocks: true },
  ]
  plan = await seed.seedPlan(admin, application, { document: { checks } })
  expect(await request()).toMatchObject({ ok: false, refusal: { code: 'blocked' } })
  const refused = await admin.query(
    `SELECT count(*)::int AS n FROM audit.event WHERE type = 'release.request-refused' AND application_id = $1`,
    [application],
  )
  expect(refused.rows[0].n).toBe(2)
})

test('the requester withdraws, others cannot; a second request is possible then', async () => {
  const id = await requested()
  expect(await withdrawRelease(db, id, people.anna, clock.now())).toMatchObject({
    ok: false,
    refusal: { code: 'not-requester' },
  })
  expect(await withdrawRelease(db, id, people.jonas, clock.now())).toMatchObject({ ok: true })
  expect(await state(id)).toBe('withdrawn')
  expect((await request()).ok).toBe(true)
})

test('who approved takes it back, before and after quorum; nobody else does, in Postgres neither', async () => {
  const revoke = (id: string, by: Viewer) => revokeRelease(db, id, 'The totals are wrong', by, clock.now())
  const one = await requested()
  expect(await revoke(one, people.anna)).toMatchObject({ refusal: { code: 'not-approved-by-you' } })
  await decide(one, people.anna)
  expect(await revoke(one, people.marta)).toMatchObject({ refusal: { code: 'not-approved-by-you' } })
  expect(await revoke(one, people.anna)).toMatchObject({ ok: true })
  expect(await state(one)).toBe('revoked')
  expect(await revoke(one, people.anna)).toMatchObject({ refusal: { code: 'not-revocable' } })
  expect(await decide(one, people.marta)).toMatchObject({ refusal: { code: 'not-awaiting-decision' } })

  const two = await requested()
  await decide(two, people.anna)
  await decide(two, people.marta)
  expect(await state(two)).toBe('approved')
  const web = await seed.connect(urls.web)
  const third = { kind: 'person', account: people.third.accountId, person: people.third.personId }
  await expect(seed.moveRelease(web, two, 'revoked', third)).rejects.toThrow('only who approved release')
  await web.end()
  expect(await revoke(two, people.marta)).toMatchObject({ ok: true })
  const row = await db.release.findUniqueOrThrow({ where: { id: two } })
  expect(row).toMatchObject({
    state: 'revoked',
    ending: 'Marta took the approval back: The totals are wrong',
  })
  expect((await request()).ok).toBe(true)
})

test('a decision after expiry is refused with the reason', async () => {
  const id = await requested()
  expect(await decide(id, people.anna, 'approve', plan, plus(clock.now(), 90_000_000))).toMatchObject({
    ok: false,
    refusal: { code: 'expired' },
  })
})
