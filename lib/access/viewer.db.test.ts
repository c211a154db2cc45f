import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { instant, plus } from '#lib/platform/clock.ts'
import { createDb, type Db } from '#lib/platform/db.ts'
import { testDatabase } from '#lib/platform/testing.ts'
import { ensureAccount, openSession } from './commands.ts'
import { listAccounts } from './data.ts'
import { loadPeople } from './loaders.ts'
import { testAccess, testGrants, testIssuer, testSession, testUrl } from './testing.ts'
import { findViewer, viewerOr401 } from './viewer.ts'

const { urls } = await testDatabase()
const start = instant('2026-11-23T09:00:00.000Z')
const minuteMs = 60_000
let db: Db

beforeAll(() => {
  db = createDb(urls.web)
})
afterAll(() => db.$disconnect())

const find = async (sessionId: string | undefined, afterMs = 0, alive = false) =>
  (await findViewer(testAccess(db), sessionId, plus(start, afterMs), { alive }))?.viewer

test('a session tells who, with the rights of their groups', async () => {
  const anna = await testSession(db, ['/shop/approvers', '/unknown'])
  expect(await find(anna.sessionId)).toEqual({
    accountId: anna.accountId,
    personId: anna.personId,
    name: 'Anna Beck',
    initials: 'AB',
    groups: ['/shop/approvers', '/unknown'],
    grants: [{ role: 'approver', projects: ['shop'] }],
    service: false,
    enabled: true,
  })
})

test('the hash is no key, nor is anything else', async () => {
  const { sessionId } = await testSession(db, ['/auditors'])
  const row = await db.session.findFirstOrThrow({ orderBy: { createdAt: 'desc' } })
  for (const id of [
    undefined,
    '',
    row.idHash,
    `${sessionId}x`,
    sessionId.slice(1),
    `${sessionId.slice(0, 42)}=`,
  ])
    expect(await find(id)).toBeUndefined()
  expect(await find(sessionId)).toBeDefined()
})

test('30 idle minutes end a session, doing something keeps it, 8 hours end it anyway', async () => {
  const { sessionId } = await testSession(db, ['/auditors'])
  expect(await find(sessionId, 30 * minuteMs - 1)).toBeDefined()
  expect(await find(sessionId, 30 * minuteMs)).toBeUndefined()
  for (let at = 20; at < 8 * 60; at += 20) expect(await find(sessionId, at * minuteMs, true)).toBeDefined()
  expect(await find(sessionId, 8 * 60 * minuteMs - 1)).toBeDefined()
  expect(await find(sessionId, 8 * 60 * minuteMs)).toBeUndefined()
})

test('looking on does not keep a session, and a dead one is not revived', async () => {
  const { sessionId } = await testSession(db, ['/auditors'])
  expect(await find(sessionId, 29 * minuteMs, false)).toBeDefined()
  expect(await find(sessionId, 31 * minuteMs, true)).toBeUndefined()
  expect(await find(sessionId, 29 * minuteMs, false)).toBeDefined()
  expect(await find(sessionId, 31 * minuteMs, false)).toBeUndefined()
})

test('rights follow the row at once: disabled, out of the group, signed out', async () => {
  const anna = await testSession(db, ['/shop/approvers'])
  const change = (data: { enabled?: boolean; groups?: string[] }) =>
    db.account.update({ where: { id: anna.accountId }, data })
  await change({ groups: ['/shop/approver'] })
  expect((await find(anna.sessionId))?.grants).toEqual([])
  await change({ groups: ['/shop/approvers'] })
  expect((await find(anna.sessionId))?.grants).toHaveLength(1)
  await change({ enabled: false })
  expect(await find(anna.sessionId)).toBeUndefined()
  await change({ enabled: true })
  expect(await find(anna.sessionId)).toBeDefined()
  await db.session.deleteMany({ where: { accountId: anna.accountId } })
  expect(await find(anna.sessionId)).toBeUndefined()
})

test('a session of another issuer is none, and its groups give nothing', async () => {
  const anna = await testSession(db, ['/shop/approvers'])
  const access = testAccess(db)
  const moved = {
    ...access,
    config: { ...access.config, access: { issuer: 'https://new.example', grants: testGrants } },
  }
  expect(await findViewer(moved, anna.sessionId, start, { alive: false })).toBeUndefined()
  const people = await loadPeople(db, moved.config.access as never)
  expect(people.find(({ accountId }) => accountId === anna.accountId)?.grants).toEqual([])
})

test('one e-mail address at two issuers, or two subjects, are two people', async () => {
  const identity = {
    issuer: testIssuer,
    subject: 'one',
    name: 'Anna Beck',
    email: 'anna@acme.example',
    groups: [],
  }
  const [first, again, other, foreign] = await Promise.all([
    ensureAccount(db, identity),
    ensureAccount(db, identity),
    ensureAccount(db, { ...identity, subject: 'two' }),
    ensureAccount(db, { ...identity, issuer: 'https://evil.example' }),
  ])
  expect(again).toEqual(first)
  expect(new Set([first, other, foreign].map(({ personId }) => personId)).size).toBe(3)
})

test('an account that is disabled during sign-in gets no session', async () => {
  const identity = {
    issuer: testIssuer,
    subject: 'late',
    name: 'Late',
    email: undefined,
    groups: ['/auditors'],
  }
  const account = await ensureAccount(db, identity)
  await db.account.update({ where: { id: account.accountId }, data: { enabled: false } })
  const session = {
    identity,
    account,
    idHash: 'f'.repeat(64),
    replaces: undefined,
    now: start,
    expiresAt: plus(start, 1000),
  }
  expect(await openSession(db, session)).toEqual({ ok: false, refusal: 'disabled' })
  expect(await db.session.count({ where: { accountId: account.accountId } })).toBe(0)
  expect((await listAccounts(db)).map(({ accountId }) => accountId)).not.toContain(account.accountId)
})

test('a route handler hears 401, and only a change counts as a sign of life', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: new Date(plus(start, 10 * minuteMs)) })
  const anna = await testSession(db, ['/auditors'])
  const ask = (method: string, cookie: string) =>
    viewerOr401(new Request(`${testUrl}/api/v1/x`, { method, headers: { cookie } }), testAccess(db))
  const seen = async () =>
    instant((await db.session.findFirstOrThrow({ where: { accountId: anna.accountId } })).lastSeenAt)
  expect(await ask('GET', 'countersign=nobody')).toEqual({ ok: false, refusal: 401 })
  expect(await ask('GET', anna.cookie)).toMatchObject({ ok: true, value: { accountId: anna.accountId } })
  expect(await seen()).toBe(start)
  expect((await ask('POST', anna.cookie)).ok).toBe(true)
  expect(await seen()).toBe(plus(start, 10 * minuteMs))
  vi.useRealTimers()
})
