import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { runningAt } from '#lib/deployments/data.ts'
import { instant } from '#lib/platform/clock.ts'
import { createDb } from '#lib/platform/db.ts'
import { testDatabase } from '#lib/platform/testing.ts'
import { problemRow } from './application-row.ts'
import { markGone, missingFrom, registerInstances, type SeenRow, upsertApplications } from './commands.ts'
import { rowFor, type Told, time } from './testing-rows.ts'
import { catalog } from './testing-truth.ts'

const { urls } = await testDatabase()
const db = createDb(urls.worker)
const admin = createDb(urls.admin)
afterAll(() => Promise.all([db.$disconnect(), admin.$disconnect()]))

let count = 0
let instance = ''
beforeEach(async () => {
  instance = `trust${count++}`
  await registerInstances(db, [{ name: instance, webUrl: 'https://argo.example' }])
})

const row = (name: string, told: Told = {}) => rowFor(instance, name, told)
const see = (...rows: SeenRow[]) => upsertApplications(db, instance, rows)
const key = (name: string) => ({ namespace: 'argocd', name })
const stored = (name: string) => db.application.findFirstOrThrow({ where: { instanceName: instance, name } })
const stays = async (name: string) => {
  const { id } = await stored(name)
  return db.$queryRaw<{ began: string; ended: string | null; renamed: string | null }[]>`
    SELECT p.began, p.ended, o.name AS renamed FROM catalog.presence p LEFT JOIN catalog.application o ON o.id = p.renamed_from
    WHERE p.application_id = ${id} ORDER BY lower(p.during)`
}

describe('nothing is written where nothing changed', () => {
  /** Where every row stands and who wrote or locked it last. */
  const marks = () => admin.$queryRaw`
    SELECT 'a', ctid::text, xmin::text, xmax::text FROM catalog.application WHERE instance = ${instance}
    UNION ALL SELECT 'd', d.ctid::text, d.xmin::text, d.xmax::text FROM catalog.deployment d
    UNION ALL SELECT 's', s.ctid::text, s.xmin::text, s.xmax::text FROM catalog.status_point s
    UNION ALL SELECT 'p', p.ctid::text, p.xmin::text, p.xmax::text FROM catalog.presence p
    UNION ALL SELECT 'l', l.ctid::text, l.xmin::text, l.xmax::text FROM catalog.placement_point l ORDER BY 1, 2`

  test('the same events a thousand times: no row is written or even locked', async () => {
    const rows = Array.from({ length: 50 }, (_, i) => row(`app-${i}`, { history: [0, 1, 2] }))
    await see(...rows)
    const before = await marks()
    for (let i = 0; i < 20; i++) {
      const again = Array.from({ length: 50 }, (_, n) =>
        row(`app-${n}`, { history: [0, 1, 2], version: 2 + i }),
      )
      expect(await see(...again)).toEqual([])
    }
    expect(await marks()).toEqual(before)
  })

  test('health that flaps updates in place, adds one point each, and leaves no other row behind', async () => {
    await see(row('flapping'))
    const stats = async () => {
      await admin.$queryRaw`SELECT pg_stat_force_next_flush()::text`
      await admin.$queryRaw`SELECT pg_stat_clear_snapshot()::text`
      const rows = await admin.$queryRaw<{ name: string; updated: number; inserted: number }[]>`
        SELECT relname AS name, n_tup_upd::int AS updated, n_tup_ins::int AS inserted FROM pg_stat_user_tables
        WHERE relname IN ('application', 'deployment', 'status_point', 'placement_point', 'presence')`
      return Object.fromEntries(rows.map(({ name, ...n }) => [name, n]))
    }
    const flaps = 60
    const flapping = createDb(urls.worker)
    for (let i = 0; i < flaps; i++) {
      const next = row('flapping', { version: 2 + i, health: i % 2 ? 'Healthy' : 'Degraded' })
      await upsertApplications(flapping, instance, [next])
    }
    const { id } = await stored('flapping')
    expect(await db.statusPoint.count({ where: { applicationId: id } })).toBe(flaps + 1)
    expect(await db.placementPoint.count({ where: { applicationId: id } })).toBe(1)
    expect(await db.deployment.count({ where: { applicationId: id } })).toBe(1)
    // What other connections did is counted when they end, or ten seconds after they rest.
    await flapping.$disconnect()
    await expect
      .poll(() => stats().then((s) => s.application?.updated), { timeout: 20_000 })
      .toBeGreaterThanOrEqual(flaps)
    const after = await stats()
    for (const table of ['deployment', 'status_point', 'placement_point'])
      expect(after[table]?.updated).toBe(0)
  }, 30_000)
})

describe('what is older is not believed', () => {
  test('an event that comes late changes nothing', async () => {
    await see(row('a', { version: 10, health: 'Degraded' }))
    await see(row('a', { version: 9, health: 'Healthy' }))
    expect((await stored('a')).health).toBe('Degraded')
  })

  test('one that was deleted stays deleted when an older event comes after, also from a list begun before', async () => {
    await see(row('a', { version: 10 }))
    await markGone(db, instance, [{ key: key('a'), reason: 'deleted', uid: 'u1', resourceVersion: '12' }])
    await see(row('a', { version: 11, health: 'Degraded' }))
    expect(await stored('a')).toMatchObject({ goneReason: 'deleted', health: 'Healthy' })
  })

  test('the end of an earlier object does not end the one that took its name', async () => {
    await see(row('a', { version: 10 }))
    await see(row('a', { version: 20, uid: 'u2', born: 30, history: [] }))
    await markGone(db, instance, [{ key: key('a'), reason: 'deleted', uid: 'u1', resourceVersion: '15' }])
    await see(row('a', { version: 14, health: 'Degraded' }))
    expect(await stored('a')).toMatchObject({ goneAt: null, uid: 'u2', health: 'Healthy' })
  })

  test('a cluster restored from a backup counts lower: a whole list is believed after ten minutes, an event is not', async () => {
    await see(row('a', { version: 1000 }))
    await admin.$executeRaw`UPDATE catalog.application SET observed_at = now() - interval '11 minutes' WHERE instance = ${instance}`
    await see(row('a', { version: 5, health: 'Degraded' }))
    expect((await stored('a')).health).toBe('Healthy')
    await upsertApplications(db, instance, [row('a', { version: 5, health: 'Degraded' })], true)
    expect((await stored('a')).health).toBe('Degraded')
  })
})

describe('five ways to be gone or different', () => {
  test('deleted and made anew: another uid, another life, another range', async () => {
    await see(row('a', { history: [0, 1] }))
    await see(row('a', { version: 9, uid: 'u2', born: 30, history: [] }))
    expect(await stays('a')).toMatchObject([
      { began: 'found', ended: 'recreated' },
      { began: 'recreated', ended: null },
    ])
    const then = (await runningAt(db, 'all', instant(time(29)))).find((one) => one.instance === instance)
    expect(then?.deployment?.historyId).toBe(1)
    const now = await runningAt(db, 'all', instant(time(31)))
    expect(now.find((one) => one.instance === instance)?.deployment ?? null).toBeNull()
  })

  test('renamed: one went, one came with the same sources and destination', async () => {
    await db.instance.update({ where: { name: instance }, data: { sweptAt: new Date() } })
    await see(row('old', { path: 'checkout' }), row('other', { path: 'other', uid: 'u9' }))
    await markGone(db, instance, [{ key: key('old'), reason: 'deleted' }])
    await see(row('new', { path: 'checkout', uid: 'u2', version: 20 }))
    expect(await stays('new')).toMatchObject([{ began: 'created', renamed: 'old' }])
    expect(await stays('other')).toMatchObject([{ renamed: null }])
  })

  test('moved to another project: the same life, and both places are kept', async () => {
    await see(row('a'))
    await see(row('a', { version: 2, project: 'payments' }))
    const { id, project } = await stored('a')
    expect(project).toBe('payments')
    const places = await db.placementPoint.findMany({ where: { applicationId: id }, orderBy: { at: 'asc' } })
    expect(places.map((place) => place.project)).toEqual(['shop', 'payments'])
    expect(await stays('a')).toHaveLength(1)
  })

  test('lost permission: gone from our sight, what it ran goes on; back again it is the same', async () => {
    await see(row('a'))
    await markGone(db, instance, [{ key: key('a'), reason: 'not-permitted' }])
    expect(await stays('a')).toMatchObject([{ ended: 'not-permitted' }])
    const now = instant(new Date(Date.now() + 1_000))
    const [then] = (await runningAt(db, 'all', now)).filter((one) => one.instance === instance)
    expect(then).toMatchObject({ presence: { is: 'gone', why: 'not-permitted' }, deployment: { to: null } })
    await see(row('a'))
    expect(await stays('a')).toMatchObject([{ ended: 'not-permitted' }, { began: 'returned', ended: null }])
  })

  test('missing from a list: only what the watch has not told since, and it is said better later', async () => {
    await see(row('a'), row('b'))
    const since = instant(new Date(Date.now() + 5_000))
    expect((await missingFrom(db, instance, new Set(['argocd/b']), since)).map((one) => one.name)).toEqual([
      'a',
    ])
    expect(await missingFrom(db, instance, new Set(), instant(new Date(Date.now() - 60_000)))).toEqual([])
    await markGone(db, instance, [{ key: key('a'), reason: 'vanished' }])
    expect((await stored('a')).goneReason).toBe('vanished')
    await markGone(db, instance, [{ key: key('a'), reason: 'deleted' }])
    expect(await stays('a')).toMatchObject([{ ended: 'deleted' }])
  })
})

describe('text that Postgres does not take', () => {
  test.each([
    ['NUL', 'a\0b', 'a\ufffdb'],
    ['half a pair', 'a\ud800b', 'a\ufffdb'],
    ['an escape that is only text', 'a\\u0000b', 'a\\u0000b'],
  ])('%s becomes a mark and stops nobody', async (_what, message, shown) => {
    await see(row('bad', { message }), row('good', { uid: 'u2' }))
    expect((await stored('bad')).healthMessage).toBe(shown)
    expect((await stored('good')).problem).toBeNull()
  })
})

test('one that cannot be understood keeps what was known of it, with the reason beside it, until it can again', async () => {
  await see(row('a', { history: [0, 1] }))
  await see(problemRow(instance, key('a'), 'not understood: spec', catalog))
  expect(await stored('a')).toMatchObject({
    problem: 'not understood: spec',
    health: 'Healthy',
    service: 'checkout',
  })
  await see(row('a', { history: [0, 1] }))
  expect((await stored('a')).problem).toBeNull()
  expect(await db.deployment.count({ where: { applicationId: (await stored('a')).id } })).toBe(2)
})
