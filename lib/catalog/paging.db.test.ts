import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Viewer } from '#lib/access/policy.ts'
import { clock } from '#lib/platform/clock.ts'
import { createDb, type Db } from '#lib/platform/db.ts'
import { testDatabase } from '#lib/platform/testing.ts'
import * as seed from '#lib/releases/testing.ts'
import { listUnmapped, readMatrix } from './data.ts'
import type { MatrixFilter, MatrixPage } from './schema.ts'
import { seedFleet } from './testing.ts'

const { urls } = await testDatabase()
const environments = ['dev', 'staging', 'prod'].map((name) => ({ name, protected: name === 'prod' }))
const services = 420
let admin: pg.Client
let worker: pg.Client
let db: Db

beforeAll(async () => {
  admin = await seed.connect(urls.admin)
  worker = await seed.connect(urls.worker)
  db = createDb(urls.web)
  await seedFleet(admin, services)
})
afterAll(async () => {
  await db.$disconnect()
  await Promise.all([admin.end(), worker.end()])
})

const viewer = (groups: string[] = [], projects?: string[]): Viewer => ({
  ...{ accountId: 'usr_9', personId: 'per_9', name: 'Somebody', initials: 'S', groups },
  grants: [{ role: 'viewer', ...(projects && { projects }) }],
  service: false,
  enabled: true,
})
const read = (by: Viewer, filter: MatrixFilter) => readMatrix(db, by, clock.now(), environments, filter)

/** Every page from the first to the last, or from this one back to the first. */
async function pages(
  by: Viewer,
  filter: MatrixFilter,
  way: 'next' | 'previous' = 'next',
  after?: string,
  between: (page: number) => Promise<unknown> = async () => {},
): Promise<MatrixPage[]> {
  const read = [await readMatrix(db, by, clock.now(), environments, { ...filter, after })]
  for (let to = read[0]?.[way]; to !== undefined; to = read.at(-1)?.[way]) {
    await between(read.length)
    read.push(await readMatrix(db, by, clock.now(), environments, { ...filter, after: to || undefined }))
  }
  return read
}
const namesOf = (read: readonly MatrixPage[]) =>
  read.flatMap((page) => page.rows.map(({ service }) => service))

const orders: [string, Viewer, MatrixFilter][] = [
  ['by need', viewer(), {}],
  ['by need, two teams of mine', viewer(['/shop/team1', 'team3', '/none']), {}],
  ['by name', viewer(), { sort: 'name' }],
  ['newest first', viewer(), { sort: 'deployed' }],
  ['by team', viewer(), { sort: 'team' }],
  ['by team, mine first', viewer(['/shop/team3']), { sort: 'team' }],
  ['behind', viewer(), { only: 'behind' }],
  ['some projects', viewer([], ['project1', 'project2', 'project3']), {}],
]

test.each(orders)('%s: every service once, with its position, there and back', async (_, by, filter) => {
  const there = await pages(by, filter)
  const names = namesOf(there)
  expect(names.length).toBe(there[0]?.total)
  expect(new Set(names).size).toBe(names.length)
  expect(there.map(({ from }) => from)).toEqual(there.map((_, page) => page * 50 + 1))
  const last = there.at(-2)?.next
  const back = await pages(by, filter, 'previous', last)
  expect(back.length).toBe(there.length)
  expect(namesOf(back.toReversed())).toEqual(names)
  expect(back.map(({ from }) => from)).toEqual(there.map(({ from }) => from).reverse())
})

test('the orders are what they say', async () => {
  const names = async (by: Viewer, filter: MatrixFilter) => namesOf(await pages(by, filter))
  const { rows } = await admin.query(`SELECT s.service, s.rank, s.team, s.recency FROM catalog.service s`)
  const known = new Map(rows.map((row) => [row.service, row]))
  const sorted = (keyOf: (row: { rank: number; team: string; recency: string }) => string) =>
    [...known.keys()].sort((a, b) => {
      const [x, y] = [`${keyOf(known.get(a))} ${a}`, `${keyOf(known.get(b))} ${b}`]
      return x < y ? -1 : 1
    })
  const mine = viewer(['/shop/team3', 'team1'])
  const own = (team: string) => (['team1', 'team3'].includes(team) ? 0 : 1)
  expect(await names(viewer(), {})).toEqual(sorted(({ rank }) => `${rank}`))
  expect(await names(mine, {})).toEqual(sorted(({ rank, team }) => `${rank} ${own(team)}`))
  expect(await names(viewer(), { sort: 'name' })).toEqual(sorted(() => ''))
  expect(await names(viewer(), { sort: 'team' })).toEqual(sorted(({ team, rank }) => `${team} ${rank}`))
  expect(await names(mine, { sort: 'team' })).toEqual(
    sorted(({ team, rank }) => `${own(team)} ${team} ${rank}`),
  )
  const byTime = sorted(({ recency }) => String(10n ** 17n + BigInt(recency)))
  expect(await names(viewer(), { sort: 'deployed' })).toEqual(byTime)
  expect((await read(mine, {})).myTeams).toEqual(['team1', 'team3'])
})

test('while others change, nothing that did not change is lost or shown twice; by name not even they', async () => {
  const moved = Array.from(
    { length: 60 },
    (_, index) => `svc-${String((index * 7) % services).padStart(6, '0')}`,
  )
  const before = namesOf(await pages(viewer(), {}))
  const disturb = (healths: string[]) => async (page: number) =>
    worker.query('UPDATE catalog.application SET health = $1 WHERE service = ANY ($2)', [
      healths[page % healths.length],
      moved.filter((_, index) => index % 3 === page % 3),
    ])
  for (const by of [viewer(), viewer(['team2'])]) {
    const names = namesOf(await pages(by, {}, 'next', undefined, disturb(['Degraded', 'Healthy', 'Missing'])))
    const still = names.filter((name) => !moved.includes(name))
    expect(still.toSorted()).toEqual(before.filter((name) => !moved.includes(name)).sort())
  }
  const byName = namesOf(
    await pages(viewer(), { sort: 'name' }, 'next', undefined, disturb(['Healthy', 'Degraded'])),
  )
  expect(byName).toEqual(before.toSorted())
})

test('a cursor for another order or of a stranger reads a page all the same', async () => {
  const { next } = await read(viewer(), { sort: 'deployed' })
  for (const after of [next, 'nonsense', `${next}x`])
    expect((await read(viewer(), { after })).rows.length).toBe(50)
})

test('what fits several filters is counted', async () => {
  const few = await read(viewer(), { q: 'svc-0000', only: 'behind' })
  expect(few.totalIsMinimum).toBe(false)
  expect(few.total).toBe(namesOf(await pages(viewer(), { q: 'svc-0000', only: 'behind' })).length)
})

test('what no rule maps is paged by instance and name', async () => {
  await admin.query(`INSERT INTO catalog.application (id, instance, namespace, name, project, unmapped_reason)
    SELECT 'app_more' || n, 'main', 'ns' || n % 2, 'twin-' || n / 2, 'project1', 'no rule' FROM generate_series(0, 249) n`)
  const seen: string[] = []
  let page = await listUnmapped(db, viewer(), clock.now())
  for (;;) {
    seen.push(...page.applications.map(({ id }) => id))
    if (!page.next) break
    page = await listUnmapped(db, viewer(), clock.now(), page.next)
  }
  expect(seen.length).toBe(page.total)
  expect(new Set(seen).size).toBe(seen.length)
  expect((await listUnmapped(db, viewer([], ['project1']), clock.now())).total).toBe(251)
  expect((await listUnmapped(db, viewer([], ['none']), clock.now())).total).toBe(0)
})
