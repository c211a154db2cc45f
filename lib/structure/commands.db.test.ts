import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { clock } from '#lib/platform/clock.ts'
import { createDb } from '#lib/platform/db.ts'
import { listen, type Names } from '#lib/platform/notify.ts'
import { testDatabase } from '#lib/platform/testing.ts'
import { noteAsked, watchListing } from './commands.ts'

const { urls } = await testDatabase()
const db = createDb(urls.worker)
const heard: Names[] = []
let listener: { close: () => Promise<void> }

beforeAll(async () => {
  await db.instance.createMany({
    data: [{ name: 'new' }, { name: 'old', state: 'connected', sweptAt: clock.now() }],
  })
  listener = await listen(
    urls.worker,
    (names) => heard.push(names),
    () => {},
  )
})
afterAll(async () => {
  await listener.close()
  await db.$disconnect()
})
const report = (instance: string) => db.instanceReport.findUniqueOrThrow({ where: { instance } })

test('a first list says how far it has come, a later one bothers nobody', async () => {
  let nowMs = 0
  const time = vi.spyOn(clock, 'monotonicMs').mockImplementation(() => nowMs)
  const [first, later] = [await watchListing(db, 'new'), await watchListing(db, 'old')]
  await first.came(10)
  expect(await report('new')).toMatchObject({ listingSeen: 0, listingKnown: 0 })
  nowMs = 2_500
  await first.came(620)
  await later.came(620)
  expect(await report('new')).toMatchObject({ listingSeen: 620, listingSince: expect.any(Date) })
  expect(await report('old')).toMatchObject({ listingSeen: 0 })
  await first.end()
  await later.end()
  expect(await report('new')).toMatchObject({ listingSince: null })
  await expect.poll(() => heard).toEqual([{ instance: 'new' }])
  time.mockRestore()
})

test('what came of asking is told once, and a failure keeps when it was last read', async () => {
  heard.length = 0
  const read = { state: 'read' } as const
  const failed = { state: 'failed', detail: 'x'.repeat(900) } as const
  await noteAsked(db, 'old', { sets: read, projects: read })
  const before = await report('old')
  await noteAsked(db, 'old', { sets: failed, projects: { state: 'forbidden', detail: 'permission denied' } })
  await noteAsked(db, 'old', { sets: failed, projects: { state: 'forbidden', detail: 'permission denied' } })
  const after = await report('old')
  expect(after).toMatchObject({
    setsState: 'failed',
    projectsState: 'forbidden',
    projectsDetail: 'permission denied',
  })
  expect(after.setsReadAt).toEqual(before.setsReadAt)
  expect(after.setsDetail).toHaveLength(500)
  await expect
    .poll(() => heard)
    .toEqual([
      { instance: 'old', catalog: true },
      { instance: 'old', catalog: true },
    ])
})
