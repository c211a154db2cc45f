import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { onGrid, parseNames, parseRange, shareOf } from './answer.ts'
import { candidatesOf, firstMatch, probes } from './candidate.ts'
import { reGrid } from './panel.ts'
import { quantile, usualOf } from './usual.ts'
import { earlierGrids, type Grid, gridOf, pointsOf, ranges } from './window.ts'

const grid: Grid = { fromMs: 600_000, toMs: 840_000, stepMs: 60_000 }
const answer = (values: [number, string][], more: object = {}) =>
  JSON.stringify({
    status: 'success',
    ...more,
    data: { resultType: 'matrix', result: [{ metric: { b: '1' }, values }] },
  })

describe('answers', () => {
  test('no sample, NaN and infinities are gaps; zero is zero', () => {
    const { lines, odd } = parseRange(
      answer([
        [600, '0'],
        [660, 'NaN'],
        [720, '+Inf'],
        [840, '2.5'],
      ]),
    )
    expect(onGrid(lines[0], grid)).toEqual([0, null, null, null, 2.5])
    expect(odd).toBe(2)
    expect(onGrid(undefined, grid)).toEqual([null, null, null, null, null])
  })

  test('a sample between two moments belongs to neither, one outside is left out', () => {
    const { lines } = parseRange(
      answer([
        [540, '1'],
        [630.5, '2'],
        [720, '3'],
        [900, '4'],
      ]),
    )
    expect(onGrid(lines[0], grid)).toEqual([null, null, 3, null, null])
    expect(onGrid(lines[0], grid, 60_000)).toEqual([1, null, null, 3, null])
  })

  test('an answer of part of a cluster says so', () => {
    expect(parseRange(answer([], { isPartial: true })).partial).toBe(true)
    expect(parseRange(answer([])).partial).toBe(false)
  })

  test.each([
    '',
    '{}',
    'null',
    '[]',
    '{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[["x","1"]]}]}}',
    '<html>',
    '{"status":"error","errorType":"422","error":"x"}',
  ])('what is no answer is none: %s', (text) => {
    expect(() => parseRange(text)).toThrow()
    expect(() => parseNames(text)).toThrow()
  })

  test('a share of nothing is not zero; of something nobody counted it is', () => {
    expect(shareOf([1, null, 0, 5, null], [4, 4, 0, null, 2], false)).toEqual([0.25, null, null, null, null])
    expect(shareOf([], [4, 0, null], true)).toEqual([0, null, null])
  })
})

describe('windows', () => {
  const nowMs = Date.parse('2026-11-24T04:05:17.321Z')

  test.each(ranges)('%s: every moment is a multiple of the step, now or around a moment', (range) => {
    for (const at of [undefined, nowMs - 7_000_000, nowMs, nowMs + 9_000_000]) {
      const found = gridOf(range, nowMs, at)
      expect([found.fromMs % found.stepMs, found.toMs % found.stepMs, 3_600_000 % found.stepMs]).toEqual([
        0, 0, 0,
      ])
      expect(found.toMs).toBeGreaterThan(found.fromMs)
      expect(found.toMs).toBeLessThanOrEqual(nowMs + found.stepMs)
      expect(pointsOf(found)).toBeLessThanOrEqual(145)
    }
  })

  test('earlier days are asked for in words that hold for an hour', () => {
    const words = (ms: number) => JSON.stringify(earlierGrids(gridOf('1h', ms)))
    const hour = Date.parse('2026-11-24T04:00:00Z')
    expect(words(hour + 120_000)).toBe(words(hour + 3_480_000))
    for (const { grid: earlier, shiftMs } of earlierGrids(gridOf('1h', nowMs))) {
      const today = gridOf('1h', nowMs)
      expect(earlier.fromMs + shiftMs).toBeLessThanOrEqual(today.fromMs)
      expect(earlier.toMs + shiftMs).toBeGreaterThanOrEqual(today.toMs)
    }
  })

  test('an answer of a step before is laid where it belongs', () => {
    const later = { ...grid, fromMs: grid.fromMs + 60_000, toMs: grid.toMs + 60_000 }
    expect(reGrid([1, 2, 3, 4, 5], grid, later, 5)).toEqual([2, 3, 4, 5, null])
    expect(reGrid([1], { ...grid, stepMs: 30_000 }, grid, 2)).toEqual([null, null])
  })
})

describe('what is usual', () => {
  test('needs three days with samples at a moment', () => {
    const usual = usualOf([[1, 1], [3, null], [2, 5], [], [null, null]])
    expect(usual).toEqual({ days: 3, low: [1.2, null], median: [2, null], high: [2.8, null] })
    expect(usualOf([]).days).toBe(0)
  })

  test('quantiles lie inside and in order', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), { minLength: 1 }), (list) => {
        const sorted = list.toSorted((a, b) => a - b)
        const [low, median, high] = [0.1, 0.5, 0.9].map((q) => quantile(sorted, q) ?? Number.NaN)
        return [sorted[0] ?? 0, low ?? 0, median ?? 0, high ?? 0, sorted.at(-1) ?? 0].every(
          (value, index, all) => index === 0 || value >= (all[index - 1] ?? 0) - 1e-6,
        )
      }),
    )
  })
})

describe('finding series', () => {
  const subject = {
    namespace: 'shop-prod',
    service: 'checkout',
    workloads: [{ kind: 'Deployment', name: 'checkout' }],
    services: ['checkout'],
  }
  const found = (names: Record<string, string[]>) =>
    new Map(Object.entries(names).map(([key, list]) => [key, new Set(list)]))

  test('the first profile that has all it needs is taken, the configured one before all', () => {
    const own = {
      name: 'ours',
      metric: 'shop_total',
      labels: { namespace: 'shop-prod' },
      traffic: 'sum(rate(shop_total{$labels}[$window]))',
    }
    const candidates = candidatesOf(subject, [own])
    const named = (panel: 'traffic' | 'latency' | 'saturation', names: Record<string, string[]>) =>
      firstMatch(candidates, panel, found(names))?.profile.name
    const both = { app: ['http_requests_total'], mesh: ['istio_requests_total'] }
    expect(named('traffic', both)).toBe('Istio')
    expect(named('traffic', { ...both, 'own-0': ['shop_total'] })).toBe('ours')
    expect(named('latency', both)).toBeUndefined()
    expect(named('saturation', { container: ['container_memory_working_set_bytes'] })).toBe('cAdvisor')
    const ask = candidates[0]?.profile.panels.traffic?.ask(candidates[0].finder.matchers, '60s')
    expect(ask?.queries[0]?.query).toBe('sum(rate(shop_total{namespace="shop-prod"}[60s]))')
  })

  test('every query is within the application, and asks the backend to see to it', () => {
    const candidates = candidatesOf(subject, [])
    expect(candidates.length).toBeGreaterThan(12)
    for (const { finder } of candidates) {
      expect(Object.values(finder.scope)).toContain('shop-prod')
      expect(finder.matchers).toContain('"shop-prod"')
    }
    expect(probes(candidates, 3600).length).toBeLessThanOrEqual(9)
  })

  test('pods of a name that begins alike are not taken along', () => {
    const pattern =
      /pod=~"([^"]*)"/.exec(
        candidatesOf(subject, []).find(({ finder }) => finder.key === 'pods')?.finder.matchers ?? '',
      )?.[1] ?? ''
    const matches = (pod: string) => new RegExp(`^(?:${pattern})$`).test(pod)
    expect(matches('checkout-6f9c7b5d4-x2x7q')).toBe(true)
    expect(matches('checkout-worker-6f9c7b5d4-x2x7q')).toBe(false)
  })
})
