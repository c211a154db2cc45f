import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { testAccess, testSession, testUrl } from '#lib/access/testing.ts'
import type { MatrixPage } from '#lib/catalog/schema.ts'
import { clock } from '#lib/platform/clock.ts'
import { createDb, type Db } from '#lib/platform/db.ts'
import { log } from '#lib/platform/log.ts'
import { testDatabase } from '#lib/platform/testing.ts'
import * as seed from '#lib/releases/testing.ts'

const web = vi.hoisted(() => ({ db: undefined as unknown, kept: new Map<string, unknown>() }))
vi.mock('#lib/platform/context.ts', () => ({
  getDb: () => web.db,
  getConfig: () => ({
    ...testAccess(web.db as Db).config,
    catalog: { environments: [{ name: 'prod', protected: true }] },
  }),
  perProcess: (name: string, make: () => unknown) => {
    if (!web.kept.has(name)) web.kept.set(name, make())
    return web.kept.get(name)
  },
}))
const { GET } = await import('./route.ts')

const { urls } = await testDatabase()
let admin: pg.Client
let db: Db
let application: string
let jonas: Awaited<ReturnType<typeof testSession>>
let mei: typeof jonas
let anna: typeof jonas

beforeEach(() => void vi.spyOn(log, 'info').mockImplementation(() => {}))
beforeAll(async () => {
  admin = await seed.connect(urls.admin)
  application = await seed.seedApplication(admin, 'cart')
  await admin.query(
    `UPDATE catalog.instance SET state = 'connected', last_contact_at = now() + interval '1 hour'`,
  )
  db = createDb(urls.web)
  web.db = db
  const now = clock.now()
  jonas = await testSession(db, ['/shop/developers'], now)
  mei = await testSession(db, ['/shop/developers'], now)
  anna = await testSession(db, ['/shop/approvers'], now)
})
afterAll(async () => {
  await db.$disconnect()
  await admin.end()
})

async function ask({ cookie } = jonas, tag?: string, search = '') {
  const headers = { cookie, ...(tag && { 'if-none-match': tag }) }
  const response = await GET(new Request(`${testUrl}/api/v1/services${search}`, { headers }))
  const text = await response.text()
  return {
    status: response.status,
    tag: response.headers.get('etag') ?? '',
    page: text === '' ? undefined : (JSON.parse(text) as MatrixPage),
  }
}

/** How many statements the web role sends meanwhile. */
async function statements(work: () => Promise<unknown>): Promise<number> {
  const counted = vi.spyOn(db, '$queryRaw')
  await work()
  const { length } = counted.mock.calls
  counted.mockRestore()
  return length
}

test('an unchanged page is not sent again: who asks, whether anything has changed, no more', async () => {
  const first = await ask()
  expect(first).toMatchObject({ status: 200, page: { services: 1 } })
  expect(await statements(() => ask(jonas, first.tag))).toBe(2)
  expect(await ask(jonas, `W/"other", ${first.tag}`)).toEqual({
    status: 304,
    tag: first.tag,
    page: undefined,
  })
})

test('people with the same rights share one answer; another filter is another one', async () => {
  const { tag } = await ask()
  expect((await ask(mei)).tag).toBe(tag)
  expect(await statements(() => ask(mei))).toBe(2)
  expect((await ask(jonas, undefined, '?only=action')).tag).not.toBe(tag)
  expect((await ask(anna)).tag).toBe(tag)
})

test('whatever the matrix shows makes another tag', async () => {
  const tags = [(await ask()).tag]
  const changed = async (work: () => Promise<unknown>) => {
    await work()
    const { tag } = await ask(jonas, tags.at(-1))
    expect(tags).not.toContain(tag)
    tags.push(tag)
  }
  for (const change of [
    `version = '9.9.9'`,
    `health = 'Degraded'`,
    `health_since = now()`,
    `sync = 'OutOfSync'`,
    `deployed_at = now()`,
    `coming_reason = 'because'`,
    `problem = 'odd'`,
    `plan_commits = 3`,
    `tier = 'gold'`,
  ])
    await changed(() => admin.query(`UPDATE catalog.application SET ${change}`))
  const by = await seed.seedPerson(admin, 'Jonas Öztürk')
  const approver = await seed.seedPerson(admin, 'Anna Beck')
  const plan = await seed.seedPlan(admin, application)
  let release = ''
  await changed(async () => {
    release = await seed.insertRelease(admin, { application, plan, by })
  })
  // It waits for her: her answer is her own.
  expect((await ask(anna)).tag).not.toBe(tags.at(-1))
  expect((await ask(anna)).page?.counts.mine).toBe(1)
  await changed(() => seed.insertDecision(admin, { release, plan, requester: by, by: approver }))
  await changed(() => admin.query(`UPDATE catalog.instance SET state = 'unreachable'`))
})
