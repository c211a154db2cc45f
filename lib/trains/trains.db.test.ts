import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Viewer } from '#lib/access/policy.ts'
import { heldBy } from '#lib/freezes/data.ts'
import { clock } from '#lib/platform/clock.ts'
import { createDb, type Db } from '#lib/platform/db.ts'
import { testDatabase } from '#lib/platform/testing.ts'
import { type PolicyPlace, policyFor } from '#lib/releases/policy.ts'
import * as seed from '#lib/releases/testing.ts'
import { decideTrain, requestTrain, resumeTrain } from './commands.ts'
import { getTrain, type TrainRow } from './data.ts'
import { stateOf } from './train.ts'

const { urls } = await testDatabase()
let admin: pg.Client
let web: pg.Client
let worker: pg.Client
let db: Db
let people: Record<'jonas' | 'anna' | 'marta', Viewer>
let members: { application: string; plan: string; stage: number }[]
let count = 0

beforeAll(async () => {
  admin = await seed.connect(urls.admin)
  web = await seed.connect(urls.web)
  worker = await seed.connect(urls.worker)
  db = createDb(urls.web)
  const make = async (name: string, role: 'developer' | 'approver'): Promise<Viewer> => {
    const { account, person } = await seed.seedPerson(admin, name)
    return {
      ...{ accountId: account, personId: person, name, initials: name.slice(0, 1), groups: [] },
      ...{ grants: [{ role }], service: false, enabled: true },
    }
  }
  people = {
    jonas: await make('Jonas', 'developer'),
    anna: await make('Anna', 'approver'),
    marta: await make('Marta', 'approver'),
  }
})
afterAll(async () => {
  await db.$disconnect()
  for (const client of [admin, web, worker]) await client.end()
})
beforeEach(async () => {
  members = []
  for (const stage of [1, 1, 2]) {
    const application = await seed.seedApplication(admin, `train${count++}`)
    members.push({ application, plan: await seed.seedPlan(admin, application), stage })
  }
})

const policy = (where: PolicyPlace) => policyFor([], where)
const ask = (more: object = {}, by = people.jonas) =>
  requestTrain(db, { members, parallel: 1, reason: 'They belong together', ...more }, by, clock.now(), policy)
const asked = async (more: object = {}): Promise<TrainRow> => {
  const made = await ask(more)
  if (!made.ok) throw new Error(JSON.stringify(made.refusal))
  return read(made.value.id)
}
async function read(id: string): Promise<TrainRow> {
  const train = await getTrain(db, people.jonas, id)
  if (!train) throw new Error(`no train ${id}`)
  return train
}
const decide = (train: TrainRow, by: Viewer, kind: 'approve' | 'reject' = 'approve', digest = train.digest) =>
  decideTrain(
    db,
    train.id,
    { kind, digest, comment: 'Read all of it', acknowledged: kind === 'approve' ? readAll(train) : [] },
    by,
    clock.now(),
  )
const readAll = (train: TrainRow) => train.cars.map(({ plan }) => ({ plan, at: clock.now() }))
/** Approved by two and anchored. */
async function signed(more: object = {}): Promise<TrainRow> {
  const train = await asked(more)
  for (const by of [people.anna, people.marta]) expect(await decide(train, by)).toMatchObject({ ok: true })
  return read(train.id)
}
const car = (train: TrainRow, place: number) => {
  const found = train.cars[place]
  if (!found) throw new Error(`no member ${place}`)
  return found
}
/** The worker's intent for one member, as the worker would write it. */
async function send(train: TrainRow, place: number): Promise<void> {
  const { release, plan } = car(train, place)
  const receipt = await seed.anchorAll(admin)
  await worker.query('UPDATE rel.release SET epoch = epoch + 1, lease_owner = $2 WHERE id = $1', [
    release,
    'wrk',
  ])
  const { rows } = await worker.query('SELECT epoch FROM rel.release WHERE id = $1', [release])
  await seed.insertIntent(worker, { release, plan, receipt, epoch: rows[0].epoch, dispatch: true })
}
async function end(train: TrainRow, place: number, state: 'succeeded' | 'degraded'): Promise<void> {
  const by = { kind: 'worker', name: 'wrk' }
  for (const next of ['syncing', 'verifying', state])
    await seed.moveRelease(worker, car(train, place).release, next, by)
}
const waits = async (train: TrainRow, place: number) => {
  const { application } = car(train, place)
  return (await heldBy(db, [application])).get(application)
}

test('asked for and decided in one act, each member a release of its own', async () => {
  const train = await asked()
  expect(train.cars.map(({ state, stage }) => [state, stage])).toEqual([
    ['requested', 1],
    ['requested', 1],
    ['requested', 2],
  ])
  expect(stateOf(train.cars).is).toBe('waiting-for-people')
  expect(await decide(train, people.jonas)).toMatchObject({ refusal: { code: 'member', why: /You asked/ } })
  expect(await decide(train, people.anna, 'approve', 'f'.repeat(64))).toMatchObject({
    refusal: { code: 'digest-moved' },
  })
  const unread = { kind: 'approve' as const, digest: train.digest, acknowledged: readAll(train).slice(1) }
  expect(await decideTrain(db, train.id, unread, people.anna, clock.now())).toMatchObject({
    refusal: { code: 'unread' },
  })
  await decide(train, people.anna)
  expect((await read(train.id)).cars.every(({ state }) => state === 'requested')).toBe(true)
  await decide(train, people.marta)
  expect((await read(train.id)).cars.every(({ state }) => state === 'approved')).toBe(true)
  expect(await decide(train, people.anna)).toMatchObject({ refusal: { code: 'nothing-to-decide' } })
})

test('all of it or nothing: what one member is refused undoes the others', async () => {
  const [first, second] = members
  if (!first || !second) throw new Error('no members')
  const before = await db.release.count()
  const wrong = [first, { ...second, plan: 'e'.repeat(64) }]
  expect(await ask({ members: wrong })).toMatchObject({ refusal: { code: 'member', why: /newer plan/ } })
  expect(await ask({ members: [first, first] })).toMatchObject({ refusal: { code: 'twice' } })
  expect(await db.release.count()).toBe(before)
  const { rows } = await admin.query(
    `SELECT count(*)::int AS n FROM audit.event WHERE type = 'train.refused'`,
  )
  expect(rows[0].n).toBeGreaterThanOrEqual(2)
})

test('a rejection ends all that wait', async () => {
  const train = await asked()
  await decide(train, people.anna, 'reject')
  expect((await read(train.id)).cars.every(({ state }) => state === 'rejected')).toBe(true)
})

test('one after the other, stage by stage', async () => {
  const train = await signed()
  expect(await waits(train, 2)).toMatch(/earlier stage/)
  await expect(send(train, 2)).rejects.toThrow(/holds it back: stage|is held back: train/)
  await send(train, 0)
  expect(await waits(train, 1)).toMatch(/as many of its train/)
  await expect(send(train, 1)).rejects.toThrow(/holds it back: parallel|is held back: train/)
  await end(train, 0, 'succeeded')
  expect(await waits(train, 1)).toBeUndefined()
  await send(train, 1)
  await end(train, 1, 'succeeded')
  await send(train, 2)
  await end(train, 2, 'succeeded')
  expect(stateOf((await read(train.id)).cars)).toEqual({ is: 'arrived' })
})

test('two at once where that many may be, and never more', async () => {
  const train = await signed({ parallel: 2, members: members.map((each) => ({ ...each, stage: 1 })) })
  await send(train, 0)
  await send(train, 1)
  await expect(send(train, 2)).rejects.toThrow(/holds it back: parallel|is held back: train/)
})

test('harm stops it, until an approver lets it go on', async () => {
  const train = await signed()
  await send(train, 0)
  await end(train, 0, 'degraded')
  expect(stateOf((await read(train.id)).cars)).toMatchObject({ is: 'stopped' })
  expect(await waits(train, 1)).toMatch(/is stopped by/)
  await expect(send(train, 1)).rejects.toThrow(/holds it back: stopped|is held back: train/)
  const past = { release: car(train, 0).release, reason: 'Known, and it recovers' }
  expect(await resumeTrain(db, train.id, past, people.jonas)).toMatchObject({
    refusal: { code: 'may-not-resume' },
  })
  expect(
    await resumeTrain(db, train.id, { ...past, release: car(train, 1).release }, people.anna),
  ).toMatchObject({
    refusal: { code: 'does-not-stop' },
  })
  expect(await resumeTrain(db, train.id, past, people.anna)).toMatchObject({ ok: true })
  await send(train, 1)
  await end(train, 1, 'succeeded')
  await send(train, 2)
})

test('two workers at once send one where one may be under way', async () => {
  const train = await signed()
  const second = await seed.connect(urls.worker)
  const receipt = await seed.anchorAll(admin)
  const attempt = async (client: pg.Client, place: number) => {
    const { release, plan } = car(train, place)
    await client.query('UPDATE rel.release SET epoch = epoch + 1, lease_owner = $2 WHERE id = $1', [
      release,
      'wrk',
    ])
    return seed.insertIntent(client, { release, plan, receipt, epoch: 1, dispatch: true })
  }
  const settled = await Promise.allSettled([attempt(worker, 0), attempt(second, 1)])
  expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  await second.end()
})

test('Postgres refuses members that join later, resumptions that nobody recorded, and any change', async () => {
  const train = await asked()
  const application = await seed.seedApplication(admin, `train${count++}`)
  const plan = await seed.seedPlan(admin, application)
  const by = { account: people.jonas.accountId, person: people.jonas.personId }
  const release = await seed.insertRelease(web, { application, plan, by })
  await expect(
    web.query('INSERT INTO rel.train_member (release_id, train_id, stage) VALUES ($1, $2, 1)', [
      release,
      train.id,
    ]),
  ).rejects.toThrow('joins a train with its request')
  const resume = `INSERT INTO rel.train_resumption (release_id, reason, account_id, person_id, event_id) VALUES ($1, 'because', $2, $3, 'evt_x')`
  const values = [car(train, 0).release, people.anna.accountId, people.anna.personId]
  await expect(web.query(resume, values)).rejects.toThrow('does not stop its train')
  await expect(worker.query(resume, values)).rejects.toThrow('permission denied')
  for (const table of ['train', 'train_member', 'train_resumption'])
    await expect(admin.query(`DELETE FROM rel.${table}`)).rejects.toThrow(/append-only|refused/)
  await expect(web.query(`UPDATE rel.train_member SET stage = 1`)).rejects.toThrow('permission denied')
})
