import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Grant, Viewer } from '#lib/access/policy.ts'
import { readSide } from '#lib/comparison/comparison.ts'
import { readBetween, readComparison } from '#lib/comparison/data.ts'
import { type Instant, instant } from '#lib/platform/clock.ts'
import { createDb, type Db } from '#lib/platform/db.ts'
import { testDatabase } from '#lib/platform/testing.ts'
import * as seed from '#lib/releases/testing.ts'
import { hasPlace, readMatrixThen, readServicesThen, readSteps } from './data.ts'
import { readGrid } from './grid-read.ts'
import { readPeople } from './people-read.ts'

const { urls } = await testDatabase()
const environments = [
  { name: 'staging', protected: false },
  { name: 'prod', protected: true },
]
const names = environments.map(({ name }) => name)
const day = (n: number, hours = 0): Instant => instant(Date.UTC(2026, 5, n, hours))
let admin: pg.Client
let db: Db

const viewer = (...grants: Grant[]): Viewer => ({
  ...{ accountId: 'usr_0', personId: 'per_0', name: 'Somebody', initials: 'S', groups: [], grants },
  ...{ service: false, enabled: true },
})
const everything = viewer({ role: 'auditor' })
const shopOnly = viewer({ role: 'viewer', projects: ['shop'] })
const shopAndPay = viewer({ role: 'viewer', projects: ['shop', 'pay'] })
const nobody = viewer()

type App = {
  service: string
  environment: string
  project?: string
  seen?: number
  gone?: [number, string]
  uid?: string
}

/** An application that was first seen on a day of June, with its place from then on. */
async function application(id: string, app: App): Promise<void> {
  const { service, environment, project = 'shop', seen = 5, gone } = app
  await admin.query(
    `INSERT INTO catalog.application (id, instance, namespace, name, project, service, environment, uid, first_seen_at, gone_at, gone_reason)
     VALUES ($1, 'main', 'argocd', $2, $3, $4, $5, 'u', $6, $7, $8)`,
    [
      id,
      id.slice(4),
      project,
      service,
      environment,
      day(seen),
      gone ? day(gone[0]) : null,
      gone?.[1] ?? null,
    ],
  )
  await admin.query(
    `INSERT INTO catalog.presence (application_id, uid, during, began, ended) VALUES ($1, 'u', tstzrange($2, $3), 'found', $4)`,
    [id, day(seen), gone ? day(gone[0]) : null, gone?.[1] ?? null],
  )
  await place(id, seen, { service, environment, project })
}

const place = (id: string, on: number, { service, environment, project = 'shop' }: App) =>
  admin.query(
    `INSERT INTO catalog.placement_point (application_id, at, project, service, environment, protected) VALUES ($1, $2, $3, $4, $5, $6)`,
    [id, day(on), project, service, environment, environment === 'prod'],
  )

const status = (id: string, on: number, health: string) =>
  admin.query(
    `INSERT INTO catalog.status_point (application_id, at, sync, health, coming, automated) VALUES ($1, $2, 'Synced', $3, 'in-sync', true)`,
    [id, day(on), health],
  )

type Ran = {
  version: string | null
  from: number
  to?: number
  known?: string
  actor?: string
  service?: string
}
let count = 0
async function ran(
  id: string,
  { version, from, to, known = 'seen-live', actor, service }: Ran,
): Promise<void> {
  count += 1
  await admin.query(
    `INSERT INTO catalog.deployment (id, application_id, during, service, environment, revisions, version, images, cause, actor, known_from)
     SELECT $1, a.id, tstzrange($3, $4), coalesce($10, a.service), a.environment, $5, $6, $7, $8, $9, $11 FROM catalog.application a WHERE a.id = $2`,
    [
      `dep_${count}`,
      id,
      day(from),
      to === undefined ? null : day(to),
      version === null ? [] : [shaOf(version)],
      version,
      version === null ? [] : [`shop:${version}`],
      actor ? 'account' : 'automation',
      actor ?? null,
      service ?? null,
      known,
    ],
  )
}
const shaOf = (version: string) => Buffer.from(version.padEnd(20, '0')).toString('hex')

beforeAll(async () => {
  admin = await seed.connect(urls.admin)
  db = createDb(urls.web)
  await admin.query(`INSERT INTO catalog.instance (name) VALUES ('main')`)
  await application('app_cs', { service: 'cart', environment: 'staging' })
  await application('app_cp', { service: 'cart', environment: 'prod' })
  await application('app_ps', { service: 'pay', environment: 'staging', project: 'pay' })
  await application('app_pp', { service: 'pay', environment: 'prod', project: 'secret' })
  await application('app_gone', { service: 'old', environment: 'prod', gone: [12, 'deleted'] })
  await application('app_hidden', { service: 'hush', environment: 'prod', gone: [12, 'not-permitted'] })
  await status('app_cs', 5, 'Healthy')
  await status('app_cs', 11, 'Degraded')
  await ran('app_cs', { version: '1.0.0', from: 2, to: 10, known: 'history' })
  await ran('app_cs', { version: '1.1.0', from: 10, to: 14, actor: 'mallory' })
  await ran('app_cs', { version: '1.2.0', from: 14 })
  await ran('app_cp', { version: '1.0.0', from: 3, to: 16, known: 'history' })
  await ran('app_cp', { version: '1.2.0', from: 16 })
  await ran('app_ps', { version: '3.0.0', from: 6 })
  await ran('app_pp', { version: '2.0.0', from: 4, to: 7, actor: 'insider' })
  await ran('app_pp', { version: '2.5.0', from: 7 })
  await ran('app_gone', { version: '9.0.0', from: 4, to: 12 })
  await ran('app_hidden', { version: '7.0.0', from: 4 })
  for (const [version, on] of [
    ['1.0.0', 1],
    ['1.1.0', 9],
    ['1.2.0', 13],
  ] as const)
    await admin.query(
      `INSERT INTO catalog.commit (sha, project, application_id, subject, author, at) VALUES ($1, 'shop', 'app_cs', $2, 'Mei Lin', $3)`,
      [shaOf(version), `Release ${version}`, day(on)],
    )
  await admin.query(
    `INSERT INTO catalog.attempt (application_id, started_at, finished_at, kind, phase, message, revisions, cause)
     VALUES ('app_cp', $1, $2, 'sync', 'Failed', 'quota', $3, 'automation')`,
    [day(15), day(15, 1), [shaOf('1.2.0')]],
  )
})
afterAll(async () => {
  await db.$disconnect()
  await admin.end()
})

const then = async (at: Instant, who = everything, filter = {}) => {
  const { rows } = await readMatrixThen(db, who, at, environments, filter)
  return Object.fromEntries(
    rows.map(({ service, cells }) => [
      service,
      Object.fromEntries(
        Object.entries(cells).map(([name, all]) => [name, all.map(({ version }) => version)]),
      ),
    ]),
  )
}

describe('what ran at a moment', () => {
  test('before anything is known there is nothing', async () => {
    expect(await then(day(1))).toEqual({})
  })
  test('before anybody looked, history speaks', async () => {
    const { rows } = await readServicesThen(db, everything, day(4, 12), environments, ['cart'])
    expect(rows[0]?.cells.staging?.[0]).toMatchObject({
      version: '1.0.0',
      knownFrom: 'history',
      health: null,
    })
    expect(rows[0]?.cells.staging?.[0]?.absence).toMatch(/not watching yet/)
  })
  test.each([
    [instant(Date.parse(day(10)) - 1), '1.0.0'],
    [day(10), '1.1.0'],
    [instant(Date.parse(day(14)) - 1), '1.1.0'],
    [day(14), '1.2.0'],
  ])('on the bound of a half-open range: %s', async (at, version) => {
    expect((await then(at)).cart?.staging).toEqual([version])
  })
  test('status, cause and end are those of the moment', async () => {
    const { rows } = await readServicesThen(db, everything, day(11), environments, ['cart'])
    expect(rows[0]?.cells.staging?.[0]).toMatchObject({
      ...{ version: '1.1.0', health: 'Degraded', cause: 'account', actor: 'mallory', until: day(14) },
      knownFrom: 'seen-live',
    })
    expect(rows[0]?.cells.prod?.[0]?.relation).toEqual({ kind: 'behind' })
  })
  test('what was deleted was there before and is not after; what we may not see may run on', async () => {
    expect(await then(day(11))).toMatchObject({ old: { prod: ['9.0.0'] }, hush: { prod: ['7.0.0'] } })
    const later = await then(day(13))
    expect(later.old).toBeUndefined()
    expect(later.hush).toEqual({ prod: ['7.0.0'] })
  })
  test('filter, pages and steps', async () => {
    expect(Object.keys(await then(day(11), everything, { q: 'CAR' }))).toEqual(['cart'])
    expect(Object.keys(await then(day(11), everything, { q: '%' }))).toEqual([])
    expect(Object.keys(await then(day(11), everything, { after: 'cart' }))).toEqual(['hush', 'old', 'pay'])
    expect(await readSteps(db, everything, day(14), ['cart'])).toEqual({
      ...{ since: day(2), previous: day(10), next: day(16) },
    })
  })
})

describe('recreated, moved to another project', () => {
  beforeAll(async () => {
    await application('app_re', { service: 'again', environment: 'prod' })
    await admin.query(
      `UPDATE catalog.presence SET during = tstzrange($1, $2), ended = 'recreated' WHERE application_id = 'app_re'`,
      [day(5), day(8)],
    )
    await admin.query(
      `INSERT INTO catalog.presence (application_id, uid, during, began) VALUES ('app_re', 'v', tstzrange($1, NULL), 'recreated')`,
      [day(9)],
    )
    await ran('app_re', { version: '1.0.0', from: 6, to: 8 })
    await ran('app_re', { version: '5.0.0', from: 9 })
    // Was in pay until the 10th; today it is in shop, and today's project decides who may read its past.
    await application('app_moved', { service: 'mover', environment: 'prod', project: 'pay' })
    await place('app_moved', 10, { service: 'mover', environment: 'prod', project: 'shop' })
    await admin.query(`UPDATE catalog.application SET project = 'shop' WHERE id = 'app_moved'`)
    await ran('app_moved', { version: '4.0.0', from: 6 })
  })
  test('one life after the other', async () => {
    expect((await then(day(7))).again).toEqual({ prod: ['1.0.0'] })
    expect((await then(day(8, 12))).again).toBeUndefined()
    expect((await then(day(9))).again).toEqual({ prod: ['5.0.0'] })
  })
  test("today's project decides", async () => {
    expect((await then(day(7), shopOnly)).mover).toEqual({ prod: ['4.0.0'] })
    expect((await then(day(7), viewer({ role: 'viewer', projects: ['pay'] }))).mover).toBeUndefined()
  })
})

describe('scope', () => {
  const at = day(8)
  test('somebody of two projects sees exactly these', async () => {
    expect(await then(at, shopAndPay)).toMatchObject({ pay: { staging: ['3.0.0'] } })
    expect((await then(at, shopAndPay)).pay?.prod).toBeUndefined()
    expect(Object.keys(await then(at, shopOnly))).not.toContain('pay')
    expect(await then(at, nobody)).toEqual({})
  })
  test('steps, first moment and existence leak nothing', async () => {
    expect(await readSteps(db, shopAndPay, at, ['pay'])).toMatchObject({ previous: day(6), next: null })
    expect((await readSteps(db, viewer({ role: 'viewer', projects: ['pay'] }), at, [])).since).toEqual(day(6))
    expect(await hasPlace(db, shopOnly, 'pay')).toBe(false)
    expect(await hasPlace(db, shopAndPay, 'pay')).toBe(true)
    expect(await readSteps(db, nobody, at, ['pay'])).toEqual({ since: null, previous: null, next: null })
  })
  test('history and people', async () => {
    const grid = await readGrid(db, shopAndPay, 'pay', day(20), names)
    expect(grid.lanes.map(({ application }) => application)).toEqual(['app_ps'])
    expect(grid.lines.map(({ key }) => key)).toEqual(['3.0.0'])
    expect(await readGrid(db, shopOnly, 'pay', day(20), names)).toEqual({ lanes: [], lines: [] })
    expect(await readPeople(db, shopAndPay, 'pay', day(20))).toEqual([])
    expect(await readPeople(db, everything, 'pay', day(20))).toMatchObject([
      { name: 'insider', account: true },
    ])
    // Subjects of commits belong to their project.
    const cart = await readGrid(db, shopOnly, 'cart', day(20), names)
    expect(cart.lines[0]?.commits.map(({ subject }) => subject)).toEqual(['Release 1.2.0'])
  })
  test('comparison: rows, counts, places and commits', async () => {
    const asked = {
      left: readSide('staging', at) ?? fail(),
      right: readSide('prod', at) ?? fail(),
      only: 'all' as const,
    }
    const all = await readComparison(db, everything, day(20), environments, asked)
    expect(all.rows.find(({ service }) => service === 'pay')?.pairs[0]?.difference).toEqual({
      kind: 'version',
      order: 'ahead',
    })
    const two = await readComparison(db, shopAndPay, day(20), environments, asked)
    expect(two.rows.find(({ service }) => service === 'pay')?.pairs[0]?.difference).toEqual({
      kind: 'only-left',
    })
    expect(two.counts.version).toBe(all.counts.version - 1)
    const shop = await readComparison(db, shopOnly, day(20), environments, asked)
    expect(shop.rows.map(({ service }) => service)).not.toContain('pay')
    const pair = all.rows.find(({ service }) => service === 'cart')?.pairs[0]
    const [left, right] = [pair?.left ?? fail(), pair?.right ?? fail()]
    expect(
      (await readBetween(db, viewer({ role: 'viewer', projects: ['pay'] }), 'cart', left, right)).commits,
    ).toEqual([])
  })
})

const fail = (): never => {
  throw new Error('not there')
}

describe('history of a service', () => {
  const kinds = async (at: Instant) => {
    const { lines } = await readGrid(db, everything, 'cart', at, names)
    return lines.map(({ key, cells }) => [key, ...cells.map(({ kind }) => kind)])
  }
  test('what was live, came and was skipped', async () => {
    expect(await kinds(day(20))).toEqual([
      ['1.2.0', 'live', 'live'],
      ['1.1.0', 'was-here', 'skipped'],
      ['1.0.0', 'was-here', 'was-here'],
    ])
  })
  test('as of a moment: what failed by then, what was still in flight', async () => {
    expect(await kinds(day(15, 12))).toEqual([
      ['1.2.0', 'live', 'failed'],
      ['1.1.0', 'was-here', 'none'],
      ['1.0.0', 'was-here', 'live'],
    ])
    expect((await kinds(day(15)))[0]).toEqual(['1.2.0', 'live', 'in-flight'])
    expect(await kinds(day(10))).toEqual([
      ['1.1.0', 'live', 'none'],
      ['1.0.0', 'was-here', 'live'],
    ])
  })
  test('pages go on where the last ended', async () => {
    const { lines } = await readGrid(db, everything, 'cart', day(20), names, `${day(16)} 1.2.0`)
    expect(lines.map(({ key }) => key)).toEqual(['1.1.0', '1.0.0'])
  })
})

test('commits between two sides: what is known of them, and that it may not be all', async () => {
  const asked = {
    left: readSide('staging', day(14)) ?? fail(),
    right: readSide('prod', day(14)) ?? fail(),
    only: 'differences' as const,
    q: 'cart',
  }
  const { rows } = await readComparison(db, everything, day(20), environments, asked)
  const pair = rows[0]?.pairs[0]
  expect(pair?.difference).toEqual({ kind: 'version', order: 'ahead' })
  const [left, right] = [pair?.left ?? fail(), pair?.right ?? fail()]
  const between = await readBetween(db, everything, 'cart', left, right)
  expect(between.commits.map(({ subject }) => subject)).toEqual(['Release 1.2.0', 'Release 1.1.0'])
  expect(between.complete).toBe(false)
  expect(between.why).toMatch(/may have more/)
})
