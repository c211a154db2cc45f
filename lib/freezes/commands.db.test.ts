import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, expect, test } from 'vitest'
import { type Grant, readScope, type Viewer } from '#lib/access/policy.ts'
import { readService, tagOf } from '#lib/catalog/data.ts'
import { readHead } from '#lib/catalog/rollup.ts'
import { createFakeArgo } from '#lib/dispatch/testing.ts'
import { seedTarget, type Target, work } from '#lib/dispatch/testing-scene.ts'
import { endPause, startPause } from '#lib/pauses/commands.ts'
import { clock, plus } from '#lib/platform/clock.ts'
import { createDb } from '#lib/platform/db.ts'
import { getReleaseRow } from '#lib/releases/data.ts'
import * as seed from '#lib/releases/testing.ts'
import { admin, anna, marta, requester, urls, web } from '#lib/releases/testing-attacks.ts'
import { computeNext, endFreeze, makeFreeze, overrideFreeze, tellTurns } from './commands.ts'
import { freezesOf, listCurrent, listPast, occurrencesOf } from './data.ts'
import { followFreezes } from './execute.ts'
import { freezeSchema } from './schema.ts'

const db = createDb(urls.web)
const workerDb = createDb(urls.worker)
afterAll(() => Promise.all([db.$disconnect(), workerDb.$disconnect()]))

const viewer = (who: seed.Who, ...grants: Grant[]): Viewer => ({
  ...{ accountId: who.account, personId: who.person, name: 'N', initials: 'N', groups: [], grants },
  ...{ service: false, enabled: true },
})
const platform = () => viewer(anna, { role: 'admin' })
const manager = () => viewer(marta, { role: 'manager' })
/** A minute of a day far off, by the clock of UTC, as the form sends it. */
const local = (hours: number) => plus(clock.now(), hours * 3_600_000).slice(0, 16)
const nightly = { kind: 'recurring', schedule: '0 22 * * 5', duration: '56h' }
const anHour = () => ({ kind: 'once', to: local(1) })

const input = (given: Record<string, unknown>) =>
  freezeSchema.parse({ kind: 'deny', zone: 'UTC', reason: 'year end', times: anHour(), ...given })
const made: string[] = []
async function make(given: Record<string, unknown>): Promise<string> {
  const result = await makeFreeze(db, input(given), platform(), clock.now())
  if (!result.ok) throw new Error(result.refusal.code)
  made.push(result.value.id)
  return result.value.id
}
const end = (id: string, by = platform()) => endFreeze(db, id, { reason: 'no longer' }, by)
afterEach(async () => {
  for (const id of made.splice(0)) await end(id)
})

const serviceOf = ({ name }: Target) => name.replace(/-prod$/, '')
async function approvedTarget() {
  const argo = createFakeArgo()
  const target = await seedTarget(admin, argo)
  const { application, plan } = target
  const release = await seed.insertRelease(web, { application, plan, by: requester })
  for (const by of [anna, marta]) await seed.insertDecision(web, { release, plan, requester, by })
  await seed.moveRelease(web, release, 'approved', { kind: 'person', ...marta }, ', approved_at = now()')
  await seed.anchorAll(admin)
  return { argo, target, release }
}
const waitingFor = async (release: string) => (await getReleaseRow(db, release))?.waitingFor

test('an approved release waits while it is frozen, says why, and goes exactly once when the freeze ends', async () => {
  const { argo, target, release } = await approvedTarget()
  const freeze = await make({ service: serviceOf(target) })
  expect(await work(workerDb, argo)).toBe(release)
  expect(await getReleaseRow(db, release)).toMatchObject({
    state: 'approved',
    waitingFor: expect.stringMatching(/^Frozen until \d+ \w+ \d\d:\d\d \(UTC\): year end$/),
  })
  expect(await work(workerDb, argo)).toBeNull()
  const stopped = await startPause(
    db,
    { scope: 'project', project: 'shop', reason: 'orders fail' },
    platform(),
  )
  expect(await waitingFor(release)).toBe('Waiting: paused by Anna Beck: orders fail')
  if (stopped.ok) await endPause(db, stopped.value.id, { reason: 'fixed' }, platform())
  expect(await waitingFor(release)).toContain('Frozen until')
  expect(argo.requests()).toBe(0)
  expect(await end(freeze)).toMatchObject({ ok: true })
  expect(await work(workerDb, argo)).toBe(release)
  expect(await getReleaseRow(db, release)).toMatchObject({ state: 'succeeded', waitingFor: null })
  expect([argo.requests(), argo.accepted.length]).toEqual([1, 1])
})

test('it goes by itself when the time of the freeze is over, and is not claimed before', async () => {
  const { argo, target, release } = await approvedTarget()
  const freeze = await make({ service: serviceOf(target) })
  await work(workerDb, argo)
  const since = await tellTurns(workerDb, null)
  await admin.query(`BEGIN; SET LOCAL session_replication_role = replica;
    UPDATE rel.freeze SET starts_at = starts_at - interval '2 hours', ends_at = now() WHERE id = '${freeze}'; COMMIT`)
  expect(await tellTurns(workerDb, since)).not.toBe(since)
  expect(await work(workerDb, argo)).toBe(release)
  expect(argo.accepted).toHaveLength(1)
})

test('a freeze between the look and the intent holds it back as well', async () => {
  const { argo, target, release } = await approvedTarget()
  let freeze = ''
  await work(workerDb, argo, {
    reached: async (point) => {
      if (point === 'checked') freeze = await make({ service: serviceOf(target) })
    },
  })
  expect(await getReleaseRow(db, release)).toMatchObject({ state: 'approved' })
  expect(argo.requests()).toBe(0)
  await end(freeze)
  await work(workerDb, argo)
  expect(argo.accepted).toHaveLength(1)
})

test('a recurring one holds at once, is computed by the worker, and then lets go or tells until when', async () => {
  const { argo, target, release } = await approvedTarget()
  const service = serviceOf(target)
  const freeze = await make({ service, times: nightly, kind: 'allow', zone: 'Europe/Berlin' })
  await work(workerDb, argo)
  expect(await waitingFor(release)).toContain('nobody has computed yet when this deployment window is on')
  await followFreezes(workerDb)()
  const [window] = await freezesOf(db, target.application)
  expect(window).toMatchObject({ id: freeze, kind: 'allow', by: 'Anna Beck', override: null })
  const open = window?.standing === 'on'
  expect(await waitingFor(release)).toMatch(
    open ? /^$|null/ : /^Next window opens \d+ \w+ 22:00 \(Europe\/Berlin\)/,
  )
  expect(window?.holding).toBe(!open)
  const now = clock.now()
  const times = (await occurrencesOf(db, [freeze], now, plus(now, 89 * 86_400_000))).get(freeze) ?? []
  expect(times.length).toBeGreaterThanOrEqual(12)
  expect(await computeNext(workerDb, '')).toBeNull()
  // A day later another day is computed, and nothing twice.
  await admin.query(`BEGIN; SET LOCAL session_replication_role = replica;
    UPDATE rel.freeze_horizon SET computed_until = computed_until - interval '3 days' WHERE freeze_id = '${freeze}';
    DELETE FROM rel.freeze_occurrence o USING rel.freeze_horizon h
      WHERE o.freeze_id = '${freeze}' AND h.freeze_id = o.freeze_id AND lower(o.during) >= h.computed_until;
    UPDATE rel.freeze_occurrence o SET during = tstzrange(lower(o.during), least(upper(o.during), h.computed_until))
      FROM rel.freeze_horizon h WHERE o.freeze_id = '${freeze}' AND h.freeze_id = o.freeze_id;
    COMMIT`)
  expect(await computeNext(workerDb, '')).toMatchObject({ id: freeze })
  expect(await computeNext(workerDb, '')).toBeNull()
})

test('a manager lets one release through, with a reason that the log keeps', async () => {
  const { argo, target, release } = await approvedTarget()
  const freeze = await make({ service: serviceOf(target) })
  await work(workerDb, argo)
  const hotfix = { freeze, reason: 'customers wait' }
  const refusal = async (by: Viewer, given = hotfix) => {
    const result = await overrideFreeze(db, release, given, by)
    return result.ok ? 'ok' : result.refusal.code
  }
  expect(await refusal(platform())).toBe('not-allowed-to-override')
  expect(await refusal(viewer(requester, { role: 'manager' }))).toBe('own-request')
  expect(await refusal(viewer(marta, { role: 'manager', projects: ['payments'] }))).toBe('no-such-release')
  const later = await make({
    service: serviceOf(target),
    times: { kind: 'once', from: local(2), to: local(3) },
  })
  expect(await refusal(manager(), { ...hotfix, freeze: later })).toBe('not-holding')
  expect(await refusal(manager())).toBe('ok')
  expect(await refusal(manager())).toBe('already-overridden')
  expect((await freezesOf(db, target.application)).find(({ id }) => id === freeze)).toMatchObject({
    ...{ standing: 'overridden', holding: false },
    override: { by: 'Marta Bauer', reason: 'customers wait' },
  })
  await work(workerDb, argo)
  expect(argo.accepted).toHaveLength(1)
  expect(await refusal(manager())).toBe('too-late')
  const { rows } = await admin.query(
    `SELECT type, count(*)::int AS n FROM audit.event WHERE release_id = $1 AND type LIKE 'freeze.%' GROUP BY 1 ORDER BY 1`,
    [release],
  )
  expect(rows).toEqual([
    { type: 'freeze.overridden', n: 1 },
    { type: 'freeze.override-refused', n: 5 },
  ])
})

test('who makes and ends them, and of which nobody hears', async () => {
  const code = async (given: Record<string, unknown>, by: Viewer) => {
    const result = await makeFreeze(db, input(given), by, clock.now())
    if (result.ok) made.push(result.value.id)
    return result.ok ? 'ok' : result.refusal.code
  }
  const shopAdmin = viewer(anna, { role: 'admin', projects: ['shop'] })
  expect(await code({}, shopAdmin)).toBe('not-allowed-to-freeze')
  expect(await code({ project: 'shop' }, shopAdmin)).toBe('ok')
  expect(await code({ project: 'shop' }, manager())).toBe('not-allowed-to-freeze')
  expect(await code({ project: 'nothing' }, platform())).toBe('no-such-place')
  expect(await code({ project: 'shop' }, viewer(anna, { role: 'admin', projects: ['payments'] }))).toBe(
    'no-such-place',
  )
  expect(await code({ times: { ...nightly, schedule: '* * * * *', duration: '8' } }, platform())).toBe(
    'bad-times',
  )
  const [id = ''] = made
  const payments = readScope(viewer(anna, { role: 'admin', projects: ['payments'] }))
  expect((await listCurrent(db, 'all')).map((each) => each.id)).toContain(id)
  expect((await listCurrent(db, payments)).map((each) => each.id)).not.toContain(id)
  expect(await end(id, manager())).toMatchObject({ refusal: { code: 'not-allowed-to-freeze' } })
  expect(await end(id, viewer(anna, { role: 'admin', projects: ['payments'] }))).toMatchObject({
    refusal: { code: 'no-such-freeze' },
  })
  expect(await end(id, shopAdmin)).toMatchObject({ ok: true })
  expect(await end(id)).toMatchObject({ refusal: { code: 'already-over' } })
  expect((await listPast(db, 'all', { limit: 1 })).freezes[0]).toMatchObject({
    id,
    ended: { by: 'Anna Beck', reason: 'no longer' },
  })
  expect(await listPast(db, 'none', {})).toEqual({ freezes: [] })
})

test('the matrix says where releases are held back and until when, and its tag follows', async () => {
  const target = await seedTarget(admin, createFakeArgo())
  const service = serviceOf(target)
  const environments = [{ name: 'prod', protected: true }]
  const cell = async () =>
    (await readService(db, platform(), clock.now(), environments, service))?.columns[0]?.cells[0]
  const tag = async () => {
    const head = await readHead(db, platform(), clock.now())
    if (!head) throw new Error('an admin reads')
    return tagOf(head, environments, {})
  }
  const [one, two, three] = [local(1), local(2), local(3)]
  const before = await tag()
  expect(await tag()).toBe(before)
  expect(await cell()).not.toHaveProperty('frozen')
  await make({ service, times: { kind: 'once', to: two } })
  const freeze = await make({ service, times: { kind: 'once', to: three } })
  await make({ service, kind: 'allow', times: { kind: 'once', from: one, to: three } })
  expect(await cell()).toMatchObject({ frozen: { until: `${three}:00.000Z` } })
  const during = await tag()
  expect(during).not.toBe(before)
  await end(freeze)
  expect(await cell()).toMatchObject({ frozen: { until: `${two}:00.000Z` } })
  expect(await tag()).not.toBe(during)
})

test('freeze and dispatch: never do both win', { timeout: 60_000 }, async () => {
  const outcomes = new Set<string>()
  for (let round = 0; round < 16; round += 1) {
    const { argo, target, release } = await approvedTarget()
    const point = (['claimed', 'checked'] as const)[round % 2]
    const at = Promise.withResolvers<void>()
    const [, freeze] = await Promise.all([
      work(workerDb, argo, { reached: (now) => (now === point ? at.resolve() : undefined) }),
      at.promise.then(async () => {
        await pause(Math.random() * 8)
        return make({ service: serviceOf(target) })
      }),
    ])
    const { rows } = await admin.query(
      `SELECT e.type FROM audit.log l JOIN audit.event e ON e.id = l.event_id
       WHERE (e.release_id = $1 AND e.type = 'release.intent')
         OR e.id = (SELECT event_id FROM rel.freeze WHERE id = $2) ORDER BY l.seq`,
      [release, freeze],
    )
    const order = rows.map(({ type }) => type).join()
    const { state } = (await getReleaseRow(db, release)) ?? {}
    // Whatever was written of the intent was written before the freeze.
    expect([order, state, argo.accepted.length]).toEqual(
      argo.accepted.length > 0
        ? ['release.intent,freeze.made', 'succeeded', 1]
        : ['freeze.made', 'approved', 0],
    )
    outcomes.add(order)
  }
  expect(outcomes.size).toBeGreaterThan(0)
})
