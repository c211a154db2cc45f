import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import type { Viewer } from '#lib/access/policy.ts'
import { instant } from '#lib/platform/clock.ts'
import type { Db } from '#lib/platform/db.ts'
import { log } from '#lib/platform/log.ts'
import { createSignalClient } from '#lib/signals/client.ts'
import { type Signals, startSignals } from '#sandbox/signals/server.ts'
import { findLogs, readLogs } from './loaders.ts'
import { logsQuery } from './schema.ts'
import { createTails, type TailOf, tailStream } from './tail.ts'
import { type LinesView, type PatternsView, type TailMessage, type VolumeView, wordsOf } from './view.ts'

const deployed = '2026-11-20T10:00:00Z'
const now = instant('2026-11-20T11:00:00Z')
const rollouts = [
  { atMs: Date.parse('2026-11-19T07:00:00Z'), version: '1.1.0', bad: false },
  { atMs: Date.parse(deployed), version: '1.2.0', bad: true },
]
const workloads = [
  { app: 'checkout', namespace: 'shop-prod', rollouts },
  { app: 'payments', namespace: 'shop-prod', rollouts },
]
const viewer = {
  ...{ accountId: 'usr_1', personId: 'per_1', name: 'Jonas', initials: 'J', groups: [] },
  ...{ grants: [{ role: 'developer', projects: ['shop'] }], service: false, enabled: true },
} as Viewer
const row = {
  ...{ id: 'app_1', name: 'checkout-prod', project: 'shop', service: 'checkout', environment: 'prod' },
  ...{ target: null, version: '1.2.0', namespace: 'shop-prod', labels: {}, resources: [] },
  at: new Date(deployed),
}
const db = (rows: object[] = [row]) => ({ $queryRaw: async () => rows }) as unknown as Db

let signals: Signals
/** Answers whatever is set, to see what becomes of answers that the sandbox does not give. */
let odd: Server
let answer: { status: number; body: string } = { status: 200, body: '' }
let asked: URL[] = []
let oddUrl = ''
beforeAll(async () => {
  signals = await startSignals({ port: 0, workloads: () => workloads, now: () => Date.parse(now) })
  odd = createServer((req, res) => {
    asked.push(new URL(req.url ?? '/', 'http://x'))
    if (answer.status === 0) return
    res.writeHead(answer.status, { 'content-type': 'text/plain' }).end(answer.body)
  })
  await new Promise<void>((resolve) => odd.listen(0, '127.0.0.1', resolve))
  const at = odd.address()
  oddUrl = `http://127.0.0.1:${typeof at === 'object' ? at?.port : 0}`
})
afterAll(async () => {
  odd.closeAllConnections()
  odd.close()
  await signals.close()
})
beforeEach(() => {
  asked = []
  vi.spyOn(log, 'warn').mockImplementation(() => {})
})

type Asked = Record<string, string | undefined>
async function read<T>(query: Asked, url = signals.logs, rows?: object[], timeoutMs = 10_000): Promise<T> {
  const client = createSignalClient({ timeoutMs })
  const context = { db: db(rows), config: { signals: { logs: { url } } }, read: client.read }
  return (await readLogs(context, viewer, 'app_1', logsQuery.parse(query), now)) as T
}

it('the newest lines around a moment, of this application only', async () => {
  const view = await read<LinesView>({ range: '1h', around: deployed })
  if (view.is !== 'lines') throw new Error(view.is)
  expect(view.lines).toHaveLength(300)
  expect(view.more).toBe(true)
  expect(view.lines.every(({ pod }) => pod?.startsWith('checkout-'))).toBe(true)
  expect(view.lines.map(({ at }) => at)).toEqual(
    view.lines
      .map(({ at }) => at)
      .sort()
      .reverse(),
  )
  expect(view.to).toBe('2026-11-20T10:30:00.000Z')
  expect(decodeURIComponent(view.href)).toContain('"kubernetes.pod_namespace":="shop-prod"')
})

it('words in any case, levels, version; a query of a person stays within the scope', async () => {
  const lines = async (query: Asked) => {
    const view = await read<LinesView>({ range: '1h', around: deployed, ...query })
    return view.is === 'lines' ? view.lines : view
  }
  for (const query of [
    { q: 'TIMEOUT "calling led"' },
    { q: '_msg:timeout or _msg:nonsense', mode: 'query' },
    { q: 'timeout', levels: 'error,warning', version: '1.2.0' },
  ]) {
    const found = await lines(query)
    if (!Array.isArray(found)) throw new Error(found.is)
    expect(found.length).toBeGreaterThan(3)
    expect(found.every(({ text }) => text.startsWith('timeout after'))).toBe(true)
    if ('version' in query) expect(new Set(found.map(({ version }) => version))).toEqual(new Set(['1.2.0']))
  }
  expect(await lines({ q: '"kubernetes.container_name":="payments"', mode: 'query' })).toMatchObject({
    is: 'empty',
  })
})

it('empty, refused, timed out and too many are four messages', async () => {
  expect(await read({ q: 'nothinglikethis' })).toEqual({
    is: 'empty',
    detail: 'No line of this application in this window matches what you typed.',
  })
  expect(await read({ q: 'options(ignore_global_time_filter=true) *', mode: 'query' })).toMatchObject({
    is: 'refused',
  })
  expect(await read({ q: '{a=', mode: 'query' })).toMatchObject({ is: 'refused' })
  expect(await read({ q: 'a:in(', mode: 'query' })).toMatchObject({ is: 'refused' })
  expect(await read({ q: '{a=b~}', mode: 'query' })).toMatchObject({ is: 'refused' })
  answer = { status: 0, body: '' }
  expect(await read({}, oddUrl, undefined, 50)).toMatchObject({ is: 'timed-out' })
  answer = { status: 200, body: 'x'.repeat((8 << 20) + 1) }
  expect(await read({}, oddUrl)).toMatchObject({ is: 'too-many' })
  answer = { status: 503, body: 'busy' }
  expect(await read({}, oddUrl)).toMatchObject({ is: 'failed', detail: 'It is too busy to answer (503).' })
  answer = { status: 200, body: '{"_time":"2026-11-20T10:00:00Z","_msg":"a"}\nbroken off\n' }
  expect(await read({}, oddUrl)).toMatchObject({
    is: 'lines',
    notes: [expect.stringContaining('broken off')],
  })
})

it('the scope is sent beside whatever is asked', async () => {
  answer = { status: 200, body: '' }
  await read({ q: '*) or (*', mode: 'words' }, oddUrl)
  await read({ part: 'patterns', deployed }, oddUrl)
  expect(asked).toHaveLength(3)
  for (const { searchParams } of asked) {
    expect(JSON.parse(searchParams.get('extra_filters') ?? '')).toEqual({
      'kubernetes.pod_namespace': 'shop-prod',
      'kubernetes.pod_labels.app.kubernetes.io/name': 'checkout',
    })
    expect(searchParams.get('start')).not.toBeNull()
  }
})

it('volume by level on the window of the charts', async () => {
  const view = await read<VolumeView>({ part: 'volume', range: '1h', around: deployed })
  if (view.is !== 'volume') throw new Error(view.is)
  expect(view.levels.info).toHaveLength(60)
  expect(view.total).toBeGreaterThan(600)
  const half = (values: number[] = [], side: 0 | 1) =>
    values.slice(side * 30, side * 30 + 30).reduce((sum, each) => sum + each, 0)
  expect(half(view.levels.error, 1)).toBeGreaterThan(1.5 * half(view.levels.error, 0))
})

it('the error that came with the deployment is found, with a line and words to look for', async () => {
  const view = await read<PatternsView>({ part: 'patterns', deployed })
  if (view.is !== 'patterns') throw new Error(view.is)
  const [first] = view.changes
  expect(first).toMatchObject({ kind: 'new', text: 'payment provider refused: code=<N> order=<N>' })
  expect(first?.example).toMatch(/code=4\d\d order=\d{6}$/)
  expect(first?.words).toBe('"payment provider refused: code="')
  const lines = await read<LinesView>({ around: deployed, q: first?.words })
  expect(lines.is).toBe('lines')
  expect(wordsOf('<N> "quoted text" <N>')).toBe('"quoted text"')
  expect(await read({ part: 'patterns' })).toMatchObject({ is: 'patterns', version: '1.2.0' })
  answer = { status: 429, body: '' }
  expect(await read({ part: 'patterns', deployed }, oddUrl)).toMatchObject({ is: 'failed' })
})

it('nothing for those who may not see it, nothing to read without a place', async () => {
  expect(await read({}, signals.logs, [])).toBeNull()
  expect(await read({}, signals.logs, [{ ...row, project: 'other' }])).toBeNull()
  expect(await read({}, signals.logs, [{ ...row, namespace: null }])).toMatchObject({ is: 'empty' })
  const context = { db: db(), config: { signals: {} } }
  expect(await findLogs(context, viewer, 'app_1')).toEqual({ is: 'not-configured' })
})

const tailOf = (person: string, query = '*'): TailOf => ({
  backend: { kind: 'logs', url: 'http://logs.example' },
  scope: { app: 'checkout' },
  fields: { namespace: 'ns', app: 'app', version: 'version', level: 'level' },
  query,
  person,
})

/** A stream that gives what is pushed into it, and knows whether anybody still reads. */
function upstream() {
  let signal: AbortSignal | undefined
  let opened = 0
  let wake = () => {}
  const parts: string[] = []
  async function* body() {
    while (!signal?.aborted) {
      const part = parts.shift()
      if (part === 'end') return
      if (part !== undefined) yield new TextEncoder().encode(part)
      else
        await new Promise<void>((resolve) => {
          wake = resolve
          signal?.addEventListener('abort', () => resolve(), { once: true })
        })
    }
  }
  const open = async (request: { signal: AbortSignal }) => {
    opened += 1
    signal = request.signal
    return { ok: true as const, value: body() }
  }
  const push = (...more: string[]) => {
    parts.push(...more)
    wake()
  }
  return { open, push, opened: () => opened, aborted: () => signal?.aborted ?? false }
}
const line = (text: string) => `${JSON.stringify({ _time: '2026-11-20T10:00:00Z', _msg: text })}\n`

it('all who follow the same share one stream, which ends with the last of them', async () => {
  const source = upstream()
  const tails = createTails({ open: source.open, batchMs: 1, personMax: 2 })
  const heard: Record<string, TailMessage[]> = { a: [], b: [] }
  const a = tails.join(tailOf('usr_a'), (message) => heard.a?.push(message))
  source.push(line('one'))
  await vi.waitFor(() => expect(heard.a).toHaveLength(1))
  const b = tails.join(tailOf('usr_b'), (message) => heard.b?.push(message))
  expect(heard.b).toMatchObject([{ lines: [{ text: 'one' }] }])
  source.push(line('two'), 'no line\n')
  await vi.waitFor(() => expect(heard.a?.at(-1)).toMatchObject({ lines: [{ text: 'two' }], left: 1 }))
  expect([source.opened(), tails.size()]).toEqual([1, { upstreams: 1, people: 2 }])
  if (!a.ok || !b.ok) throw new Error('refused')
  a.value()
  a.value()
  expect(source.aborted()).toBe(false)
  b.value()
  expect([source.aborted(), tails.size()]).toEqual([true, { upstreams: 0, people: 0 }])
})

it('limits: windows of a person, streams in all, lines each second', async () => {
  const source = upstream()
  const tails = createTails({
    open: source.open,
    batchMs: 1,
    personMax: 2,
    upstreamsMax: 2,
    linesPerSecond: 3,
  })
  const heard: TailMessage[] = []
  const joins = ['a', 'b', 'c'].map((query) => tails.join(tailOf('usr_a', query), (said) => heard.push(said)))
  expect(joins.map(({ ok }) => ok)).toEqual([true, true, false])
  expect(tails.join(tailOf('usr_b', 'c'), () => {})).toEqual({ ok: false, refusal: 'too-many' })
  source.push(Array.from({ length: 10 }, (_, index) => line(`${index}`)).join(''))
  await vi.waitFor(() => expect(heard[0]).toMatchObject({ left: 7 }))
  for (const join of joins) if (join.ok) join.value()
})

it('a viewer who leaves ends the stream; one that breaks off says so', async () => {
  const source = upstream()
  const tails = createTails({ open: source.open, batchMs: 1 })
  const gone = new AbortController()
  const stream = tailStream(tails, tailOf('usr_a'), gone.signal)
  if (!stream.ok) throw new Error('refused')
  gone.abort()
  expect(tails.size()).toEqual({ upstreams: 0, people: 0 })
  const other = upstream()
  const others = createTails({ open: other.open, batchMs: 1 })
  const again = tailStream(others, tailOf('usr_a'), new AbortController().signal)
  if (!again.ok) throw new Error('refused')
  other.push(line('last'), 'end')
  const text = await new Response(again.value).text()
  expect(text).toContain('"text":"last"')
  expect(text).toMatch(/data: \{"ended":"VictoriaLogs ended the stream."\}\n\n$/)
  expect(others.size()).toEqual({ upstreams: 0, people: 0 })
  const failing = createTails({ open: async () => ({ ok: false, why: 'busy', detail: 'It is busy.' }) })
  const refused = tailStream(failing, tailOf('usr_a'), new AbortController().signal)
  expect(refused.ok && (await new Response(refused.value).text())).toContain('It is busy.')
})
