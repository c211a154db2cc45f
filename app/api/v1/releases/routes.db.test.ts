import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { testAccess, testSession, testUrl } from '#lib/access/testing.ts'
import { clock } from '#lib/platform/clock.ts'
import { createDb, type Db } from '#lib/platform/db.ts'
import { newId } from '#lib/platform/ids.ts'
import { log } from '#lib/platform/log.ts'
import { testDatabase } from '#lib/platform/testing.ts'
import * as seed from '#lib/releases/testing.ts'

const web = vi.hoisted(() => ({ db: undefined as unknown, kept: new Map<string, unknown>() }))
vi.mock('#lib/platform/context.ts', () => ({
  getDb: () => web.db,
  getConfig: () => ({
    ...testAccess(web.db as Db).config,
    policies: [],
    signals: {},
    catalog: { environments: [] },
  }),
  perProcess: (name: string, make: () => unknown) => {
    if (!web.kept.has(name)) web.kept.set(name, make())
    return web.kept.get(name)
  },
}))
const decisions = await import('./[id]/decisions/route.ts')
const closings = await import('./[id]/closings/route.ts')
const withdrawal = await import('./[id]/withdrawal/route.ts')
const one = await import('./[id]/route.ts')
const all = await import('./route.ts')
const inbox = await import('../inbox/route.ts')
const applications = await import('../applications/[id]/route.ts')

const { urls } = await testDatabase()
type Session = Awaited<ReturnType<typeof testSession>>
let admin: pg.Client
let db: Db
let jonas: Session
let anna: Session
let outsider: Session
let application: string
let plan: string
let count = 0

beforeAll(async () => {
  admin = await seed.connect(urls.admin)
  db = createDb(urls.web)
  web.db = db
  jonas = await testSession(db, ['/shop/developers', '/shop/approvers'], clock.now())
  anna = await testSession(db, ['/shop/approvers'], clock.now())
  outsider = await testSession(db, [], clock.now())
})
afterAll(async () => {
  await db.$disconnect()
  await admin.end()
})
beforeEach(async () => {
  vi.spyOn(log, 'info').mockImplementation(() => {})
  application = await seed.seedApplication(admin, `route${count++}`)
  plan = await seed.seedPlan(admin, application, { document: { version: { from: '1.0.0', to: '1.1.0' } } })
})

type Route = (request: Request, route?: { params: Promise<unknown> }) => Promise<Response>
async function ask(
  route: Route,
  by: Session,
  sent: { id?: string; body?: unknown; origin?: null; at?: string } = {},
) {
  const { id, body, origin = testUrl, at = '/api/v1/x' } = sent
  const headers: Record<string, string> = { cookie: by.cookie }
  if (origin) headers.origin = origin
  if (body !== undefined) headers['content-type'] = 'application/json'
  const init = body === undefined ? { headers } : { headers, method: 'POST', body: JSON.stringify(body) }
  const response = await route(new Request(`${testUrl}${at}`, init), { params: Promise.resolve({ id }) })
  return { status: response.status, body: await response.json() }
}
const request = (by = jonas, more: object = {}) =>
  ask(all.POST, by, { body: { application, plan, reason: 'fixes the double charge', ...more } })
const requested = async () => (await request()).body.id as string
/** What the page sends: the digest, and that its changes were read. */
const yes = (of = plan, at = clock.now() as string) => ({
  ...{ kind: 'approve', plan: of },
  acknowledged: [{ plan: of, at }],
})
const stateOf = async (id: string) => (await db.release.findUniqueOrThrow({ where: { id } })).state

test('one asks, another approves exactly what was read', async () => {
  const asked = await request()
  expect(asked.status).toBe(201)
  const { id } = asked.body
  const approved = await ask(decisions.POST, anna, { id, body: yes() })
  expect(approved).toEqual({ status: 200, body: { state: 'requested', approvals: 1 } })
  const read = await ask(one.GET, jonas, { id })
  expect(read.body).toMatchObject({ id, planDigest: plan, state: 'requested', version: { to: '1.1.0' } })
  expect(read.body.decisions).toHaveLength(1)
})

test('nobody approves what they have not said to have read, and the log says when they did', async () => {
  const id = await requested()
  const other = [{ plan: 'f'.repeat(64), at: clock.now() }]
  for (const more of [{}, { acknowledged: [] }, { acknowledged: other }]) {
    const answer = await ask(decisions.POST, anna, { id, body: { kind: 'approve', plan, ...more } })
    expect(answer).toMatchObject({
      status: 422,
      body: { detail: 'acknowledged: say first that you have read what this plan changes' },
    })
  }
  expect((await ask(decisions.POST, anna, { id, body: yes(plan, '2999-01-01T00:00:00Z') })).status).toBe(200)
  const { rows } = await admin.query(
    `SELECT convert_from(e.entry, 'UTF8')::json -> 'data' AS data FROM audit.event e
     JOIN rel.decision d ON d.event_id = e.id WHERE d.release_id = $1`,
    [id],
  )
  const { data } = rows[0]
  expect(data.acknowledged).toMatchObject([{ plan }])
  expect(data.acknowledged[0].at < clock.now()).toBe(true)
})

test('a decision is refused without an Origin, and with that of another site', async () => {
  const id = await requested()
  const body = yes()
  expect((await ask(decisions.POST, anna, { id, body, origin: null })).status).toBe(403)
  expect((await ask(decisions.POST, anna, { id, body, origin: 'http://evil.example' as never })).status).toBe(
    403,
  )
  expect(await db.decision.count({ where: { releaseId: id } })).toBe(0)
})

test('a decision on another plan than the release’s is a conflict, in the words of the rule', async () => {
  const id = await requested()
  const answer = await ask(decisions.POST, anna, { id, body: yes('f'.repeat(64)) })
  expect(answer).toMatchObject({
    status: 409,
    body: {
      code: 'digest-moved',
      detail: 'The plan you read is not the plan of this release. Read it again before you sign.',
    },
  })
})

test('nobody approves what they asked for, whatever their groups', async () => {
  const id = await requested()
  const answer = await ask(decisions.POST, jonas, { id, body: yes() })
  expect(answer).toMatchObject({
    status: 403,
    body: { code: 'own-request', detail: 'You asked for this release. Another person has to approve it.' },
  })
  expect(await stateOf(id)).toBe('requested')
})

test('a rejection says why; without a reason it is not taken', async () => {
  const id = await requested()
  const mute = await ask(decisions.POST, anna, { id, body: { kind: 'reject', plan } })
  expect([mute.status, mute.body.detail]).toEqual([422, expect.stringContaining('why is it rejected')])
  const body = { kind: 'reject', plan, comment: 'not on a Friday' }
  expect((await ask(decisions.POST, anna, { id, body })).body.state).toBe('rejected')
  const late = await ask(decisions.POST, anna, { id, body })
  expect([late.status, late.body.code]).toEqual([409, 'already-decided'])
})

test('only the requester withdraws', async () => {
  const id = await requested()
  expect((await ask(withdrawal.POST, anna, { id, body: {} })).status).toBe(403)
  expect((await ask(withdrawal.POST, jonas, { id, body: {} })).body).toEqual({ state: 'withdrawn' })
})

test('a second request while one is open points to the first', async () => {
  const id = await requested()
  const again = await request()
  expect([again.status, again.body.refusal]).toEqual([409, { code: 'already-open', release: id }])
  expect((await request(anna)).status).toBe(403)
  expect((await request(jonas, { plan: 'f'.repeat(64) })).body.code).toBe('plan-moved')
})

test('who may not read the project is told the same as of what does not exist', async () => {
  const id = await requested()
  const body = yes()
  for (const release of [id, newId('release')]) {
    const answers = [
      await ask(one.GET, outsider, { id: release }),
      await ask(decisions.POST, outsider, { id: release, body }),
      await ask(closings.POST, outsider, {
        id: release,
        body: { kind: 'find', outcome: 'failed', reason: 'no new pod' },
      }),
      await ask(withdrawal.POST, outsider, { id: release, body: {} }),
    ]
    for (const answer of answers)
      expect(answer).toMatchObject({
        status: 404,
        body: { detail: 'There is no such release, or you may not see it.' },
      })
  }
  expect((await ask(applications.GET, outsider, { id: application })).status).toBe(404)
  expect((await ask(all.GET, outsider)).body).toEqual({ releases: [] })
  expect((await ask(inbox.GET, outsider)).body).toEqual({ count: 0, releases: [] })
})

test('the list is filtered and paged by the address, the inbox counts what waits for the caller', async () => {
  const id = await requested()
  const page = await ask(all.GET, anna, { at: '/api/v1/releases?state=requested&limit=1' })
  expect(page.body).toMatchObject({ releases: [{ id }], next: id })
  expect((await ask(all.GET, anna, { at: '/api/v1/releases?state=nonsense' })).status).toBe(422)
  const { count: before, releases } = (await ask(inbox.GET, anna)).body
  expect(releases[0].id).toBe(id)
  expect((await ask(inbox.GET, anna, { at: '/api/v1/inbox?limit=1' })).body.releases).toHaveLength(1)
  expect((await ask(inbox.GET, anna, { at: '/api/v1/inbox?limit=many' })).status).toBe(422)
  await ask(decisions.POST, anna, { id, body: yes() })
  expect((await ask(inbox.GET, anna)).body.count).toBe(before - 1)
  expect((await ask(applications.GET, anna, { id: application })).body).toMatchObject({
    plan: { digest: plan },
    request: { openRelease: id, refusal: { code: 'may-not-request' } },
  })
})

test('how a release ended is asked for in full, and only in review', async () => {
  const id = await requested()
  for (const body of [
    { kind: 'find', outcome: 'withdrawn', reason: 'no new pod' },
    { kind: 'find', outcome: 'failed', reason: ' ' },
    { kind: 'confirm', finding: 'clo_1' },
  ])
    expect((await ask(closings.POST, anna, { id, body })).status).toBe(422)
  const body = { kind: 'find', outcome: 'failed', reason: 'no new pod' }
  expect(await ask(closings.POST, anna, { id, body })).toMatchObject({
    status: 409,
    body: { code: 'not-in-review', detail: 'This release is not in review.' },
  })
  expect((await ask(closings.POST, jonas, { id, body })).status).toBe(403)
})
