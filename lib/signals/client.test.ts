import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { log } from '#lib/platform/log.ts'
import { createSignalClient, type SignalBackend } from './client.ts'
import { addressRefusal, ForbiddenRequest, guarded, mayResolve } from './client-guard.ts'

const open: (() => void)[] = []
beforeEach(() => {
  vi.spyOn(log, 'warn').mockImplementation(() => {})
})
afterEach(() => {
  for (const close of open.splice(0)) close()
})

async function backendOf(handle: (req: IncomingMessage, res: ServerResponse) => void) {
  const seen: string[] = []
  const server = createServer((req, res) => {
    seen.push(req.url ?? '')
    handle(req, res)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  open.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/select/0/prometheus`
  return { seen, backend: { kind: 'metrics', url } satisfies SignalBackend }
}

const request = {
  path: '/api/v1/query',
  params: [['query', 'up']] as const,
  scope: { namespace: 'shop-prod' },
}
const asText = { parse: (text: string) => text, keepMs: 1000, as: 'text' }

describe('what may be asked', () => {
  test.each([
    '/api/v1/admin/tsdb/delete_series',
    '/api/v1/query/',
    '/api/v1/query/../admin/tsdb/delete_series',
    '/api/v1/query%2f..%2fadmin',
    '/api/v1/query?extra_label=namespace=other',
    '/api/v1/query#',
    '/api/v1/write',
    '/api/v1/import/prometheus',
    '/api/v1/export',
    '/api/v1/label/../values',
    '/api/v1/label/a/b/values',
    '/api/v1/label/a%2f/values',
    '/internal/force_flush',
    '/-/reload',
    '/metrics',
    '/debug/pprof/heap',
    '/targets',
    '/config',
    '//evil.example/api/v1/query',
    'http://evil.example/api/v1/query',
    '\\api\\v1\\query',
    '/api/v1/query\r\nHost: evil.example',
    'api/v1/query',
    '',
    'constructor',
    '__proto__',
    '/select/logsql/query',
    '/delete/run_task',
  ])('not the path %j', (path) => {
    expect(() => guarded('metrics', path, [], { namespace: 'a' })).toThrow(ForbiddenRequest)
  })

  test('nor a parameter that names or widens a scope', () => {
    for (const name of [
      'extra_label',
      'extra_filters',
      'extra_filters[]',
      'trace',
      'deny_partial_response',
      'x',
    ])
      expect(() => guarded('metrics', '/api/v1/query', [[name, 'a']], { namespace: 'a' })).toThrow(name)
    for (const name of ['extra_filters', 'extra_stream_filters', 'AccountID', 'allow_partial_response'])
      expect(() => guarded('logs', '/select/logsql/query', [[name, 'a']], { app: 'a' })).toThrow(name)
    for (const scope of [{}, { namespace: '' }])
      expect(() => guarded('metrics', '/api/v1/query', [], scope)).toThrow('scope')
  })

  test('nor a way for a log query out of its time', () => {
    const ask = (query: string) => guarded('logs', '/select/logsql/query', [['query', query]], { app: 'a' })
    for (const query of [
      'options(ignore_global_time_filter=true) *',
      '* | join by (a) (OPTIONS (x=1) *)',
      '"x" options(a=b)',
    ])
      expect(() => ask(query)).toThrow(ForbiddenRequest)
    expect(ask('"options(" error')).toHaveLength(2)
  })

  test('each system is told the scope in its own words', () => {
    const scope = { namespace: 'a"b=c' }
    expect(guarded('metrics', '/api/v1/label/pod/values', [], scope)).toEqual([
      ['extra_label', 'namespace=a"b=c'],
    ])
    expect(guarded('logs', '/select/logsql/hits', [], scope)).toEqual([
      ['extra_filters', '{"namespace":"a\\"b=c"}'],
    ])
    expect(guarded('alerts', '/api/v2/alerts', [['filter', 'x="y"']], scope)).toEqual([
      ['filter', 'x="y"'],
      ['filter', 'namespace="a\\"b=c"'],
    ])
  })
})

describe('where nothing is sent', () => {
  test.each([
    'http://169.254.169.254/latest/meta-data/',
    'http://169.254.170.2/',
    'http://[::ffff:169.254.169.254]/',
    'http://[::ffff:a9fe:a9fe]/',
    'http://2852039166/',
    'http://0xa9fea9fe/',
    'http://0251.0376.0251.0376/',
    'http://169.16689662/',
    'http://169.254.169.254./',
    'http://[fd00:ec2::254]/',
    'http://[fe80::1]/',
    'http://[64:ff9b::a9fe:a9fe]/',
    'http://100.100.100.200/',
    'http://192.0.0.192/',
    'http://0.0.0.0/',
    'http://0/',
    'http://[::]/',
    'http://224.0.0.1/',
    'http://255.255.255.255/',
    'http://metadata.google.internal/computeMetadata/v1/',
    'http://METADATA/',
    'http://metadata.azure.internal/',
    'http://instance-data/latest/',
    'http://user:secret@metrics.example.com/',
    'http://metrics.example.com@169.254.169.254/',
    'http://metrics.example.com/?to=elsewhere',
    'http://metrics.example.com/#x',
    'file:///etc/passwd',
    'gopher://metrics.example.com:70/_GET',
    'ftp://metrics.example.com/',
    'dict://metrics.example.com:11211/',
    'javascript:alert(1)',
    'data:text/plain,x',
    'unix:/var/run/docker.sock',
    '//metrics.example.com',
    'metrics.example.com',
    '',
  ])('%s', (url) => {
    expect(addressRefusal(url)).toBeTypeOf('string')
  })

  test('private networks are where such systems stand', () => {
    for (const url of [
      'http://10.0.0.5:8428',
      'http://vmselect.monitoring:8481/select/0/prometheus',
      'http://127.0.0.1:8428',
      'https://[fd12::5]/',
      'https://metrics.example.com',
    ])
      expect(addressRefusal(url)).toBeUndefined()
  })

  test('a name that later leads elsewhere is not followed there', async () => {
    expect(mayResolve('metrics.example.com', '10.0.0.5')).toBe(true)
    for (const ip of [
      '169.254.169.254',
      '::ffff:169.254.169.254',
      '127.0.0.1',
      '::1',
      '0.0.0.0',
      'fd00:ec2::254',
    ])
      expect(mayResolve('metrics.example.com', ip)).toBe(false)
    expect(mayResolve('localhost', '127.0.0.1')).toBe(true)
    const client = createSignalClient()
    const refused = await client.read(
      { ...request, backend: { kind: 'metrics', url: 'http://169.254.169.254' } },
      asText,
    )
    expect(refused).toMatchObject({ ok: false, why: 'refused' })
  })

  test('a redirect is told, not followed', async () => {
    const elsewhere = await backendOf((_, res) => res.end('secret'))
    const { backend } = await backendOf((_, res) =>
      res.writeHead(302, { location: elsewhere.backend.url }).end(),
    )
    expect(await createSignalClient().read({ ...request, backend }, asText)).toMatchObject({
      ok: false,
      why: 'refused',
    })
    expect(elsewhere.seen).toEqual([])
  })
})

describe('one client for all', () => {
  test('200 people who ask the same cause one call, and the next ones within its time none', async () => {
    let answer = () => {}
    const asked = new Promise<void>((resolve) => {
      answer = resolve
    })
    const { backend, seen } = await backendOf(async (_, res) => {
      await asked
      res.end('{"x":1}')
    })
    let parsed = 0
    const client = createSignalClient()
    const parse = (text: string) => {
      parsed += 1
      return JSON.parse(text) as unknown
    }
    const all = Array.from({ length: 200 }, (_, at) =>
      client.read({ ...request, backend, person: `acc_${at}` }, { ...asText, parse }),
    )
    answer()
    const outcomes = await Promise.all(all)
    expect(outcomes.every((one) => one.ok)).toBe(true)
    await client.read({ ...request, backend, person: 'acc_late' }, { ...asText, parse })
    expect(seen).toEqual(['/select/0/prometheus/api/v1/query?query=up&extra_label=namespace%3Dshop-prod'])
    expect(parsed).toBe(1)
  })

  test('another scope, tenant or reading is another question', async () => {
    const { backend, seen } = await backendOf((req, res) => res.end(`${req.headers.accountid ?? 'none'}`))
    const client = createSignalClient()
    await client.read({ ...request, backend }, asText)
    await client.read({ ...request, backend, scope: { namespace: 'other' } }, asText)
    const tenant = await client.read(
      { ...request, backend: { ...backend, tenant: { accountId: 7, projectId: 0 } } },
      asText,
    )
    expect(tenant).toEqual({ ok: true, value: '7' })
    await client.read({ ...request, backend }, { ...asText, as: 'else' })
    expect(seen).toHaveLength(4)
  })

  test('an old answer is asked for anew; one that failed is not tried by everybody', async () => {
    let nowMs = 0
    const { backend, seen } = await backendOf((_, res) =>
      res.writeHead(seen.length > 1 ? 500 : 200).end('{}'),
    )
    const client = createSignalClient({ nowMs: () => nowMs })
    const read = () => client.read({ ...request, backend }, asText)
    await read()
    nowMs = 1001
    expect(await read()).toMatchObject({ ok: false, why: 'unreachable' })
    await read()
    expect(seen).toHaveLength(2)
    nowMs += 3001
    await read()
    expect(seen).toHaveLength(3)
  })

  test.each([
    [401, 'no', 'refused'],
    [403, 'no', 'refused'],
    [400, 'cannot find the provided auth token "x"', 'refused'],
    [400, 'parse error in query up{secret}', 'rejected'],
    [422, '{"error":"query up{secret}"}', 'rejected'],
    [429, '', 'busy'],
    [503, '', 'busy'],
    [500, 'stack', 'unreachable'],
    [200, '<html>', 'not-understood'],
  ])('%i %s is %s, and its own words stay with us', async (status, body, why) => {
    const { backend } = await backendOf((_, res) => res.writeHead(status).end(body))
    const outcome = await createSignalClient().read({ ...request, backend }, { ...asText, parse: JSON.parse })
    expect(outcome).toMatchObject({ ok: false, why })
    expect(JSON.stringify(outcome)).not.toMatch(/secret|stack|html|token "x"/)
    expect(JSON.stringify(vi.mocked(log.warn).mock.calls)).not.toContain('auth token')
  })

  test('too slow, too large, not there, and broken off after failing in a row', async () => {
    const slow = await backendOf(() => {})
    expect(
      await createSignalClient({ timeoutMs: 30 }).read({ ...request, backend: slow.backend }, asText),
    ).toMatchObject({
      why: 'timed-out',
    })
    const large = await backendOf((_, res) => res.end('x'.repeat((8 << 20) + 1)))
    expect(await createSignalClient().read({ ...request, backend: large.backend }, asText)).toMatchObject({
      why: 'too-large',
    })
    const client = createSignalClient()
    const gone = { kind: 'metrics', url: 'http://127.0.0.1:1' } as const
    const details: string[] = []
    for (let at = 0; at < 6; at += 1) {
      const outcome = await client.read(
        { ...request, backend: gone, params: [['query', `up ${at}`]] },
        asText,
      )
      details.push(outcome.ok ? '' : outcome.detail)
    }
    expect(details[0]).toContain('cannot be reached')
    expect(details[5]).toContain('left alone')
  })

  test('a backend that does not answer keeps no other waiting, not even for one person', async () => {
    const silent = await backendOf(() => {})
    const well = await backendOf((_, res) => res.end('{}'))
    const client = createSignalClient()
    const leave = new AbortController()
    const waiting = Array.from({ length: 40 }, (_, at) =>
      client.read(
        {
          ...{ ...request, backend: silent.backend, person: 'acc_1', signal: leave.signal },
          params: [['query', `up ${at}`]],
        },
        asText,
      ),
    )
    expect((await client.read({ ...request, backend: well.backend, person: 'acc_1' }, asText)).ok).toBe(true)
    leave.abort()
    expect((await Promise.all(waiting)).every((one) => !one.ok && one.why === 'timed-out')).toBe(true)
    expect(silent.seen.length).toBeLessThanOrEqual(6)
  })

  test('one person has a limit, and no more than six calls at once', async () => {
    let under = 0
    let most = 0
    const { backend } = await backendOf((_, res) => {
      under += 1
      most = Math.max(most, under)
      setImmediate(() => {
        under -= 1
        res.end('{}')
      })
    })
    const client = createSignalClient({ nowMs: () => 0 })
    const outcomes = await Promise.all(
      Array.from({ length: 410 }, (_, at) =>
        client.read({ ...request, backend, person: 'acc_1', params: [['query', `up ${at}`]] }, asText),
      ),
    )
    expect(outcomes.filter((one) => !one.ok && one.why === 'too-many')).toHaveLength(10)
    expect(most).toBeLessThanOrEqual(6)
    const other = await client.read(
      { ...request, backend, person: 'acc_2', params: [['query', 'x']] },
      asText,
    )
    expect(other.ok).toBe(true)
  })
})
