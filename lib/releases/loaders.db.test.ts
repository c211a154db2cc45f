import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Grant, Viewer } from '#lib/access/policy.ts'
import { testGrants } from '#lib/access/testing.ts'
import { closeReview } from '#lib/closings/commands.ts'
import type { InboxKey } from '#lib/inbox/inbox.ts'
import { countInbox, listInbox, readInbox as readTab } from '#lib/inbox/loaders.ts'
import { readApplication } from '#lib/plans/loaders.ts'
import { clock, type Instant, instant, plus } from '#lib/platform/clock.ts'
import { createDb, type Db } from '#lib/platform/db.ts'
import { testDatabase } from '#lib/platform/testing.ts'
import { decideRelease, requestRelease } from './commands.ts'
import { listReleases } from './data.ts'
import { type LoaderContext, readRelease, readReleases } from './loaders.ts'
import { policyFor } from './policy.ts'
import * as seed from './testing.ts'

const { urls } = await testDatabase()
const now = clock.now()
const signals = {
  metrics: { url: 'http://vm.example' },
  logs: { url: 'http://vl.example', uiUrl: 'http://logs.example' },
}
let admin: pg.Client
let db: Db
let context: LoaderContext & { config: { policies: [] } }
let people: Record<'jonas' | 'anna' | 'marta' | 'stranger' | 'nobody', Viewer>
const shop = (role: Grant['role']): Grant => ({ role, projects: ['shop'] })

beforeAll(async () => {
  admin = await seed.connect(urls.admin)
  db = createDb(urls.web)
  const access = { issuer: 'http://issuer.example', grants: testGrants }
  context = {
    db,
    config: {
      access,
      signals,
      policies: [],
      catalog: { environments: [{ name: 'staging' }, { name: 'prod' }] },
    } as never,
  }
  const make = async (name: string, grants: Grant[], groups: string[]): Promise<Viewer> => {
    const who = await seed.seedPerson(admin, name, { groups })
    const initials = name.slice(0, 1)
    return {
      ...{ accountId: who.account, personId: who.person, name, initials },
      ...{ groups, grants, service: false, enabled: true },
    }
  }
  people = {
    jonas: await make('Jonas', [shop('developer')], ['/shop/developers']),
    anna: await make('Anna', [shop('approver')], ['/shop/approvers']),
    marta: await make('Marta', [shop('approver')], ['/shop/approvers']),
    stranger: await make('Stranger', [{ role: 'approver', projects: ['payments'] }], []),
    nobody: await make('Nobody', [], []),
  }
})
afterAll(async () => {
  await db.$disconnect()
  await admin.end()
})

const document = { version: { from: '2.13.7', to: '2.14.0' } }

async function requested(service: string, by = people.jonas, at = now) {
  const application = await seed.seedApplication(admin, service)
  const destination = { server: null, name: 'in-cluster', namespace: 'shop-prod' }
  const plan = await seed.seedPlan(admin, application, { document, plan: { destination } })
  const input = { application, plan, reason: 'fixes the double charge' }
  const made = await requestRelease(db, input, by, at, (where) => policyFor([], where))
  if (!made.ok) throw new Error(made.refusal.code)
  return { application, plan, id: made.value.id }
}

/** All three tabs of somebody's inbox. */
async function readInbox(_: Db, by: Viewer, at: Instant) {
  const tab = async (tab: 'mine' | 'asked' | 'all') => (await readTab(db, by, at, { tab })).rows
  const [mine, asked, all] = [await tab('mine'), await tab('asked'), await tab('all')]
  const releases = (rows: typeof mine) => rows.map(({ release }) => release)
  const others = all.filter(
    ({ why, release }) => why !== undefined && release.requester.person !== by.personId,
  )
  return { needsMe: releases(mine), asked: releases(asked), others }
}

test('a release is there for those who may read its project, and for nobody else', async () => {
  const { id, application } = await requested('scoped')
  expect(await readRelease(context, people.anna, id, now)).not.toBeNull()
  expect(await readApplication(context, people.anna, application, now)).not.toBeNull()
  for (const other of [people.stranger, people.nobody]) {
    expect(await readRelease(context, other, id, now)).toBeNull()
    expect(await readApplication(context, other, application, now)).toBeNull()
    expect((await readReleases(context, other, {})).releases).toEqual([])
    expect(await countInbox(db, other, now)).toBe(0)
    expect(await readInbox(db, other, now)).toEqual({ needsMe: [], asked: [], others: [] })
  }
  expect((await readReleases(context, people.nobody, {})).sees).toBe(false)
  expect(await readRelease(context, people.anna, 'rel_none', now)).toBeNull()
})

test('the page of a release says who may decide, who may not and why, and where to look', async () => {
  const { id, plan } = await requested('asked')
  await decideRelease(db, id, { kind: 'approve', plan, comment: 'read it' }, people.anna, now)

  const anna = await readRelease(context, people.anna, id, now)
  expect(anna?.decisionRefusal).toBe('You have approved this release.')
  expect(anna?.withdrawal).toBeUndefined()
  expect(anna?.people).toEqual([
    expect.objectContaining({ name: 'Anna', you: true, standing: 'approved', comment: 'read it' }),
    expect.objectContaining({ name: 'Marta', you: false, standing: 'can-approve' }),
    expect.objectContaining({ name: 'Jonas', standing: 'excluded', why: 'asked for this release' }),
  ])
  expect(anna?.release.version).toEqual(document.version)
  expect(anna?.history.map(({ type }) => type)).toEqual(['release.requested', 'release.decided'])

  const marta = await readRelease(context, people.marta, id, now)
  expect(marta?.decisionRefusal).toBeUndefined()
  expect(marta?.superseded).toBe(false)

  const jonas = await readRelease(context, people.jonas, id, now)
  expect(jonas?.decisionRefusal).toBe('You asked for this release. Another person has to approve it.')
  expect(jonas?.withdrawal).toEqual({ refusal: undefined })

  const links = new Map(marta?.links.map((link) => [link.name, link.href ?? link.missing]))
  expect(decodeURIComponent(links.get('Logs') ?? '')).toContain('"kubernetes.pod_namespace":="shop-prod"')
  expect(links.get('Metrics')).toMatch(/^http:\/\/vm\.example\/vmui/)
  expect(links.get('Alerts')).toBe('Set signals.alerts.url in countersign.yaml.')
})

test('a decision keeps its name after its person has left', async () => {
  const { id, plan } = await requested('left')
  const gone = await seed.seedPerson(admin, 'Gone', { groups: ['/shop/approvers'] })
  const viewer = { ...people.anna, accountId: gone.account, personId: gone.person, name: 'Gone' }
  await decideRelease(db, id, { kind: 'approve', plan }, viewer, now)
  await admin.query('UPDATE access.account SET enabled = false WHERE id = $1', [gone.account])
  const view = await readRelease(context, people.anna, id, now)
  expect(view?.people[0]).toMatchObject({ name: 'Gone', standing: 'approved' })
})

test('a newer plan of the application is told', async () => {
  const { id, application } = await requested('moved')
  await seed.seedPlan(admin, application, { document })
  expect((await readRelease(context, people.anna, id, now))?.superseded).toBe(true)
})

test('the inbox sorts what is open by what one has to do with it, what expires first first', async () => {
  const first = await requested('inbox-a', people.jonas, plus(now, -1000))
  const second = await requested('inbox-b', people.jonas, plus(now, -2000))
  await decideRelease(db, first.id, { kind: 'approve', plan: first.plan }, people.anna, now)
  const ids = (rows: { id: string }[]) =>
    rows.map(({ id }) => id).filter((id) => id === first.id || id === second.id)

  const marta = await readInbox(db, people.marta, now)
  expect(ids(marta.needsMe)).toEqual([second.id, first.id])
  expect(await countInbox(db, people.marta, now)).toBe(marta.needsMe.length)
  const anna = await readInbox(db, people.anna, now)
  expect(ids(anna.needsMe)).toEqual([second.id])
  expect(anna.others.find(({ release }) => release.id === first.id)?.why).toBe(
    'You have approved this release.',
  )
  const jonas = await readInbox(db, people.jonas, now)
  expect(ids(jonas.asked)).toEqual([second.id, first.id])
  expect([jonas.needsMe, await countInbox(db, people.jonas, now)]).toEqual([[], 0])
})

/** Runs into review past the product: the worker's way there is tested with the worker. */
async function toReview(id: string) {
  await admin.query('SET session_replication_role = replica')
  await admin.query(
    `UPDATE rel.release SET state = 'review', waiting_for = 'nobody can tell' WHERE id = $1`,
    [id],
  )
  await admin.query('SET session_replication_role = origin')
}

test('a release in review waits for everybody who may settle it, until one has spoken', async () => {
  const { id } = await requested('settled')
  await toReview(id)
  const waits = async (by: Viewer) =>
    (await readInbox(db, by, now)).needsMe.some((release) => release.id === id) &&
    (await listInbox(db, by, now, { limit: 50 })).releases.some((release) => release.id === id)
  const before = await countInbox(db, people.anna, now)
  expect([await waits(people.anna), await waits(people.marta), await waits(people.jonas)]).toEqual([
    true,
    true,
    false,
  ])
  const input = { kind: 'find', outcome: 'failed', reason: 'no pod is new' } as const
  expect((await closeReview(db, id, input, people.anna, now)).ok).toBe(true)
  expect([await waits(people.anna), await waits(people.marta)]).toEqual([false, true])
  expect(await countInbox(db, people.anna, now)).toBe(before - 1)
  const [anna, marta, stranger] = [people.anna, people.marta, people.stranger]
  expect((await readRelease(context, anna, id, now))?.review?.refusal).toBe(
    'You said how it ended. Another person has to confirm it.',
  )
  const view = (await readRelease(context, marta, id, now))?.review
  expect(view).toMatchObject({ finding: { outcome: 'failed', name: 'Anna' }, refusal: undefined })
  expect(view?.evidence).toMatchObject({ intents: [], operation: null, observed: false })
  expect(await readRelease(context, stranger, id, now)).toBeNull()
  const { others } = await readInbox(db, people.anna, now)
  expect(others.find(({ release }) => release.id === id)?.why).toMatch(/Another person has to confirm/)
})

test('the inbox as a list turns pages by key and holds only what waits for the caller', async () => {
  const mine = (await readInbox(db, people.marta, now)).needsMe.map(({ id }) => id).sort()
  expect(mine.length).toBeGreaterThan(2)
  const seen: string[] = []
  let before: string | undefined
  do {
    const page = await listInbox(db, people.marta, now, { before, limit: 1 })
    seen.push(...page.releases.map(({ id }) => id))
    before = page.next
  } while (before)
  expect(seen).toEqual(mine.toReversed())
  expect(await listInbox(db, people.marta, now, { limit: 0 })).toEqual({ releases: [] })
  for (const by of [people.jonas, people.stranger, people.nobody])
    expect(await listInbox(db, by, now, { limit: 50 })).toEqual({ releases: [] })
})

test('a tab turns pages by key, what expires first first, and says how much each tab holds', async () => {
  const whole = await readTab(db, people.marta, now, { tab: 'mine' })
  const seen: string[] = []
  let after: InboxKey | undefined
  do {
    const page = await readTab(db, people.marta, now, { tab: 'mine', after, limit: 2 })
    expect(page.rows.length).toBeLessThanOrEqual(2)
    expect(page.counts).toEqual(whole.counts)
    seen.push(...page.rows.map(({ release }) => release.id))
    after = page.next
  } while (after)
  expect(seen.toSorted()).toEqual(whole.rows.map(({ release }) => release.id).toSorted())
  expect(whole.counts.mine).toBe(whole.rows.length)
  const all = await readTab(db, people.marta, now, { tab: 'all' })
  expect(all.counts.all).toBe(all.rows.length)
  const ends = all.rows.map(({ release }) => release.notAfter.slice(0, 13))
  expect(ends).toEqual(ends.toSorted())
  const nobody = { rows: [], next: undefined, counts: { mine: 0, asked: 0, all: 0 } }
  for (const tab of ['mine', 'asked', 'all'] as const)
    expect(await readTab(db, people.nobody, now, { tab })).toMatchObject(nobody)
})

test('the list narrows to a service, and to nothing of a project that is not theirs', async () => {
  const { id } = await requested('narrowed')
  await requested('narrowed-not')
  const view = await readReleases(context, people.anna, { service: 'narrowed', state: 'open' })
  expect([view.service, view.releases.map((release) => release.id)]).toEqual(['narrowed', [id]])
  expect((await readReleases(context, people.anna, { service: "x' OR 1=1" })).releases).toEqual([])
  expect((await readReleases(context, people.stranger, { service: 'narrowed' })).releases).toEqual([])
})

test('the list turns pages without a gap, and an odd address means no filter', async () => {
  const all = await listReleases(db, 'all', {})
  const seen: string[] = []
  let before: string | undefined
  do {
    const page = await listReleases(db, { projects: ['shop'] }, {}, { before, limit: 2 })
    seen.push(...page.releases.map(({ id }) => id))
    before = page.next
  } while (before)
  expect(seen).toEqual(all.releases.map(({ id }) => id))
  expect(seen.length).toBeGreaterThan(4)
  const odd = await readReleases(context, people.anna, { state: 'toString', before: "x' OR 1=1" })
  expect([odd.filter, odd.before, odd.releases.length]).toEqual([undefined, undefined, seen.length])
  expect((await readReleases(context, people.anna, { state: 'succeeded' })).releases).toEqual([])
})

test('the page of an application says why its plan cannot be asked for', async () => {
  const { application, id } = await requested('open-one')
  const open = await readApplication(context, people.jonas, application, now)
  expect(open?.request).toMatchObject({ openRelease: id, approvals: 2, refusal: { code: 'already-open' } })

  const free = await seed.seedApplication(admin, 'free-one')
  expect((await readApplication(context, people.jonas, free, now))?.request.refusal?.code).toBe('plan-moved')
  const checks = [{ id: 'c', title: 'Staging', result: 'unknown', detail: 'not seen', blocks: true }]
  await seed.seedPlan(admin, free, { document: { ...document, checks } })
  expect((await readApplication(context, people.jonas, free, now))?.request.refusal).toEqual({
    code: 'blocked',
    words: 'Checks stop this plan. Staging: not seen',
  })
  await seed.seedPlan(admin, free, { document })
  expect((await readApplication(context, people.jonas, free, now))?.request.refusal).toBeUndefined()
  expect((await readApplication(context, people.anna, free, now))?.request.refusal?.code).toBe(
    'may-not-request',
  )
})

test('the checks of a standing plan follow what is known now, and stay as they were once it is sent', async () => {
  const check = (id: string, blocks: boolean) => ({ id, title: id, result: 'fail', detail: 'then', blocks })
  const made = { ...document, checks: [check('manual', true), check('order', false), check('window', false)] }
  const application = await seed.seedApplication(admin, 'moving')
  const staging = await seed.seedApplication(admin, 'moving-staging')
  const plan = await seed.seedPlan(admin, application, {
    document: made,
    plan: { destination: { server: null, name: 'in-cluster', namespace: 'shop-prod' } },
  })
  await admin.query(
    `UPDATE catalog.application SET service = 'moving', environment = 'staging', protected = false,
       version = '2.14.0', health = 'Progressing' WHERE id = $1`,
    [staging],
  )
  const observe = (automated: boolean) =>
    admin.query(
      `UPDATE catalog.application SET observed = $2, can_sync = true, can_sync_at = $3 WHERE id = $1`,
      [application, { automated, retryRefresh: false, revisionHistoryLimit: 10, destination: {} }, now],
    )
  await admin.query(`UPDATE catalog.instance SET state = 'connected', last_contact_at = $1`, [now])
  const input = { application, plan, reason: 'fixes the double charge' }
  const ask = () => requestRelease(db, input, people.jonas, now, (where) => policyFor([], where))
  const results = (checks: { result: string }[] | undefined) => checks?.map(({ result }) => result)
  const seen = async (at = now) =>
    results((await readApplication(context, people.jonas, application, at))?.plan?.document.checks)

  await observe(true)
  expect(await ask()).toMatchObject({ refusal: { code: 'blocked' } })
  expect(await seen()).toEqual(['fail', 'fail', 'pass', 'pass'])
  await observe(false)
  await admin.query(`UPDATE catalog.application SET health = 'Healthy' WHERE id = $1`, [staging])
  expect(await seen()).toEqual(['pass', 'pass', 'pass', 'pass'])
  // Nobody heard of Argo CD for an hour: what was true then is no answer now.
  expect(await seen(plus(now, 3_600_000))).toEqual(['pass', 'unknown', 'unknown', 'unknown'])
  const asked = await ask()
  if (!asked.ok) throw new Error(asked.refusal.code)
  const view = await readRelease(context, people.anna, asked.value.id, now)
  expect(view).toMatchObject({ checkedAt: undefined, before: staging })
  expect(results(view?.plan.document.checks)).toEqual(['pass', 'pass', 'pass', 'pass'])
  await toReview(asked.value.id)
  const after = await readRelease(context, people.anna, asked.value.id, now)
  expect(results(after?.plan.document.checks)).toEqual(['fail', 'fail', 'fail'])
  expect(after?.checkedAt).toBe(after?.plan.at)
})

test('an Argo CD that is silent makes the page say since when', async () => {
  const { id } = await requested('silent')
  await admin.query(
    `UPDATE catalog.instance SET state = 'unreachable', last_contact_at = '2026-11-23T09:00:00Z' WHERE name = 'main'`,
  )
  const view = await readRelease(context, people.anna, id, now)
  expect(view?.running.instance.staleSince).toBe(instant('2026-11-23T09:00:00Z'))
})
