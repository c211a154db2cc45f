import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Signals, startSignals } from './server.ts'
import type { Workload } from './traffic.ts'

type Recording = {
  request: { method: string; path: string }
  response: { status: number; headers: Record<string, string>; body: unknown }
}

/** What the recordings were made of: one service, a deployment at ten that broke something. */
const checkout: Workload = {
  app: 'checkout',
  namespace: 'shop-prod',
  rollouts: [
    { atMs: Date.parse('2026-11-20T07:00:00Z'), version: '1.1.0', bad: false },
    { atMs: Date.parse('2026-11-20T10:00:00Z'), version: '1.2.0', bad: true },
  ],
}
const now = Date.parse('2026-11-20T11:00:00Z')

/** Recorded paths that are not served yet: nothing in the product asks for them. */
const notServed = [
  'victoriametrics/import-prometheus',
  'victorialogs/insert-jsonline',
  'victorialogs/facets',
  'victorialogs/field-names',
  'victorialogs/field-values-version',
  'victorialogs/stats-query',
  'victorialogs/stats-query-range',
  'victorialogs/streams',
  'victorialogs/tail-refuses-stats',
]

/** The sandbox has latencies too, so these hold more than was recorded; see the containment test. */
const longer = ['victoriametrics/series']

const folder = new URL('../recordings/', import.meta.url)
const names = ['victoriametrics', 'victorialogs'].flatMap((system) =>
  readdirSync(new URL(system, folder)).map((file) => `${system}/${file.replace('.json', '')}`),
)
const read = (name: string): Recording => JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'))

let signals: Signals
beforeAll(async () => {
  signals = await startSignals({ port: 0, workloads: () => [checkout], now: () => now })
})
afterAll(() => signals.close())

async function play(name: string) {
  const { request } = read(name)
  const base = name.startsWith('victoriametrics') ? signals.metrics : signals.logs
  const response = await fetch(base + request.path, { method: request.method })
  return { response, body: await response.text() }
}

/** Names and types; lists by the shapes that occur in them. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return [...new Set(value.map((inner) => JSON.stringify(shapeOf(inner))))].sort()
  if (typeof value !== 'object' || value === null) return typeof value
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, inner]) => [key, shapeOf(inner)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}

const lines = (body: unknown): object[] =>
  typeof body === 'string'
    ? body.split('\n').flatMap((line) => (line ? [JSON.parse(line)] : []))
    : [body as object]

describe.each(names.filter((name) => !notServed.includes(name)))('%s', (name) => {
  test('same status, type, shape; errors and empty answers word for word', async () => {
    const { response: recorded } = read(name)
    const { response, body } = await play(name)
    expect(response.status).toBe(recorded.status)
    expect(response.headers.get('content-type')).toBe(recorded.headers['content-type'])
    const isStream = response.headers.get('content-type') === 'application/stream+json'
    if (isStream) {
      expect(shapeOf(lines(body))).toEqual(shapeOf(lines(recorded.body)))
      expect(body === '').toBe(recorded.body === '')
    } else if (typeof recorded.body === 'string') expect(body).toBe(recorded.body)
    else if (recorded.status !== 200) expect(JSON.parse(body)).toEqual(recorded.body)
    else if (!longer.includes(name)) expect(shapeOf(JSON.parse(body))).toEqual(shapeOf(recorded.body))
  })
})

test('a list of labels or series holds at least what was recorded', async () => {
  for (const name of ['victoriametrics/labels', 'victoriametrics/label-values', 'victoriametrics/series']) {
    const recorded = read(name).response.body as { data: unknown[] }
    const { data } = JSON.parse((await play(name)).body) as { data: unknown[] }
    expect(data).toEqual(expect.arrayContaining(recorded.data))
  }
})

test('nothing found is an empty answer of the right kind, and the traffic shows the deployment', async () => {
  const result = async (name: string) =>
    JSON.parse((await play(name)).body).data.result as { values: [number, string][] }[]
  expect(await result('victoriametrics/range-no-series')).toEqual([])
  expect(await result('victoriametrics/range-division-by-nothing')).toEqual([])
  const [line] = await result('victoriametrics/range-error-ratio')
  const at = (iso: string) => Number(line?.values.find(([second]) => second === Date.parse(iso) / 1000)?.[1])
  expect(at('2026-11-20T09:30:00Z')).toBeLessThan(0.02)
  expect(at('2026-11-20T10:30:00Z')).toBeGreaterThan(0.05)
})

test('a limit gives the newest lines in rising order, a sort gives falling order', async () => {
  const times = (body: string) => lines(body).map((line) => (line as { _time: string })._time)
  const newest = times((await play('victorialogs/query-newest-20')).body)
  expect(newest).toHaveLength(20)
  expect(newest).toEqual(newest.toSorted())
  const sorted = times((await play('victorialogs/query-sorted')).body)
  expect(sorted).toEqual(sorted.toSorted().reverse())
})

test('a hostile line comes as the real one sends it: escaped markup, control codes inside', async () => {
  const { body } = await play('victorialogs/query-hostile-line')
  expect(body).toContain('\\u003cscript')
  expect(lines(body)).toEqual([
    expect.objectContaining({
      _msg: (read('victorialogs/query-hostile-line').response.body as { _msg: string })._msg,
    }),
  ])
})

test('patterns: the new one, with numbers taken out as recorded', async () => {
  const patterns = (body: unknown) => lines(body).map((line) => (line as { _msg: string })._msg)
  for (const name of ['victorialogs/patterns-before', 'victorialogs/patterns-after'])
    expect(patterns((await play(name)).body).sort()).toEqual(patterns(read(name).response.body).sort())
})

test('a tail hands on what is written, and takes no pipes', async () => {
  const refused = await play('victorialogs/tail-refuses-stats')
  expect([refused.response.status, refused.body]).toEqual([400, expect.stringContaining('live tailing')])
  const stop = new AbortController()
  const query = '%7Bkubernetes.pod_namespace%3D%22shop-prod%22%7D%20level%3Ainfo'
  const opened = await fetch(`${signals.logs}/select/logsql/tail?query=${query}&start_offset=60s`, {
    signal: stop.signal,
  })
  expect(opened.headers.get('content-type')).toBe('application/stream+json')
  const { value } = (await opened.body?.getReader().read()) ?? {}
  const times = lines(new TextDecoder().decode(value)).map((line) => (line as { _time: string })._time)
  expect(times.length).toBeGreaterThan(3)
  expect(times).toEqual(times.toSorted())
  stop.abort()
})

test('alerts: what fires after a bad rollout, filters, refusals', async () => {
  const ask = async (query: string) => {
    const response = await fetch(`${signals.alerts}/api/v2/alerts${query}`)
    return { status: response.status, body: await response.json() }
  }
  const all = await ask('')
  expect(all).toMatchObject({
    status: 200,
    body: [
      { labels: { app: 'checkout' }, startsAt: '2026-11-20T10:04:00.000Z', status: { state: 'active' } },
    ],
  })
  expect(await ask('?filter=namespace="shop-prod"&filter=severity=~"critical|warning"')).toEqual(all)
  expect((await ask('?filter=namespace="elsewhere"')).body).toEqual([])
  expect(await ask('?filter=nonsense')).toEqual({ status: 400, body: 'bad matcher format: nonsense' })
  const status = await fetch(`${signals.alerts}/api/v2/status`)
  expect(await status.json()).toMatchObject({ versionInfo: { version: expect.any(String) } })
})

test('alerts: a silence is listed by the labels that it names', async () => {
  const silenced = { ...checkout, namespace: 'shop-staging' }
  const other = await startSignals({ port: 0, workloads: () => [silenced], now: () => now })
  const ask = async (path: string) => (await fetch(`${other.alerts}/api/v2/${path}`)).json()
  const [alert] = await ask('alerts')
  const [silence] = await ask('silences?filter=namespace="shop-staging"')
  expect(alert.status).toMatchObject({ state: 'suppressed', silencedBy: [silence.id] })
  expect(await ask('silences?filter=namespace="elsewhere"')).toEqual([])
  await other.close()
})

test('health, and a path nobody knows', async () => {
  expect(await (await fetch(`${signals.metrics}/health`)).text()).toBe('OK')
  const unknown = await fetch(`${signals.metrics}/api/v1/admin/tsdb/delete_series`)
  expect(unknown.status).toBe(400)
})
