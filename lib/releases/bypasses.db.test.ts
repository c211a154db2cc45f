import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Viewer } from '#lib/access/policy.ts'
import { clock } from '#lib/platform/clock.ts'
import { createDb, type Db } from '#lib/platform/db.ts'
import { testDatabase } from '#lib/platform/testing.ts'
import { decideRelease, requestRelease } from './commands.ts'
import { type PolicyRule, policyFor } from './policy.ts'
import { explain } from './release.ts'
import * as seed from './testing.ts'

/** The ways in which people approved their own changes elsewhere (GitLab), each tried here. */
const { urls } = await testDatabase()
const sha = 'c'.repeat(40)
let admin: pg.Client
let web: pg.Client
let db: Db
let people: Record<'jonas' | 'mei' | 'anna' | 'marta' | 'third' | 'piet', Viewer>
let application: string
let plan: string
let rule: PolicyRule
let count = 0

const address = (name: string) => `${name.toLowerCase()}@acme.example`
const setEmail = (person: string, email: string | null, verified = true) =>
  admin.query('UPDATE access.person_detail SET email = $2, email_verified = $3 WHERE person_id = $1', [
    person,
    email,
    verified,
  ])

beforeAll(async () => {
  ;[admin, web] = (await Promise.all([urls.admin, urls.web].map(seed.connect))) as [pg.Client, pg.Client]
  db = createDb(urls.web)
  const make = async (name: string, role: 'developer' | 'approver' | 'admin'): Promise<Viewer> => {
    const who = await seed.seedPerson(admin, name)
    await setEmail(who.person, address(name))
    const ids = { accountId: who.account, personId: who.person, email: address(name) }
    return { ...ids, name, initials: 'X', groups: [], grants: [{ role }], service: false, enabled: true }
  }
  people = {
    jonas: await make('Jonas', 'developer'),
    mei: await make('Mei', 'approver'),
    anna: await make('Anna', 'approver'),
    marta: await make('Marta', 'approver'),
    third: await make('Third', 'approver'),
    piet: await make('Piet', 'admin'),
  }
})
afterAll(async () => {
  await db.$disconnect()
  await Promise.all([admin.end(), web.end()])
})
beforeEach(async () => {
  application = await seed.seedApplication(admin, `svc${count++}`)
  plan = await seed.seedPlan(admin, application)
  rule = {
    checks: { mustPass: [], healthyForMs: null, planAgeMs: null, unknown: 'block' },
    ...{
      environments: ['prod'],
      services: ['*'],
      projects: ['*'],
      approvals: 2,
      groups: [],
      ticket: 'optional',
    },
    ...{ excludeAuthors: true, unknownAuthor: 'block', raise: [], expiresAfterMs: 3_600_000 },
  }
})

type Wrote = [role: string, address: string | null]
const wrote = (authors: Wrote[], incomplete: string[] = [], round = 1) =>
  seed.seedAuthors(admin, plan, {
    people: authors.map(([role, at]) => ({ role, name: 'N', address: at, revision: sha })),
    incomplete,
    round,
  })
const ask = () =>
  requestRelease(db, { application, plan, reason: 'because' }, people.jonas, clock.now(), (where) =>
    policyFor([rule], where),
  )
const asked = async () => {
  const result = await ask()
  if (!result.ok) throw new Error(result.refusal.code)
  return result.value.id
}
const approve = (id: string, by: Viewer, digest = plan) =>
  decideRelease(db, id, { kind: 'approve', plan: digest }, by, clock.now())
const refusalOf = async (id: string, by: Viewer) => {
  const result = await approve(id, by)
  return result.ok ? result.value.state : result.refusal.code
}
const inSql = (id: string, by: Viewer) =>
  seed.insertDecision(web, {
    release: id,
    plan,
    requester: { account: people.jonas.accountId, person: people.jonas.personId },
    by: { account: by.accountId, person: by.personId },
  })

test('1: the author approves', async () => {
  await wrote([['author', address('Anna')]])
  const id = await asked()
  const refused = await approve(id, people.anna)
  expect(refused.ok ? '' : refused.refusal.code !== 'no-such-release' && explain(refused.refusal)).toBe(
    'You wrote ccccccc, which this release brings. Somebody else has to approve it.',
  )
  await expect(inSql(id, people.anna)).rejects.toThrow('wrote a part')
  expect(await refusalOf(id, people.marta)).toBe('requested')
  expect(await refusalOf(id, people.third)).toBe('approved')
})

test.each(['committer', 'co-author', 'merge-author', 'merger'])('2: the %s approves', async (role) => {
  await wrote([
    ['author', address('Mei')],
    [role, address('Anna')],
  ])
  const id = await asked()
  expect(await refusalOf(id, people.anna)).toBe('author')
  await expect(inSql(id, people.anna)).rejects.toThrow('wrote a part')
})

test('3: the author changes the rules, and the release that is open keeps its own', async () => {
  await wrote([['author', address('Anna')]])
  const id = await asked()
  rule = { ...rule, excludeAuthors: false, approvals: 1 }
  expect(await refusalOf(id, people.anna)).toBe('author')
  expect(await refusalOf(id, people.marta)).toBe('requested')
})

test('4: the author adds themselves to the group that must approve', async () => {
  rule = { ...rule, groups: [{ group: '/leads', count: 1 }] }
  await wrote([['author', address('Anna')]])
  const id = await asked()
  await admin.query(`UPDATE access.account SET groups = '{/leads}' WHERE id = $1`, [people.anna.accountId])
  expect(await refusalOf(id, { ...people.anna, groups: ['/leads'] })).toBe('author')
})

test('5: the rules fall back to none', async () => {
  await wrote([['author', address('Anna')]])
  expect(policyFor([], { environment: 'prod', service: 'x', project: 'x' }).approvals).toBe(2)
  expect(
    policyFor([{ ...rule, approvals: 0 }], { environment: 'prod', service: 'x', project: 'x' }).approvals,
  ).toBe(1)
  const by = { account: people.jonas.accountId, person: people.jonas.personId }
  await expect(seed.insertRelease(web, { application, plan, by, approvals: 0 })).rejects.toThrow(
    'required_approvals',
  )
})

test('6: an approver pushes and approves: another plan, and its author', async () => {
  await wrote([['author', address('Mei')]])
  const id = await asked()
  const old = plan
  plan = await seed.seedPlan(admin, application)
  await wrote([
    ['author', address('Mei')],
    ['author', address('Anna')],
  ])
  expect(await refusalOf(id, people.anna)).toBe('digest-moved')
  expect((await approve(id, people.anna, old)).ok).toBe(true)
  await admin.query('SELECT 1')
  const by = { kind: 'person', account: people.jonas.accountId, person: people.jonas.personId }
  await seed.moveRelease(web, id, 'withdrawn', by)
  expect(await refusalOf(await asked(), people.anna)).toBe('author')
})

test('7: the author comes with another account, or under another address', async () => {
  await wrote([['author', address('Anna')]])
  const id = await asked()
  const second = await seed.seedPerson(admin, 'Anna', { person: people.anna.personId })
  expect(await refusalOf(id, { ...people.anna, accountId: second.account })).toBe('author')
  await setEmail(people.anna.personId, 'somebody.else@acme.example')
  expect(await refusalOf(id, { ...people.anna, email: 'somebody.else@acme.example' })).toBe('author')
  await setEmail(people.anna.personId, address('Anna'))
})

test('8: the author signs in only after the request', async () => {
  rule = { ...rule, unknownAuthor: 'one-more-approval' }
  await wrote([['author', 'late@acme.example']])
  const id = await asked()
  const late = await seed.seedPerson(admin, 'Late')
  const viewer = { ...people.third, accountId: late.account, personId: late.person, email: 'x@acme.example' }
  await approve(id, people.anna)
  // They approve under another address, and the true one becomes known afterwards: their approval no longer counts.
  expect(await refusalOf(id, viewer)).toBe('requested')
  await setEmail(late.person, 'Late@acme.example')
  const row = await admin.query('SELECT rel.approvals($1) AS n', [id])
  expect(Number(row.rows[0].n)).toBe(1)
})

test('9: an admin is not above it, nor is a service account', async () => {
  await wrote([['author', address('Mei')]])
  const id = await asked()
  expect(await refusalOf(id, people.piet)).toBe('not-an-approver')
  expect(await refusalOf(id, { ...people.anna, service: true })).toBe('service-account')
})

test('an unknown author blocks the request, or takes one more approval', async () => {
  await wrote([['author', 'renovate@bots.example']], ['Git was away'])
  expect(await ask()).toEqual({
    ok: false,
    refusal: { code: 'unknown-authors', who: ['N <renovate@bots.example>', 'Git was away'] },
  })
  rule = { ...rule, unknownAuthor: 'one-more-approval' }
  const id = await asked()
  for (const by of [people.anna, people.marta]) expect(await refusalOf(id, by)).toBe('requested')
  expect(await refusalOf(id, people.third)).toBe('approved')
})

test('an address that the provider does not vouch for excludes, but names nobody', async () => {
  await setEmail(people.third.personId, 'claimed@acme.example', false)
  await wrote([['author', 'claimed@acme.example']])
  expect((await ask()).ok).toBe(false)
  rule = { ...rule, unknownAuthor: 'one-more-approval' }
  expect(await refusalOf(await asked(), { ...people.third, email: 'claimed@acme.example' })).toBe('author')
  await setEmail(people.third.personId, address('Third'))
})

test('without a look at Git nothing is requested; a later look counts', async () => {
  expect(await ask()).toEqual({ ok: false, refusal: { code: 'authors-unread' } })
  await wrote([], ['Git was away'])
  expect((await ask()).ok).toBe(false)
  await wrote([['author', address('Mei')]], [], 2)
  expect((await ask()).ok).toBe(true)
})

test('in SQL: the web role neither invents authors nor leaves them out', async () => {
  const by = { account: people.jonas.accountId, person: people.jonas.personId }
  const policy = { approvals: 2, excludeAuthors: true }
  await expect(seed.insertRelease(web, { application, plan, by, policy })).rejects.toThrow(
    'nobody has looked',
  )
  await wrote([['author', 'renovate@bots.example']])
  await expect(seed.insertRelease(web, { application, plan, by, policy })).rejects.toThrow(
    'not everybody who wrote',
  )
  const lenient = { ...policy, unknownAuthor: 'one-more-approval' }
  await expect(seed.insertRelease(web, { application, plan, by, policy: lenient })).rejects.toThrow(
    'one more approval',
  )
  const release = await seed.insertRelease(web, { application, plan, by, policy: lenient, approvals: 3 })
  for (const statement of [
    `INSERT INTO rel.release_author (release_id, n, role, name, known) VALUES ('${release}', 9, 'author', 'x', true)`,
    `INSERT INTO rel.plan_authors (plan_digest, round, people, incomplete, event_id) VALUES ('${plan}', 9, '[]', '{}', 'x')`,
    'DELETE FROM rel.release_author',
    'UPDATE rel.release_author SET known = true',
    'DELETE FROM access.person_email',
    'UPDATE access.person_email SET person_id = person_id',
  ])
    await expect(web.query(statement)).rejects.toThrow('permission denied')
  await expect(admin.query('DELETE FROM rel.release_author')).rejects.toThrow('append-only')
})
