import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { createHub } from '#lib/platform/broadcast.ts'
import { instant, plus } from '#lib/platform/clock.ts'
import { createDb, type Db } from '#lib/platform/db.ts'
import { listen, type Names, notify } from '#lib/platform/notify.ts'
import { testDatabase } from '#lib/platform/testing.ts'
import { type EventsContext, serveEvents } from './events.ts'
import { createScope } from './scope.ts'
import { testAccess, testSession, testUrl } from './testing.ts'

const { urls } = await testDatabase()
const start = instant('2026-11-23T09:00:00.000Z')
let db: Db
let now = start
const open: AbortController[] = []

beforeAll(async () => {
  db = createDb(urls.web)
  const owner = createDb(urls.owner)
  await owner.instance.create({ data: { name: 'main' } })
  const application = (id: string, project: string) =>
    owner.application.create({
      data: { id, instanceName: 'main', namespace: 'argocd', name: id, project, unmappedReason: 'test' },
    })
  await application('app_shop', 'shop')
  await application('app_pay', 'payments')
  await owner.$disconnect()
})
afterAll(() => db.$disconnect())
afterEach(() => {
  now = start
  for (const client of open.splice(0)) client.abort()
})

function context(more: Partial<EventsContext> = {}): EventsContext {
  return {
    ...testAccess(db),
    hub: createHub({ listen: async () => ({ close: async () => {} }), gatherMs: 1 }),
    scope: createScope(db, () => 0),
    now: () => now,
    beatMs: 5,
    lifeMs: 60_000,
    ...more,
  }
}

async function connect(events: EventsContext, cookie: string, headers: Record<string, string> = {}) {
  const left = new AbortController()
  open.push(left)
  const request = new Request(`${testUrl}/api/v1/events`, { headers: { cookie, ...headers } })
  const response = await serveEvents(events, request, left.signal)
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  let ended = false
  const read = async (): Promise<void> => {
    while (reader && !ended) {
      const { done, value } = await reader.read()
      text += value ?? ''
      ended = done
    }
  }
  return {
    response,
    reading: response.ok ? read() : Promise.resolve(),
    text: () => text,
    names: () =>
      [...text.matchAll(/^data: (.+)$/gm)]
        .map(([, data]) => JSON.parse(data ?? ''))
        .filter((data) => Object.keys(data).length > 0),
    leave: () => left.abort(),
  }
}

test('what is notified in Postgres arrives as names, without applications of foreign projects', async () => {
  const hub = createHub({ listen: (hear, gap) => listen(urls.web, hear, gap), gatherMs: 1 })
  const events = context({ hub })
  const anna = await connect(events, (await testSession(db, ['/shop/approvers'])).cookie)
  const dora = await connect(events, (await testSession(db, ['/auditors'])).cookie)
  const all: Names[] = [
    { application: 'app_pay' },
    { application: 'app_none' },
    { application: 'app_shop' },
    { release: 'rel_none' },
    { instance: 'main' },
    { catalog: true },
  ]
  await db.$transaction(async (tx) => {
    for (const names of all) await notify(tx, names)
  })
  await vi.waitFor(() =>
    expect(anna.names()).toEqual([{ application: 'app_shop' }, { instance: 'main' }, { catalog: true }]),
  )
  await vi.waitFor(() => expect(dora.names()).toEqual(all))
  expect(anna.text()).toMatch(/^retry: 3000\n\nevent: beat\ndata: \{\}\n\n/)
  expect(anna.response.headers.get('content-type')).toContain('text/event-stream')
  expect(anna.response.headers.get('cache-control')).toBe('private, no-store, no-transform')
  await hub.close()
})

test('after a gap the word is to look at everything', async () => {
  let gap = () => {}
  const hub = createHub({
    listen: async (_, onGap) => {
      gap = onGap
      return { close: async () => {} }
    },
    gatherMs: 1,
  })
  const anna = await connect(context({ hub }), (await testSession(db, ['/shop/approvers'])).cookie)
  gap()
  await vi.waitFor(() => expect(anna.names()).toEqual([{ catalog: true, log: true, gap: true }]))
})

test('strangers, people without rights and other sites get no stream', async () => {
  const events = context()
  const nora = await testSession(db, [])
  expect((await connect(events, '')).response.status).toBe(401)
  expect((await connect(events, nora.cookie)).response.status).toBe(403)
  const anna = await testSession(db, ['/auditors'])
  expect((await connect(events, anna.cookie, { 'sec-fetch-site': 'cross-site' })).response.status).toBe(403)
  expect(events.hub.size()).toEqual({ clients: 0, keys: 0 })
})

test.each([
  ['sign-out', (accountId: string) => db.session.deleteMany({ where: { accountId } })],
  ['disabling', (id: string) => db.account.update({ where: { id }, data: { enabled: false } })],
  ['losing every group', (id: string) => db.account.update({ where: { id }, data: { groups: [] } })],
])('%s ends the stream with the next beat', async (_, act) => {
  const events = context()
  const anna = await testSession(db, ['/auditors'])
  const stream = await connect(events, anna.cookie)
  await act(anna.accountId)
  await stream.reading
  expect(events.hub.size().clients).toBe(0)
})

test('listening is no sign of life: the stream ends with the idle session', async () => {
  const events = context()
  const stream = await connect(events, (await testSession(db, ['/auditors'])).cookie)
  now = plus(start, 31 * 60_000)
  await stream.reading
  expect(events.hub.size().clients).toBe(0)
})

test('a stream ends after its time, so that none lives for ever', async () => {
  const events = context({ lifeMs: 20, beatMs: 60_000 })
  const stream = await connect(events, (await testSession(db, ['/auditors'])).cookie)
  await stream.reading
  expect(events.hub.size().clients).toBe(0)
})

test('the fifth stream of one account waits, and a full process says so', async () => {
  const events = context({
    hub: createHub({ listen: async () => ({ close: async () => {} }), totalMax: 5 }),
    beatMs: 60_000,
  })
  const [anna, mei] = [await testSession(db, ['/auditors']), await testSession(db, ['/auditors'])]
  const streams = []
  for (let i = 0; i < 4; i++) streams.push(await connect(events, anna.cookie))
  expect((await connect(events, anna.cookie)).response.status).toBe(429)
  expect((await connect(events, mei.cookie)).response.status).toBe(200)
  expect((await connect(events, mei.cookie)).response.status).toBe(503)
  streams[0]?.leave()
  expect((await connect(events, mei.cookie)).response.status).toBe(200)
})

test('a hundred people who come and go leave nothing behind, whenever they go', async () => {
  const events = context({ beatMs: 60_000 })
  const anna = await testSession(db, ['/auditors'])
  for (let i = 0; i < 100; i++) {
    const left = new AbortController()
    const request = new Request(`${testUrl}/api/v1/events`, { headers: { cookie: anna.cookie } })
    const serving = serveEvents(events, request, left.signal)
    // Before the answer, right after it, by the reader's own cancel.
    if (i % 3 === 0) left.abort()
    const response = await serving
    if (i % 3 === 1) left.abort()
    if (i % 3 === 2) await response.body?.cancel()
    left.abort()
  }
  expect(events.hub.size()).toEqual({ clients: 0, keys: 0 })
})
