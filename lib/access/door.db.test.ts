import { afterAll, beforeAll, beforeEach, expect, type MockInstance, test, vi } from 'vitest'
import { z } from 'zod'
import { instant } from '#lib/platform/clock.ts'
import { createDb, type Db } from '#lib/platform/db.ts'
import { log } from '#lib/platform/log.ts'
import { ok, type Result, refuse } from '#lib/platform/result.ts'
import { testDatabase } from '#lib/platform/testing.ts'
import { createDoor, createDoorState } from './door.ts'
import { testAccess, testSession, testUrl } from './testing.ts'

const { urls } = await testDatabase()
const at = instant('2026-11-23T09:00:00.000Z')
let db: Db
let anna: Awaited<ReturnType<typeof testSession>>
let nowMs = 0

beforeAll(() => {
  db = createDb(urls.web)
})
afterAll(() => db.$disconnect())
let info: MockInstance<typeof log.info>
let error: MockInstance<typeof log.error>
beforeEach(async () => {
  info = vi.spyOn(log, 'info').mockImplementation(() => {})
  error = vi.spyOn(log, 'error').mockImplementation(() => {})
  nowMs = 0
  anna = await testSession(db, ['/shop/approvers'], at)
})

function open() {
  const door = createDoor({
    context: () => testAccess(db),
    now: () => at,
    nowMs: () => nowMs,
    state: createDoorState(() => nowMs),
  })
  const calls: unknown[] = []
  type Refusal = { code: 'own-request' } | { code: 'gone'; since: string }
  const post = door(
    {
      body: z.strictObject({ plan: z.string().min(3), deep: z.object({ n: z.number() }).optional() }),
      params: z.object({ id: z.string().regex(/^rel_[0-9a-z]+$/) }),
      status: 201,
      refusals: { gone: 410 },
      explain: (refusal: Refusal) => `Because of ${refusal.code}.`,
    },
    async ({ body, params, viewer }): Promise<Result<unknown, Refusal>> => {
      calls.push(body)
      if (body.plan === 'mine') return refuse({ code: 'own-request' })
      if (body.plan === 'gone') return refuse({ code: 'gone', since: 'yesterday' })
      if (body.plan === 'boom') throw new Error('secret of the database')
      return ok({ release: params.id, by: viewer.accountId, call: calls.length })
    },
  )
  const get = door(
    { permission: 'read:log', query: z.object({ page: z.coerce.number().default(1) }) },
    async ({ query }) => ok({ page: query.page }),
  )
  return { post, get, calls, door }
}

type Send = { body?: BodyInit | object | null; headers?: Record<string, string | null>; id?: string }

function request({ body = { plan: 'abc' }, headers = {} }: Send = {}): Request {
  const all = { origin: testUrl, 'content-type': 'application/json', cookie: anna.cookie, ...headers }
  const sent = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== null)
  const isObject = body !== null && Object.getPrototypeOf(body) === Object.prototype
  return new Request(`${testUrl}/api/v1/releases/rel_1/x`, {
    method: 'POST',
    headers: sent,
    body: isObject ? JSON.stringify(body) : (body as BodyInit),
    ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
  } as RequestInit)
}
const send = async (post: ReturnType<typeof open>['post'], what: Send = {}) => {
  const response = await post(request(what), { params: Promise.resolve({ id: what.id ?? 'rel_1' }) })
  return { status: response.status, headers: response.headers, body: await response.json() }
}

test('a good request comes through, answered with no way to be kept or framed', async () => {
  const { post } = open()
  const { status, headers, body } = await send(post, { headers: { 'sec-fetch-site': 'same-origin' } })
  expect([status, body]).toEqual([201, { release: 'rel_1', by: anna.accountId, call: 1 }])
  expect(headers.get('cache-control')).toBe('private, no-store')
  expect(headers.get('content-security-policy')).toContain("default-src 'none'")
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(headers.get('x-request-id')).toMatch(/^req_/)
  expect(info).toHaveBeenCalledExactlyOnceWith(
    'request',
    expect.objectContaining({
      method: 'POST',
      status: 201,
      account: anna.accountId,
      request: headers.get('x-request-id'),
    }),
  )
})

test.each<[string, Send, number, string]>([
  ['no Origin', { headers: { origin: null } }, 403, 'origin-missing'],
  ['Origin null', { headers: { origin: 'null' } }, 403, 'origin-foreign'],
  ['a sibling domain', { headers: { origin: 'http://evil.127.0.0.1:3000' } }, 403, 'origin-foreign'],
  ['the same host by https', { headers: { origin: 'https://127.0.0.1:3000' } }, 403, 'origin-foreign'],
  ['another port', { headers: { origin: 'http://127.0.0.1:3001' } }, 403, 'origin-foreign'],
  ['a site of ours, says the browser', { headers: { 'sec-fetch-site': 'same-site' } }, 403, 'site-foreign'],
  ['no cookie', { headers: { cookie: null } }, 401, 'not-signed-in'],
  ['a made-up session', { headers: { cookie: `countersign=${'a'.repeat(43)}` } }, 401, 'not-signed-in'],
  ['the cookie of https', { headers: { cookie: '__Host-countersign=x' } }, 401, 'not-signed-in'],
  [
    'a form',
    { body: 'plan=abc', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    415,
    'json-only',
  ],
  ['plain text', { headers: { 'content-type': 'text/plain' } }, 415, 'json-only'],
  ['no type', { body: new Uint8Array([123, 125]), headers: { 'content-type': null } }, 415, 'json-only'],
  ['an address that cannot be', { id: '../rel_1' }, 404, 'not-found'],
  ['no JSON', { body: '{"plan":' }, 422, 'body-not-understood'],
  ['bytes that are no text', { body: new Uint8Array([34, 255, 34]) }, 422, 'body-not-understood'],
  ['a field too many', { body: { plan: 'abc', admin: true } }, 422, 'body-not-understood'],
  ['a malformed key', { headers: { 'idempotency-key': 'short' } }, 400, 'idempotency-key-malformed'],
])('%s is turned away before anything is done', async (_, what, status, code) => {
  const { post, calls } = open()
  const { status: got, headers, body } = await send(post, what)
  expect([got, body.code]).toEqual([status, code])
  expect(headers.get('content-type')).toBe('application/problem+json')
  expect(body).toMatchObject({
    type: `urn:countersign:problem:${code}`,
    status,
    request: headers.get('x-request-id'),
  })
  expect(body.title).not.toBe('Error')
  expect(calls).toEqual([])
})

test('a body over 256 KiB is turned away, with a length and without', async () => {
  const { post, calls } = open()
  const big = { body: { plan: 'x'.repeat(256 * 1024) } }
  expect(await send(post, big)).toMatchObject({ status: 413, body: { code: 'too-large' } })
  let pulled = 0
  const endless = new ReadableStream({
    pull(controller) {
      pulled += 1
      controller.enqueue(new Uint8Array(64 * 1024).fill(32))
    },
  })
  expect(await send(post, { body: endless })).toMatchObject({ status: 413 })
  expect(pulled).toBeLessThan(10)
  expect(calls).toEqual([])
})

test('what does not fit is told with its place', async () => {
  const { post } = open()
  const { body } = await send(post, { body: { plan: 'ab', deep: { n: 'x' } } })
  expect(body.problems.map(({ path }: { path: string }) => path)).toEqual(['plan', 'deep.n'])
})

test('refusals carry their code, words and status; what is unexpected tells nothing', async () => {
  const { post } = open()
  expect(await send(post, { body: { plan: 'mine' } })).toMatchObject({
    status: 409,
    body: { code: 'own-request', detail: 'Because of own-request.' },
  })
  expect(info).toHaveBeenLastCalledWith(
    'request',
    expect.objectContaining({ status: 409, code: 'own-request' }),
  )
  expect(await send(post, { body: { plan: 'gone' } })).toMatchObject({
    status: 410,
    body: { code: 'gone', refusal: { code: 'gone', since: 'yesterday' } },
  })
  const boom = await send(post, { body: { plan: 'boom' } })
  expect(boom).toMatchObject({ status: 500, body: { code: 'unexpected' } })
  expect(JSON.stringify(boom.body)).not.toContain('secret')
  expect(error).toHaveBeenCalledExactlyOnceWith(
    expect.any(String),
    expect.objectContaining({ request: boom.body.request, error: new Error('secret of the database') }),
  )
})

test('the same key and request is done once and answered the same; another request is refused', async () => {
  const { post, calls } = open()
  const key = { 'idempotency-key': 'key-12345678' }
  const both = await Promise.all([send(post, { headers: key }), send(post, { headers: key })])
  const later = await send(post, { headers: key })
  expect(both.map(({ status, body }) => [status, body.call])).toEqual([
    [201, 1],
    [201, 1],
  ])
  expect([later.status, later.body.call, calls.length]).toEqual([201, 1, 1])
  expect(await send(post, { headers: key, body: { plan: 'abcd' } })).toMatchObject({
    status: 409,
    body: { code: 'idempotency-key-reused' },
  })
  // In another process, which has its own memory but the same database.
  expect((await send(open().post, { headers: key })).body.call).toBe(1)
  // Refusals are answers too; what failed unexpectedly may be tried again.
  const mine = { headers: { 'idempotency-key': 'key-of-refusal' }, body: { plan: 'mine' } }
  const first = await send(post, mine)
  expect((await send(post, mine)).body).toEqual(first.body)
  const boom = { headers: { 'idempotency-key': 'key-of-failure' }, body: { plan: 'boom' } }
  expect([(await send(post, boom)).status, (await send(post, boom)).status]).toEqual([500, 500])
  expect(calls.length).toBe(4)
})

test('a key belongs to one account', async () => {
  const { post } = open()
  const key = { 'idempotency-key': 'key-of-everyone' }
  await send(post, { headers: key })
  anna = await testSession(db, ['/shop/approvers'], at)
  expect((await send(post, { headers: key })).body).toMatchObject({ by: anna.accountId, call: 2 })
})

test('too many writes wait, others and reads do not', async () => {
  const { post, get } = open()
  const statuses = await Promise.all(Array.from({ length: 31 }, () => send(post)))
  expect(statuses.filter(({ status }) => status === 429)).toHaveLength(1)
  const waiting = await send(post)
  expect([waiting.status, waiting.headers.get('retry-after')]).toEqual([429, '1'])
  const read = () => get(new Request(`${testUrl}/api/v1/history`, { headers: { cookie: anna.cookie } }))
  expect((await read()).status).toBe(403)
  nowMs = 1000
  expect((await send(post)).status).toBe(201)
  anna = await testSession(db, [], at)
  expect((await send(post)).status).toBe(201)
})

test('a route that needs a right is closed to those without, a read needs no Origin', async () => {
  const { get } = open()
  const read = (cookie: string, address = '/api/v1/history?page=2&page=7') =>
    get(new Request(`${testUrl}${address}`, { headers: { cookie } }))
  expect((await read(anna.cookie)).status).toBe(403)
  const dora = await testSession(db, ['/auditors'], at)
  const answer = await read(dora.cookie)
  expect([answer.status, await answer.json()]).toEqual([200, { page: 2 }])
  expect((await read(dora.cookie, '/api/v1/history?page=x')).status).toBe(422)
  await db.account.update({ where: { id: dora.accountId }, data: { groups: [] } })
  expect((await read(dora.cookie)).status).toBe(403)
})
