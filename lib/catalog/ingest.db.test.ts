import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type ArgoClient, createArgoClient } from '#lib/argocd/client.ts'
import { createDb } from '#lib/platform/db.ts'
import { log } from '#lib/platform/log.ts'
import { testDatabase } from '#lib/platform/testing.ts'
import { type Argo, startArgo } from '#sandbox/argocd/server.ts'
import { createWorld, type World } from '#sandbox/world/world.ts'
import { registerInstances } from './commands.ts'
import { followInstance } from './ingest.ts'

const { urls } = await testDatabase()
const db = createDb(urls.worker)
const until = { timeout: 20_000, interval: 20 }
const label = 'acme.example'
const catalog = {
  rules: [
    {
      name: 'labels',
      when: { label: `${label}/service` },
      service: `{label:${label}/service}`,
      environment: `{label:${label}/env}`,
      team: `{label:${label}/team}`,
    },
  ],
  environments: [
    { name: 'dev', protected: false },
    { name: 'staging', protected: false },
    { name: 'prod', protected: true },
  ],
}

let world: World
let argo: Argo
let client: ArgoClient
let over: AbortController
let done: Promise<void>
let count = 0

beforeEach(async () => {
  for (const level of ['info', 'warn', 'error'] as const) vi.spyOn(log, level).mockImplementation(() => {})
  world = createWorld({ speed: 4, seed: `ingest${count}` })
  argo = await startArgo(world, { keepAliveMs: 100 })
  client = createArgoClient({
    name: `argo${count++}`,
    url: argo.url,
    token: () => argo.tokens.countersign,
    maskKey: 'k',
    timeoutMs: 1_000,
    listTimeoutMs: 1_000,
    silenceMs: 1_000,
  })
  await registerInstances(db, [{ name: client.name, webUrl: argo.url }])
  over = new AbortController()
})
afterEach(async () => {
  over.abort()
  await done
  world.close()
  await Promise.all([client.close(), argo.close()])
})
afterAll(() => db.$disconnect())

const start = (sweepEveryMs = 60_000) => {
  done = followInstance({ db, client, catalog, sweepEveryMs }, over.signal)
}
const instance = () => db.instance.findUniqueOrThrow({ where: { name: client.name } })
const rows = () => db.application.count({ where: { instanceName: client.name, goneAt: null } })
const row = (name: string) => db.application.findFirstOrThrow({ where: { instanceName: client.name, name } })
const fleet = () => Object.keys(world.state().applications).length
const connected = () => expect.poll(() => instance().then((i) => i.state), until).toBe('connected')

test('snapshot, then changes as they happen', async () => {
  start()
  await connected()
  await expect.poll(rows, until).toBe(fleet())
  expect(await row('checkout-prod')).toMatchObject({
    service: 'checkout',
    environment: 'prod',
    protected: true,
    automated: false,
  })
  world.commit({ service: 'notifier', envs: ['dev'], version: '99.0.0' })
  await expect.poll(() => row('notifier-dev').then((r) => r.version), until).toBe('99.0.0')
}, 20_000)

test('an application deleted at Argo CD is marked gone, its row stays', async () => {
  start()
  await connected()
  await expect.poll(rows, until).toBe(fleet())
  world.delete('reports-dev')
  await expect.poll(() => row('reports-dev').then((r) => r.goneAt !== null), until).toBe(true)
}, 20_000)

test.each([
  [{ kind: 'down' } as const, 'unreachable'],
  [{ kind: 'status', status: 401 } as const, 'unauthorised'],
  [{ kind: 'status', status: 500 } as const, 'unreachable'],
  [{ kind: 'slow', delayMs: 70_000 } as const, 'unreachable'],
  [{ kind: 'half-object' } as const, /unreachable|not-understood/],
])(
  '%o: it is said, nothing empties, and it comes back',
  async (fault, state) => {
    start(50)
    await connected()
    await expect.poll(rows, until).toBe(fleet())
    argo.setFault(fault)
    await expect.poll(() => instance().then((i) => i.state), until).toMatch(state)
    expect((await instance()).detail).not.toBe('')
    expect((await instance()).lastContactAt).not.toBeNull()
    expect(await rows()).toBe(fleet())
    argo.setFault(undefined)
    await connected()
  },
  30_000,
)

test('values nobody has heard of are kept and shown; the other applications go on', async () => {
  argo.setFault({ kind: 'unknown-type', application: 'checkout-dev' })
  start()
  await connected()
  await expect.poll(rows, until).toBe(fleet())
  const strange = await row('checkout-dev')
  expect(strange.problem ?? `${strange.health} ${strange.sync}`).not.toMatch(
    /^(Healthy|Degraded) (Synced|OutOfSync)$/,
  )
  expect((await row('checkout-prod')).problem).toBeNull()
}, 20_000)

test('a sweep in which nothing changed writes nothing', async () => {
  start(50)
  await connected()
  await expect.poll(rows, until).toBe(fleet())
  const newest = () =>
    db.application.aggregate({ where: { instanceName: client.name }, _max: { observedAt: true } })
  const before = await newest()
  const swept = (await instance()).sweptAt
  await expect.poll(() => instance().then((i) => Number(i.sweptAt) > Number(swept) + 300), until).toBe(true)
  expect(await newest()).toEqual(before)
}, 20_000)

test('a fault of ours while listing ends the round, is said, and nothing is left unheard', async () => {
  start(50)
  await connected()
  const fault = vi.spyOn(client, 'streamList').mockImplementation(() => {
    throw new Error('a fault of ours')
  })
  await expect.poll(() => vi.mocked(log.error).mock.calls.length, until).toBeGreaterThan(1)
  expect(vi.mocked(log.error).mock.calls[0]?.[0]).toBe('keeping the catalog failed')
  fault.mockRestore()
  const swept = (await instance()).sweptAt
  await expect.poll(() => instance().then((i) => Number(i.sweptAt) > Number(swept)), until).toBe(true)
}, 20_000)

test('two workers: one watches, the other takes over when it falls silent', async () => {
  const { leaseInstance, releaseInstance } = await import('./commands.ts')
  start()
  expect(await leaseInstance(db, client.name, 'wrk_a')).toBe(true)
  expect(await leaseInstance(db, client.name, 'wrk_b')).toBe(false)
  expect(await leaseInstance(db, client.name, 'wrk_a')).toBe(true)
  await releaseInstance(db, client.name, 'wrk_a')
  expect(await leaseInstance(db, client.name, 'wrk_b')).toBe(true)
})
