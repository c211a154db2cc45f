import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { log } from '#lib/platform/log.ts'
import { createSignalClient, type SignalBackend } from '#lib/signals/client.ts'
import { startSignals } from '#sandbox/signals/server.ts'
import { seriesOf, type Workload } from '#sandbox/signals/traffic.ts'
import { findVictoria, startVictoria, type Victoria } from '#sandbox/signals/victoria.ts'
import { candidatesOf } from './candidate.ts'
import { selector } from './label.ts'
import type { PanelName, PanelView } from './panel.ts'
import { readPanel, readUsual } from './read.ts'
import { gridOf, type Range } from './window.ts'

const cacheDir = new URL('../../.countersign/cache', import.meta.url).pathname
const found = await findVictoria(cacheDir)
beforeEach(() => {
  vi.spyOn(log, 'warn').mockImplementation(() => {})
})

/** Whole minutes, so that every moment of a grid has its sample. */
const nowMs = Math.floor(Date.now() / 3_600_000) * 3_600_000
const minuteMs = 60_000
const world: Workload = {
  app: 'checkout',
  namespace: 'shop-prod',
  rollouts: [
    { atMs: nowMs - 5 * 86_400_000, version: '1.1.0', bad: false },
    { atMs: nowMs - 30 * minuteMs, version: '1.2.0', bad: true },
  ],
}

const labelsText = (labels: Record<string, string>) =>
  Object.entries(labels)
    .filter(([label]) => label !== '__name__')
    // As the text format has it, which knows fewer escapes than queries do.
    .map(([label, value]) => `${label}="${value.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')}"`)
    .join(',')
const line = (name: string, labels: Record<string, string>, value: number | string, atMs: number) =>
  `${name}{${labelsText(labels)}} ${value} ${atMs}`

/** A counter of one request a second, told each minute, with what is said of it at some minutes put in its place. */
function counter(
  namespace: string,
  labels: Record<string, string>,
  said: (minute: number, value: number) => number | string | null,
) {
  return Array.from({ length: 61 }, (_, minute) => {
    const value = said(minute, minute * 60)
    const atMs = nowMs - (60 - minute) * minuteMs
    return value === null ? '' : line('http_requests_total', { namespace, app: 'a', ...labels }, value, atMs)
  }).filter(Boolean)
}

function describeMetrics(
  name: string,
  start: () => Promise<{ backend: SignalBackend; stop: () => Promise<void> }>,
) {
  describe(name, () => {
    let backend: SignalBackend
    let stop = async () => {}
    const client = createSignalClient()
    beforeAll(async () => {
      ;({ backend, stop } = await start())
    })
    afterAll(() => stop())
    const request = (panel: PanelName, range: Range = '1h') => ({
      ...{ backend, uiUrl: backend.url, panel, nowMs, read: client.read },
      candidates: candidatesOf(
        { namespace: 'shop-prod', service: 'checkout', workloads: [], services: [] },
        [],
      ),
      grid: gridOf(range, nowMs),
    })

    test('finds the series and draws each panel', async () => {
      for (const panel of ['traffic', 'errors', 'latency'] as const)
        expect(await readPanel(request(panel))).toMatchObject({
          is: 'shown',
          profile: 'HTTP requests by convention',
          found: 'label app',
        })
      expect(await readPanel(request('saturation'))).toMatchObject({
        is: 'shown',
        profile: 'cAdvisor',
        unit: 'bytes',
      })
    })

    test('the release shows in the errors and not in the traffic', async () => {
      const values = async (panel: PanelName) => {
        const view = await readPanel(request(panel))
        return view.is === 'shown' ? (view.lines[0]?.values ?? []) : []
      }
      const mean = (list: (number | null)[]) =>
        list.reduce<number>((sum, value) => sum + (value ?? 0), 0) / list.length
      const errors = await values('errors')
      expect(mean(errors.slice(2, 28))).toBeLessThan(0.03)
      expect(mean(errors.slice(34, 58))).toBeGreaterThan(0.05)
      const traffic = await values('traffic')
      expect(mean(traffic.slice(34, 58)) / mean(traffic.slice(2, 28))).toBeCloseTo(1, 0)
    })

    test('knows what is usual from the days before', async () => {
      const usual = await readUsual(request('errors'))
      expect(usual).toMatchObject({ is: 'usual', days: 4 })
      const high = usual.is === 'usual' ? usual.high.filter((value) => value !== null) : []
      expect(high.length).toBeGreaterThan(50)
      expect(Math.max(...high)).toBeLessThan(0.05)
    })

    test('says what was tried where there is nothing', async () => {
      const candidates = candidatesOf(
        { namespace: 'nowhere', service: 'nobody', workloads: [], services: [] },
        [],
      )
      const view = await readPanel({ ...request('traffic'), candidates })
      expect(view).toMatchObject({ is: 'empty' })
      expect(view.is === 'empty' && view.tried.some(({ name }) => name.includes('OpenTelemetry'))).toBe(true)
    })

    test('a scope of another application leaves nothing, whatever the query says', async () => {
      const outcome = await client.read(
        {
          ...{ backend, path: '/api/v1/query', scope: { namespace: 'shop-prod', app: 'other' } },
          params: [
            ['query', 'count({__name__=~".+"}) or count(http_requests_total{app="checkout"})'],
            ['time', `${nowMs / 1000}`],
          ],
        },
        {
          parse: (text) => (JSON.parse(text) as { data: { result: unknown[] } }).data.result,
          keepMs: 0,
          as: 'test',
        },
      )
      expect(outcome).toEqual({ ok: true, value: [] })
    })

    test('a query that cannot be read is rejected', async () => {
      const params = [['query', 'sum(rate(x[5m])']] as const
      const outcome = await client.read(
        { backend, path: '/api/v1/query', params, scope: { namespace: 'a' } },
        { parse: String, keepMs: 0, as: 'test' },
      )
      expect(outcome).toMatchObject({ ok: false, why: 'rejected' })
    })
  })
}

describeMetrics('the sandbox', async () => {
  const signals = await startSignals({ port: 0, workloads: () => [world], now: () => nowMs })
  return { backend: { kind: 'metrics', url: signals.metrics }, stop: signals.close }
})

if ('missing' in found) {
  console.info(`Skipped: metrics of a real VictoriaMetrics (${found.missing}).`)
  describe('a real VictoriaMetrics', () => test.skip(found.missing, () => {}))
} else {
  let victoria: Victoria | undefined
  const start = async () => {
    victoria = await startVictoria(found.binary)
    const lines: string[] = []
    for (const { labels, valueAt } of seriesOf([world], nowMs))
      for (let day = 0; day <= 4; day += 1)
        for (let minute = 0; minute <= 130; minute += 1) {
          const atMs = nowMs - day * 86_400_000 + (minute - 125) * minuteMs
          const value = valueAt(atMs)
          if (value !== undefined) lines.push(line(labels.__name__ ?? '', labels, value, atMs))
        }
    await victoria.load(lines)
    return { backend: { kind: 'metrics', url: victoria.url } as const, stop: victoria.stop }
  }
  describeMetrics('a real VictoriaMetrics', start)
  describe('what real counters do', () => {
    let own: Victoria
    const hostile = [
      'a"b',
      'a\\b',
      'a\nb',
      'a}b{',
      "a'b`c",
      'a=b,c="d"',
      'ä漢😀',
      '\u202e',
      '{__name__=~".+"}',
      'a\u0001b',
    ]
    beforeAll(async () => {
      own = await startVictoria(found.binary)
      await own.load([
        ...counter('reset', { code: '200' }, (minute, value) => (minute >= 30 ? value - 1800 : value)),
        ...counter('odd', { code: '200' }, (minute, value) =>
          minute === 20 ? 'NaN' : minute === 40 ? '+Inf' : value,
        ),
        ...counter('gap', { code: '200' }, (minute, value) => (minute > 20 && minute < 40 ? null : value)),
        ...counter('version', { code: '200', version: '1' }, (minute, value) =>
          minute <= 30 ? value : null,
        ),
        ...counter('version', { code: '200', version: '2' }, (minute, value) =>
          minute >= 30 ? value - 1800 : null,
        ),
        ...counter('late', { code: '200' }, (minute, value) => (minute <= 55 ? value : null)),
        // Ten minutes of its own clock more than we have had: nothing of our hour is missing, nothing is drawn ahead of us.
        ...Array.from({ length: 71 }, (_, minute) =>
          line(
            'http_requests_total',
            { namespace: 'ahead', app: 'a', code: '200' },
            minute * 60,
            nowMs - (60 - minute) * minuteMs,
          ),
        ),
        ...counter('good', { code: '200' }, (_, value) => value),
        ...counter('idle', { code: '200' }, () => 5),
        ...hostile.map((value) => line('hostile', { namespace: value }, 1, nowMs)),
      ])
    })
    afterAll(() => own.stop())

    const client = createSignalClient()
    const read = async (namespace: string, panel: PanelName = 'traffic'): Promise<(number | null)[]> => {
      const view: PanelView = await readPanel({
        ...{ backend: { kind: 'metrics', url: own.url }, uiUrl: own.url, panel, nowMs, read: client.read },
        candidates: candidatesOf({ namespace, service: 'a', workloads: [], services: [] }, []),
        grid: gridOf('1h', nowMs),
      })
      if (view.is !== 'shown') throw new Error(JSON.stringify(view))
      return view.lines[0]?.values ?? []
    }
    const around = (values: (number | null)[], from: number, to: number) => values.slice(from, to + 1)

    test('a counter that begins anew is no negative rate and no peak', async () => {
      const values = (await read('reset')).slice(2)
      expect(Math.min(...values.map((value) => value ?? 0))).toBeGreaterThan(-0.01)
      expect(Math.max(...values.map((value) => value ?? 0))).toBeLessThan(1.2)
    })

    test('NaN and infinities are gaps or left out, and never drawn', async () => {
      const values = await read('odd')
      expect(values.every((value) => value === null || (Number.isFinite(value) && value >= 0))).toBe(true)
      expect(around(values, 5, 15)).toEqual(Array.from({ length: 11 }, () => 1))
    })

    test('a missing stretch is a gap', async () => {
      const values = await read('gap')
      expect(around(values, 25, 38).every((value) => value === null)).toBe(true)
      expect(around(values, 45, 55)).toEqual(Array.from({ length: 11 }, () => 1))
    })

    test('a label that changes with the version is one line', async () => {
      const values = await read('version')
      expect(around(values, 5, 29)).toEqual(Array.from({ length: 25 }, () => 1))
      expect(around(values, 33, 58)).toEqual(Array.from({ length: 26 }, () => 1))
    })

    test('a backend whose clock or scrapes are behind ends in a gap, not in zero', async () => {
      const values = await read('late')
      expect(around(values, 5, 54)).toEqual(Array.from({ length: 50 }, () => 1))
      expect(values.at(-1)).toBeNull()
      expect(values).not.toContain(0)
    })

    test('a backend whose clock is ahead changes nothing up to our own moment', async () => {
      const values = await read('ahead')
      expect(values).toHaveLength(61)
      expect(around(values, 5, 60)).toEqual(Array.from({ length: 56 }, () => 1))
    })

    test('a series that is not there is told as such, and never a line of zeros', async () => {
      await expect(read('nowhere')).rejects.toThrow('"is":"empty"')
    })

    test('no failed request is no error; no request at all is not', async () => {
      expect(around(await read('good', 'errors'), 5, 55)).toEqual(Array.from({ length: 51 }, () => 0))
      expect(around(await read('idle', 'errors'), 5, 55)).toEqual(Array.from({ length: 51 }, () => null))
    })

    test('label values of any kind are found by the query that is built of them', async () => {
      for (const value of hostile) {
        const outcome = await client.read(
          {
            ...{
              backend: { kind: 'metrics', url: own.url } as const,
              path: '/api/v1/query',
              scope: { namespace: value },
            },
            params: [
              ['query', `hostile${selector({ namespace: value })}`],
              ['time', `${nowMs / 1000}`],
            ],
          },
          {
            parse: (text) =>
              (JSON.parse(text) as { data: { result: { metric: { namespace: string } }[] } }).data.result.map(
                ({ metric }) => metric.namespace,
              ),
            ...{ keepMs: 0, as: 'test' },
          },
        )
        expect(outcome).toEqual({ ok: true, value: [value] })
      }
    })
  })
}
