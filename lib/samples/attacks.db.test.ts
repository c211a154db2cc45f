import { beforeAll, expect, test } from 'vitest'
import type { Viewer } from '#lib/access/policy.ts'
import { canonicalBytes } from '#lib/audit/canonical.ts'
import { clock, instant, plus } from '#lib/platform/clock.ts'
import { createDb, type Db } from '#lib/platform/db.ts'
import { newId } from '#lib/platform/ids.ts'
import { seedPerson, type Who } from '#lib/releases/testing.ts'
import { admin, dispatched, nextApplication, urls, web, worker } from '#lib/releases/testing-attacks.ts'
import { readAttributes } from './attributes.ts'
import { drawSample, noteItem, signOffSample } from './commands.ts'
import { getSample, idsOf, listItems, listSamples, markOf, type Scope } from './data.ts'
import { draw, paperDigest, populationDigest } from './sample.ts'

let db: Db
let dora: Who
let auditor: Viewer
const releases: string[] = []

const today = () => clock.now().slice(0, 10)
const input = () => ({ kind: 'changes', from: today(), to: today(), size: 2, seed: 'red' }) as const
const drawn = async (more: object = {}) => {
  const answer = await drawSample(db, { ...input(), ...more }, auditor)
  if (!answer.ok) throw new Error(answer.refusal.code)
  return answer.value.id
}
const signed = async (id: string) => {
  for (const { n } of await listItems(db, id)) await noteItem(db, id, { n, verdict: 'ok' }, auditor)
  const sample = await getSample(db, 'all', id)
  const paper = sample ? paperDigest(sample, await listItems(db, id)) : ''
  return signOffSample(db, id, { paper, conclusion: 'The control works.' }, auditor)
}
const event = async (type: string, data: object, by = dora) => {
  const id = newId('event')
  const actor = { kind: 'person', ...by }
  const entry = canonicalBytes({ v: 1, id, at: clock.now(), type, actor, subject: {}, data })
  await web.query('INSERT INTO audit.event (id, entry) VALUES ($1, $2)', [id, entry])
  return id
}
/** In plain SQL as the web, taken back when it is refused. */
async function attack(act: () => Promise<unknown>): Promise<void> {
  await web.query('BEGIN')
  try {
    await act()
    await web.query('COMMIT')
  } catch (error) {
    await web.query('ROLLBACK')
    throw error
  }
}

beforeAll(async () => {
  db = createDb(urls.web)
  dora = await seedPerson(admin, 'Dora Weiss')
  auditor = {
    ...{ accountId: dora.account, personId: dora.person, name: 'Dora', initials: 'D', groups: [] },
    ...{ grants: [{ role: 'auditor' }], service: false, enabled: true },
  }
  for (let n = 0; n < 3; n++) {
    await nextApplication()
    releases.push(await dispatched())
  }
  return () => db.$disconnect()
})

test('Postgres draws what the method says, and anybody draws it again', async () => {
  const id = await drawn()
  const sample = await getSample(db, 'all', id)
  const items = await listItems(db, id)
  expect(sample).toMatchObject({ population: 3, size: 2, seed: 'red', items: 2, noted: 0, signedOff: null })
  expect(sample?.digest).toBe(populationDigest(releases))
  expect(items.map(({ item }) => item)).toEqual(draw(releases, 'red', 2))
  expect(await idsOf(db, sample as Scope, sample?.at ?? null)).toEqual(releases.toSorted())
  const [first] = await readAttributes(db, items)
  expect(first).toMatchObject({ release: items[0]?.item, finding: null })
  expect(first?.attributes.map(({ id, met }) => [id, met])).toEqual([
    ['requested', true],
    ['approved', true],
    ['anchored', true],
    ['evidence', true],
    ['outcome', null],
  ])
  const other = await drawn({ seed: undefined })
  expect((await getSample(db, 'all', other))?.seed).toMatch(/^[A-Za-z0-9.-]{22}$/)
})

test('an empty population, a period to come and people without the right draw nothing', async () => {
  expect(await drawSample(db, { ...input(), environment: 'moon' }, auditor)).toMatchObject({
    refusal: { code: 'nothing-to-draw' },
  })
  expect(await drawSample(db, { ...input(), from: '2999-01-01', to: '2999-01-02' }, auditor)).toMatchObject({
    refusal: { code: 'period-not-over' },
  })
  const reader: Viewer = { ...auditor, grants: [{ role: 'admin' }] }
  expect(await drawSample(db, input(), reader)).toMatchObject({ refusal: { code: 'may-not-sample' } })
  const elsewhere: Viewer = { ...auditor, grants: [{ role: 'auditor', projects: ['payments'] }] }
  expect(await drawSample(db, input(), elsewhere)).toMatchObject({ refusal: { code: 'nothing-to-draw' } })
  expect((await listSamples(db, { projects: ['payments'] })).samples).toEqual([])
})

test('noted by its auditor item by item, signed off once, then it stays', async () => {
  const id = await drawn()
  const early = await signOffSample(db, id, { paper: 'a'.repeat(64), conclusion: 'done' }, auditor)
  expect(early).toMatchObject({ refusal: { code: 'not-all-noted', missing: 2 } })
  await noteItem(db, id, { n: 1, verdict: 'exception', words: 'no ticket' }, auditor)
  await noteItem(db, id, { n: 2, verdict: 'ok' }, auditor)
  const read = await getSample(db, 'all', id)
  const stale = read ? paperDigest(read, await listItems(db, id)) : ''
  await noteItem(db, id, { n: 1, verdict: 'ok', words: 'the ticket was found' }, auditor)
  expect(await signOffSample(db, id, { paper: stale, conclusion: 'done' }, auditor)).toMatchObject({
    refusal: { code: 'paper-moved' },
  })
  expect((await signed(id)).ok).toBe(true)
  const over = await getSample(db, 'all', id)
  expect(over).toMatchObject({ noted: 2, exceptions: 0, signedOff: { conclusion: 'The control works.' } })
  expect(over && paperDigest(over, await listItems(db, id))).toBe(over?.signedOff?.paper)
  expect(await noteItem(db, id, { n: 1, verdict: 'ok' }, auditor)).toMatchObject({
    refusal: { code: 'signed-off' },
  })
})

test('the web cannot choose the items, the count, or a period that still runs', async () => {
  const scope: Scope = {
    ...{ kind: 'changes', environment: null, projects: null },
    ...{ from: instant(`${today()}T00:00:00.000Z`), to: plus(clock.now(), -1) },
  }
  const mark = await markOf(db, scope)
  const forge = (more: { population?: number; digest?: string; to?: string; seedTold?: string; by?: Who }) =>
    attack(async () => {
      const [id, by] = [newId('sample'), more.by ?? dora]
      const digest = more.digest ?? mark.digest
      const data = { sample: id, seed: more.seedTold ?? 'red', digest, size: 2 }
      const told = await event('sample.drawn', data)
      await web.query(
        `INSERT INTO audit.sample (id, kind, from_at, to_at, seed, size, population, digest, account_id, person_id, event_id)
         VALUES ($1, 'changes', $2, $3, 'red', 2, $4, $5, $6, $7, $8)`,
        [
          ...[id, scope.from, more.to ?? scope.to, more.population ?? mark.items, digest],
          ...[by.account, by.person, told],
        ],
      )
    })
  await forge({})
  await expect(forge({ population: 2 })).rejects.toThrow('is another one')
  await expect(forge({ digest: 'a'.repeat(64) })).rejects.toThrow('is another one')
  await expect(forge({ to: plus(clock.now(), 60_000) })).rejects.toThrow('a period that is over')
  await expect(forge({ seedTold: 'blue' })).rejects.toThrow('no entry of the log')
  const anna = await seedPerson(admin, 'Anna')
  await expect(forge({ by: anna })).rejects.toThrow('no entry of the log')
  const gone = await seedPerson(admin, 'Gone', { enabled: false })
  await expect(forge({ by: gone })).rejects.toThrow('enabled account')
  const id = await drawn()
  const item = web.query(
    `INSERT INTO audit.sample_item (sample_id, n, item, rank) VALUES ($1, 9, 'rel_x', '0')`,
    [id],
  )
  await expect(item).rejects.toThrow('permission denied')
})

test('notes and sign-offs of others, without an entry, or too late are refused', async () => {
  const id = await drawn()
  const [first] = await listItems(db, id)
  const mallory = await seedPerson(admin, 'Mallory')
  const note = (more: { by?: Who; verdict?: string; told?: string; words?: string | null; event?: string }) =>
    attack(async () => {
      const { by = dora, verdict = 'ok', words = null } = more
      const data = { sample: id, item: first?.item, verdict: more.told ?? verdict, ...(words && { words }) }
      const told = more.event ?? (await event('sample.noted', data, by))
      await web.query(
        `INSERT INTO audit.sample_note (id, sample_id, n, verdict, words, account_id, person_id, event_id)
         VALUES ($1, $2, 1, $3, $4, $5, $6, $7)`,
        [newId('sampleNote'), id, verdict, words, by.account, by.person, told],
      )
    })
  await expect(note({ by: mallory })).rejects.toThrow("another auditor's")
  await expect(note({ told: 'exception' })).rejects.toThrow('no entry of the log')
  await expect(note({ verdict: 'exception' })).rejects.toThrow('what_is_not_ok_says_why')
  const sign = (by: Who, paper = 'b'.repeat(64)) =>
    attack(async () => {
      const told = await event('sample.signed-off', { sample: id, paper: 'b'.repeat(64) }, by)
      await web.query(
        `INSERT INTO audit.sample_sign_off (sample_id, conclusion, paper, account_id, person_id, event_id) VALUES ($1, 'fine', $2, $3, $4, $5)`,
        [id, paper, by.account, by.person, told],
      )
    })
  await expect(sign(dora)).rejects.toThrow('has no note')
  await note({})
  await expect(sign(mallory)).rejects.toThrow("another auditor's")
  expect((await signed(id)).ok).toBe(true)
  await expect(note({})).rejects.toThrow('is signed off')
  await expect(sign(dora)).rejects.toThrow()
})

test('nobody rewrites: not the web, not the worker, not the superuser', async () => {
  const id = await drawn()
  await signed(id)
  for (const table of ['sample', 'sample_item', 'sample_note', 'sample_sign_off']) {
    const key = table === 'sample' ? 'id' : 'sample_id'
    for (const statement of [
      `UPDATE audit.${table} SET ${key} = ${key} WHERE ${key} = '${id}'`,
      `DELETE FROM audit.${table} WHERE ${key} = '${id}'`,
      `TRUNCATE audit.${table} CASCADE`,
    ]) {
      await expect(web.query(statement)).rejects.toThrow('permission denied')
      await expect(worker.query(statement)).rejects.toThrow('permission denied')
      await expect(admin.query(statement)).rejects.toThrow('append-only')
    }
    await expect(worker.query(`SELECT FROM audit.${table}`)).rejects.toThrow('permission denied')
  }
})
