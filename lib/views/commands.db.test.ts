import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Viewer } from '#lib/access/policy.ts'
import { testSession } from '#lib/access/testing.ts'
import { instant } from '#lib/platform/clock.ts'
import { createDb, type Db } from '#lib/platform/db.ts'
import { testDatabase } from '#lib/platform/testing.ts'
import { changeView, createView, deleteView } from './commands.ts'
import { findDefault, listViews } from './data.ts'
import { viewsMax } from './view.ts'

const { urls } = await testDatabase()
const now = instant('2026-11-23T10:00:00.000Z')
let db: Db
let jonas: Viewer
let mei: Viewer
let dora: Viewer

async function viewer(groups: string[]): Promise<Viewer> {
  const { accountId, personId } = await testSession(db, groups)
  return { accountId, personId, name: 'N', initials: 'N', groups, grants: [], service: false, enabled: true }
}

beforeAll(() => {
  db = createDb(urls.web)
})
afterAll(() => db.$disconnect())
beforeEach(async () => {
  await db.view.deleteMany()
  jonas = await viewer(['/shop/developers', '/shop/night'])
  mei = await viewer(['/shop/developers'])
  dora = await viewer(['/auditors'])
})

const input = { name: 'Shop board', query: 'team=shop', sharedWith: null, isDefault: false }
const by = (viewer: Viewer) => ({ viewer, now })
async function made(of: Viewer, more: Partial<typeof input | { sharedWith: string }> = {}): Promise<string> {
  const result = await createView(db, { ...input, ...more }, by(of))
  if (!result.ok) throw new Error(result.refusal.code)
  return result.value.id
}
const seen = async (who: Viewer) => (await listViews(db, who)).map(({ name }) => name)
const entries = async (view: string) => {
  const rows = await db.$queryRaw<{ type: string }[]>`
    SELECT e.type FROM audit.event e JOIN audit.log l ON l.event_id = e.id
    WHERE e.type LIKE 'view.%' AND convert_from(e.entry, 'UTF8')::jsonb #>> '{data,view}' = ${view} ORDER BY l.seq`
  return rows.map(({ type }) => type)
}

test('an own view is seen by its owner only, and is nobody else’s business', async () => {
  const id = await made(jonas)
  expect(await listViews(db, jonas)).toEqual([
    { ...input, id, own: true, owner: 'Anna Beck', sharedWith: null },
  ])
  expect([await seen(mei), await seen(dora), await entries(id)]).toEqual([[], [], []])
})

test('a shared one is seen by the group, at this moment, and every change of it is in the log', async () => {
  const id = await made(jonas, { sharedWith: '/shop/developers' })
  expect([await seen(mei), await seen(dora)]).toEqual([['Shop board'], []])
  expect(await seen({ ...mei, groups: [] })).toEqual([])
  await changeView(db, id, { name: 'Board' }, by(jonas))
  await changeView(db, id, { isDefault: true }, by(jonas))
  await changeView(db, id, { sharedWith: '/shop/night' }, by(jonas))
  expect(await seen(mei)).toEqual([])
  await deleteView(db, id, by(jonas))
  expect(await seen(jonas)).toEqual([])
  expect(await entries(id)).toEqual([
    'view.shared',
    'view.changed',
    'view.unshared',
    'view.shared',
    'view.unshared',
  ])
})

test('nobody changes or deletes what another shared with them', async () => {
  const id = await made(jonas, { sharedWith: '/shop/developers' })
  const refusal = { ok: false, refusal: { code: 'no-such-view' } }
  expect(await changeView(db, id, { query: 'team=evil' }, by(mei))).toEqual(refusal)
  expect(await deleteView(db, id, by(mei))).toEqual(refusal)
  expect((await listViews(db, mei))[0]).toMatchObject({ query: 'team=shop', own: false, isDefault: false })
})

test('nobody shares with a group that they are not in, and may take back what they left', async () => {
  const foreign = { ok: false, refusal: { code: 'not-in-group', group: '/auditors' } }
  expect(await createView(db, { ...input, sharedWith: '/auditors' }, by(jonas))).toEqual(foreign)
  const id = await made(jonas, { sharedWith: '/shop/developers' })
  expect(await changeView(db, id, { sharedWith: '/auditors' }, by(jonas))).toEqual(foreign)
  const left = { ...jonas, groups: [] }
  expect(await changeView(db, id, { name: 'Still mine' }, by(left))).toMatchObject({ ok: true })
  expect(await changeView(db, id, { sharedWith: null }, by(left))).toMatchObject({ ok: true })
  expect(await seen(mei)).toEqual([])
})

test('names are their owner’s own, and one view at most opens by itself', async () => {
  const first = await made(jonas, { isDefault: true })
  expect(await createView(db, input, by(jonas))).toMatchObject({ refusal: { code: 'name-taken' } })
  await made(mei)
  expect((await findDefault(db, jonas))?.query).toBe('team=shop')
  const second = await made(jonas, { name: 'Mine', query: 'only=mine', isDefault: true })
  expect((await findDefault(db, jonas))?.query).toBe('only=mine')
  expect(await changeView(db, second, { name: input.name }, by(jonas))).toMatchObject({
    refusal: { code: 'name-taken' },
  })
  await changeView(db, first, { isDefault: true }, by(jonas))
  expect((await listViews(db, jonas)).map((view) => [view.name, view.isDefault])).toEqual([
    ['Mine', false],
    ['Shop board', true],
  ])
  expect(await findDefault(db, mei)).toBeNull()
})

test('two at once under one name are one view', async () => {
  const results = await Promise.all([createView(db, input, by(dora)), createView(db, input, by(dora))])
  expect(results.map(({ ok }) => ok).sort()).toEqual([false, true])
})

test('there is an end to it', async () => {
  await db.view.createMany({
    data: Array.from({ length: viewsMax }, (_, index) => ({
      id: `vie_${dora.accountId.slice(4)}${index}`,
      accountId: dora.accountId,
      name: `n${index}`,
      query: '',
    })),
  })
  expect(await createView(db, input, by(dora))).toMatchObject({ refusal: { code: 'too-many' } })
})

test('the web role cannot hand a view to another account, and the worker knows none', async () => {
  const id = await made(jonas)
  await expect(
    db.$executeRaw`UPDATE access.view SET account_id = ${mei.accountId} WHERE id = ${id}`,
  ).rejects.toThrow(/permission denied/)
  const worker = createDb(urls.worker)
  await expect(worker.$queryRaw`SELECT * FROM access.view`).rejects.toThrow(/permission denied/)
  await worker.$disconnect()
})
