import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Viewer } from '#lib/access/policy.ts'
import { clock } from '#lib/platform/clock.ts'
import { createDb, type Db } from '#lib/platform/db.ts'
import { testDatabase } from '#lib/platform/testing.ts'
import { requestRelease } from '#lib/releases/commands.ts'
import { policyFor } from '#lib/releases/policy.ts'
import * as seed from '#lib/releases/testing.ts'
import { proposeStandardChange, signStandardChange, stopStandardChange } from './commands.ts'
import { getStandardChange, standardChangeFor, standardChangeOf, usesOf } from './data.ts'

const { urls } = await testDatabase()
let admin: pg.Client
let web: pg.Client
let worker: pg.Client
let db: Db
let people: Record<'jonas' | 'mei' | 'anna' | 'marta', Viewer>
let count = 0

beforeAll(async () => {
  admin = await seed.connect(urls.admin)
  web = await seed.connect(urls.web)
  worker = await seed.connect(urls.worker)
  db = createDb(urls.web)
  const make = async (name: string, role: 'approver' | 'developer'): Promise<Viewer> => {
    const { account, person } = await seed.seedPerson(admin, name)
    return {
      ...{ accountId: account, personId: person, name, initials: name.slice(0, 1), groups: [] },
      ...{ grants: [{ role }], service: false, enabled: true },
    }
  }
  people = {
    jonas: await make('Jonas', 'developer'),
    mei: await make('Mei', 'developer'),
    anna: await make('Anna', 'approver'),
    marta: await make('Marta', 'approver'),
  }
})
afterAll(async () => {
  await db.$disconnect()
  for (const client of [admin, web, worker]) await client.end()
})

const imagesOnly = {
  document: { beyondImages: [], diff: { kind: 'known', resources: [], noiseLines: 0, risks: 0 } },
}

/** Another application of this service, with a plan that changes images and nothing else. */
async function place(service: string, document: Record<string, unknown> = imagesOnly.document) {
  const application = await seed.seedApplication(admin, `std${count++}`)
  await admin.query(
    'UPDATE catalog.application SET service = $1, can_sync = true, can_sync_at = now() WHERE id = $2',
    [service, application],
  )
  return { application, plan: await seed.seedPlan(admin, application, { document }) }
}

async function proposed(service: string, perDay = 2) {
  await place(service)
  const input = { project: 'shop', service, environment: 'prod', perDay, timeZone: 'Europe/Berlin', days: 30 }
  const made = await proposeStandardChange(
    db,
    { ...input, reason: 'daily versions' },
    people.jonas,
    clock.now(),
  )
  if (!made.ok) throw new Error(made.refusal.code)
  const given = await getStandardChange(db, made.value.id)
  if (!given) throw new Error('it was not kept')
  return given
}
const sign = (given: { id: string; digest: string }, by: Viewer) =>
  signStandardChange(db, given.id, { kind: 'approve', digest: given.digest }, by)

async function inForce(service: string, perDay?: number) {
  const given = await proposed(service, perDay)
  await sign(given, people.anna)
  await sign(given, people.marta)
  return given
}

async function ask(at: { application: string; plan: string }, standardChange: string, by = people.mei) {
  const input = { ...at, reason: 'a new version', standardChange }
  const asked = await requestRelease(db, input, by, clock.now(), (where) => policyFor([], where))
  if (!asked.ok) throw new Error(asked.refusal.code)
  const { rows } = await admin.query('SELECT state FROM rel.release WHERE id = $1', [asked.value.id])
  return { id: asked.value.id, state: rows[0].state as string }
}
const counted = async (release: string) =>
  (await worker.query('SELECT rel.is_standard_change($1) AS yes', [release])).rows[0].yes as boolean

test('two people sign it, then a release of images only needs nobody else', async () => {
  const given = await proposed('good')
  expect(await sign(given, people.jonas)).toMatchObject({ refusal: { code: 'not-an-approver' } })
  expect(await sign(given, people.anna)).toMatchObject({ value: { state: 'open' } })
  expect(await sign(given, people.anna)).toMatchObject({ refusal: { code: 'already-signed' } })
  expect((await ask(await place('good'), given.id)).state).toBe('requested')
  expect(await sign(given, people.marta)).toMatchObject({ value: { state: 'in-force' } })

  const { id, state } = await ask(await place('good'), given.id)
  expect(state).toBe('approved')
  expect(await counted(id)).toBe(true)
  expect(await standardChangeOf(db, id)).toMatchObject({ id: given.id, usedToday: 1 })
  expect(await usesOf(db, given.id)).toMatchObject([{ release: id }])
  expect(await standardChangeFor(db, given)).toMatchObject({ id: given.id })
})

test('where a limit is not met, the ordinary approvals apply', async () => {
  const given = await inForce('limits')
  const asks = async (...of: Parameters<typeof place>) => (await ask(await place(...of), given.id)).state
  expect(await asks('another')).toBe('requested')
  expect(await asks('limits', { beyondImages: ['ConfigMap web is added'] })).toBe('requested')
  expect(await asks('limits', {})).toBe('requested')
  // Whoever signed it does not count for a release of their own.
  const own = { ...people.anna, grants: [{ role: 'developer' as const }] }
  expect((await ask(await place('limits'), given.id, own)).state).toBe('requested')
  expect((await ask(await place('limits'), given.id)).state).toBe('approved')
})

test('of many at once no more go than a day allows', async () => {
  const given = await inForce('race', 2)
  const places = []
  for (let i = 0; i < 6; i++) places.push(await place('race'))
  const states = (await Promise.all(places.map((each) => ask(each, given.id)))).map(({ state }) => state)
  expect(states.filter((state) => state === 'approved')).toHaveLength(2)
  expect(states.filter((state) => state === 'requested')).toHaveLength(4)
})

test('harm and one person stop it; what waits loses its approvals', async () => {
  const given = await inForce('harm')
  const first = await ask(await place('harm'), given.id)
  const second = await ask(await place('harm'), given.id)
  // As the worker ends what went wrong, without the way there.
  await admin.query('ALTER TABLE rel.release DISABLE TRIGGER guard_update')
  await seed.moveRelease(admin, first.id, 'failed', { kind: 'worker', name: 'test' })
  await admin.query('ALTER TABLE rel.release ENABLE TRIGGER guard_update')
  expect(await getStandardChange(db, given.id)).toMatchObject({
    state: 'stopped',
    stop: { why: 'A release that used it ended failed.', release: first.id },
  })
  expect(await counted(second.id)).toBe(false)
  expect((await ask(await place('harm'), given.id)).state).toBe('requested')

  const other = await inForce('withdrawn')
  expect(await stopStandardChange(db, other.id, 'no longer wanted', people.mei)).toMatchObject({ ok: true })
  expect(await stopStandardChange(db, other.id, 'once more', people.mei)).toMatchObject({
    refusal: { code: 'over' },
  })
})

test('attack: what neither the web nor the worker may write', async () => {
  const given = await inForce('attack')
  const at = await place('attack')
  const by = { account: people.mei.accountId, person: people.mei.personId }
  const release = await seed.insertRelease(web, { ...at, by })
  const event = async (type: string, who = by) =>
    seed.writeEvent(web, type, release, { kind: 'person', ...who })
  const use = async (client: pg.Client, id = given.id) =>
    client.query(
      'INSERT INTO rel.standard_change_use (release_id, standard_change_id, event_id) VALUES ($1, $2, $3)',
      [release, id, await event('release.standard-change')],
    )
  await expect(use(web)).rejects.toThrow('with the request of release')
  await expect(use(worker)).rejects.toThrow('permission denied')
  await expect(
    seed.moveRelease(web, release, 'approved', { kind: 'person', ...by }, ', approved_at = now()'),
  ).rejects.toThrow()
  const vote = async (client: pg.Client, who: Viewer, digest: string, proposer: string) =>
    client.query(
      `INSERT INTO rel.standard_change_vote (standard_change_id, digest, proposer, person_id, account_id, kind, event_id)
       VALUES ($1, $2, $3, $4, $5, 'approve', $6)`,
      [
        ...[open.id, digest, proposer, who.personId, who.accountId],
        await event('standard-change.decided', { account: who.accountId, person: who.personId }),
      ],
    )
  const open = await proposed('attacked')
  const { jonas, anna } = people
  await expect(vote(web, anna, open.digest, jonas.personId)).rejects.toThrow('no entry of the log')
  await expect(vote(web, jonas, open.digest, jonas.personId)).rejects.toThrow()
  await expect(vote(worker, anna, open.digest, jonas.personId)).rejects.toThrow('permission denied')
  for (const client of [web, worker]) {
    for (const statement of [
      `UPDATE rel.standard_change SET per_day = 20`,
      `DELETE FROM rel.standard_change_stop`,
      `DELETE FROM rel.standard_change_use`,
      `UPDATE rel.standard_change_vote SET kind = 'approve'`,
      `INSERT INTO rel.standard_change (id, digest) VALUES ('std_x', 'x')`,
      `INSERT INTO rel.standard_change_use (release_id, standard_change_id, day, event_id) VALUES ('x', 'x', '2000-01-01', 'x')`,
      `INSERT INTO rel.standard_change_vote (standard_change_id, groups) VALUES ('x', '{a}')`,
      `UPDATE rel.plan SET document = ''`,
    ])
      await expect(client.query(statement), statement).rejects.toThrow('permission denied')
  }
  await expect(
    web.query(`INSERT INTO rel.plan (digest, body, application_id, document, document_digest, event_id)
               SELECT 'x', body, application_id, document, document_digest, 'x' FROM rel.plan LIMIT 1`),
  ).rejects.toThrow('permission denied')
})
