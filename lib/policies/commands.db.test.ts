import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Viewer } from '#lib/access/policy.ts'
import { clock } from '#lib/platform/clock.ts'
import { createDb, type Db } from '#lib/platform/db.ts'
import { newId } from '#lib/platform/ids.ts'
import { testDatabase } from '#lib/platform/testing.ts'
import { requestRelease } from '#lib/releases/commands.ts'
import { type PolicyRule, policyFor } from '#lib/releases/policy.ts'
import * as seed from '#lib/releases/testing.ts'
import { decidePolicy, proposePolicies } from './commands.ts'
import { activation, listPast, listProposals, openProposal, rulesInForce } from './data.ts'

const { urls } = await testDatabase()
let admin: pg.Client
let web: pg.Client
let worker: pg.Client
let db: Db
let ofWorker: Db
let people: Record<'piet' | 'anna' | 'jonas', Viewer>
let count = 0

const rule = (approvals: number): PolicyRule => ({
  ...{ environments: ['prod'], services: ['*'], projects: ['*'], approvals, groups: [] },
  ...{ excludeAuthors: false, expiresAfterMs: 86_400_000, ticket: 'optional' },
})

beforeAll(async () => {
  admin = await seed.connect(urls.admin)
  web = await seed.connect(urls.web)
  worker = await seed.connect(urls.worker)
  db = createDb(urls.web)
  ofWorker = createDb(urls.worker)
  const make = async (name: string, role: 'admin' | 'manager' | 'developer'): Promise<Viewer> => {
    const { account, person } = await seed.seedPerson(admin, name)
    return {
      ...{ accountId: account, personId: person, name, initials: name.slice(0, 1), groups: [] },
      ...{ grants: [{ role }], service: false, enabled: true },
    }
  }
  people = {
    piet: await make('Piet', 'admin'),
    anna: await make('Anna', 'manager'),
    jonas: await make('Jonas', 'developer'),
  }
})
afterAll(async () => {
  await db.$disconnect()
  await ofWorker.$disconnect()
  for (const client of [admin, web, worker]) await client.end()
})
/** As installed: nothing in force. */
beforeEach(async () => {
  await admin.query('ALTER TABLE rel.policy_vote DISABLE TRIGGER USER')
  for (const table of ['activation', 'vote', 'withdrawal', 'proposal', 'set']) {
    await admin.query(`ALTER TABLE rel.policy_${table} DISABLE TRIGGER USER`)
    await admin.query(`DELETE FROM rel.policy_${table}`)
    await admin.query(`ALTER TABLE rel.policy_${table} ENABLE TRIGGER USER`)
  }
})

const configure = (...rules: PolicyRule[]) => proposePolicies(ofWorker, rules, 'wrk_1')
const inForce = async () => (await rulesInForce(db, [])).map(({ approvals }) => approvals)
const open = async () => (await openProposal(db))?.id ?? ''
const states = async () => (await listProposals(db, 10)).map(({ state }) => state)

async function ask(rules: readonly PolicyRule[]) {
  const application = await seed.seedApplication(admin, `policy${count++}`)
  const plan = await seed.seedPlan(admin, application)
  const input = { application, plan, reason: 'because of the policy' }
  return requestRelease(db, input, people.jonas, clock.now(), (where) => policyFor(rules, where))
}

test('what was configured first is in force; what comes later waits for two people', async () => {
  await configure(rule(2))
  expect(await inForce()).toEqual([2])
  await configure(rule(2))
  expect(await states()).toEqual([])

  await configure(rule(1))
  expect(await inForce()).toEqual([2])
  const id = await open()
  expect(await decidePolicy(db, id, { kind: 'approve' }, people.jonas)).toMatchObject({
    refusal: { code: 'not-allowed-to-decide' },
  })
  expect(await decidePolicy(db, id, { kind: 'approve' }, people.piet)).toEqual({
    ok: true,
    value: { state: 'open' },
  })
  expect(await decidePolicy(db, id, { kind: 'approve' }, people.piet)).toMatchObject({
    refusal: { code: 'already-decided' },
  })
  expect(await inForce()).toEqual([2])
  expect(await decidePolicy(db, id, { kind: 'approve' }, people.anna)).toEqual({
    ok: true,
    value: { state: 'in-force' },
  })
  expect(await inForce()).toEqual([1])
  expect(await activation(db)).toMatchObject({ n: 2 })
  await configure(rule(1))
  expect(await states()).toEqual(['in-force'])
})

test('a rejection ends a change; the configuration takes back what it no longer says', async () => {
  await configure(rule(2))
  await configure(rule(1))
  const first = await open()
  const reason = 'One is too few'
  expect(await decidePolicy(db, first, { kind: 'reject', reason }, people.anna)).toMatchObject({ ok: true })
  expect(await decidePolicy(db, first, { kind: 'approve' }, people.piet)).toMatchObject({
    refusal: { code: 'not-open', state: 'rejected' },
  })
  await configure(rule(3))
  const second = await open()
  expect(second).not.toBe(first)
  await configure(rule(2))
  expect(await states()).toEqual(['void', 'rejected'])
  expect(await decidePolicy(db, second, { kind: 'approve' }, people.piet)).toMatchObject({
    refusal: { code: 'not-open', state: 'void' },
  })
  expect(await inForce()).toEqual([2])
})

test('two workers that start at once adopt once and propose once', async () => {
  await Promise.all([configure(rule(2)), configure(rule(2))])
  await Promise.all([configure(rule(3)), configure(rule(3))])
  expect(await states()).toEqual(['open'])
  expect(await activation(db)).toMatchObject({ n: 1 })
})

test('a release is taken only under what is in force, whatever the web says; open ones keep theirs', async () => {
  await configure(rule(3))
  const before = await ask([rule(3)])
  expect(before.ok).toBe(true)
  await expect(ask([rule(1)])).rejects.toThrow('is not in force')
  // Where no rule names a place, two approve: that is always in force.
  expect((await ask([])).ok).toBe(true)
  await configure(rule(1))
  await expect(ask([rule(1)])).rejects.toThrow('is not in force')
  const id = await open()
  for (const by of [people.piet, people.anna]) await decidePolicy(db, id, { kind: 'approve' }, by)
  expect((await ask([rule(1)])).ok).toBe(true)
  if (!before.ok) throw new Error('was not requested')
  const kept = await db.release.findUniqueOrThrow({ where: { id: before.value.id } })
  expect(kept.requiredApprovals).toBe(3)
  expect((await listPast(db, 10)).length).toBe(0)
})

test('Postgres refuses what the roles may not do', async () => {
  await configure(rule(2))
  await configure(rule(1))
  const id = await open()
  const set = (await openProposal(db))?.set
  const by = { kind: 'person', account: people.piet.accountId, person: people.piet.personId }
  const attempt = async (
    client: pg.Client,
    type: string,
    actor: Record<string, string>,
    sql: string,
    values: unknown[],
  ) => {
    await client.query('BEGIN')
    try {
      const event = await seed.writeEvent(client, type, undefined, actor)
      await client.query(sql, [...values, event])
    } finally {
      await client.query('ROLLBACK')
    }
  }
  const activate =
    'INSERT INTO rel.policy_activation (n, set_digest, proposal_id, event_id) VALUES (2, $1, $2, $3)'
  await expect(attempt(web, 'policy.activated', by, activate, [set, id])).rejects.toThrow(
    'no entry of the log',
  )
  await expect(
    attempt(worker, 'policy.activated', { kind: 'worker', name: 'w' }, activate, [set, id]),
  ).rejects.toThrow('permission denied')
  const vote =
    "INSERT INTO rel.policy_vote (proposal_id, person_id, account_id, kind, event_id) VALUES ($1, $2, $3, 'approve', $4)"
  const values = [id, people.piet.personId, people.piet.accountId]
  await expect(attempt(web, 'policy.decided', by, vote, values)).rejects.toThrow('no entry of the log')
  await expect(
    attempt(worker, 'policy.proposed', { kind: 'worker', name: 'w' }, vote, values),
  ).rejects.toThrow('permission denied')
  const propose = 'INSERT INTO rel.policy_proposal (id, set_digest, event_id) VALUES ($1, $2, $3)'
  await expect(attempt(web, 'policy.proposed', by, propose, [newId('policy'), set])).rejects.toThrow(
    'permission denied',
  )
  for (const table of ['set', 'proposal', 'vote', 'activation', 'withdrawal'])
    await expect(admin.query(`DELETE FROM rel.policy_${table}`)).rejects.toThrow(/append-only|refused/)
  // One approval more by the same hand: the second person is missing.
  await decidePolicy(db, id, { kind: 'approve' }, people.piet)
  expect(await inForce()).toEqual([2])
})
