import { describe, expect, it, test } from 'vitest'
import { comparable, holm, type Measured, quantile, readSpan, type Series, unusual } from './placebo.ts'
import { judge, type VerdictInput, windowsOf } from './verdict.ts'

const stepMs = 300_000
const dayMs = 86_400_000
const days = 15
const startMs = Date.UTC(2026, 9, 26)
const atMs = startMs + 14 * dayMs + 7_200_000
const slots = (days * dayMs) / stepMs
const at = (slot: number) => startMs + slot * stepMs

/** Steady values with a swing that is the same every time; `after` is what becomes of them with the release. */
function series(level: number, after = 1, swing = 0.05): Series {
  const values = Array.from({ length: slots }, (_, slot) => {
    const wave = 1 + swing * Math.sin(slot * 1.7) + swing * Math.sin(slot * 0.31)
    return level * wave * (at(slot) >= atMs ? after : 1)
  })
  return { startMs, stepMs, values }
}
const errors = (times = 1, share = 0.02, perStep = 3000): Measured => ({
  kind: 'share',
  all: series(perStep, 1, 0.02),
  part: series(perStep * share, times),
})
const latency = (times = 1): Measured => ({ kind: 'level', values: series(0.3, times) })
const input = (more: Partial<VerdictInput> = {}): VerdictInput => ({
  checkpoint: 15,
  deployedMs: atMs,
  readyMs: atMs,
  measured: { errors: errors(), latency: latency() },
  ...{ deployments: [], events: [], beside: [] },
  ...more,
})
const answers = (given: VerdictInput) => {
  const { answer, signals } = judge(given)
  return [answer, ...signals.map((each) => `${each.signal} ${each.answer}`)]
}
const without = (signal: Measured, from: number, past: number): Measured => {
  const gap = (of: Series): Series => ({
    ...of,
    values: of.values.map((value, slot) => (at(slot) >= from && at(slot) < past ? null : value)),
  })
  return signal.kind === 'share'
    ? { kind: 'share', all: gap(signal.all), part: gap(signal.part) }
    : signal.kind === 'level'
      ? { kind: 'level', values: gap(signal.values) }
      : { kind: 'count', all: gap(signal.all) }
}

describe('a release', () => {
  it.each<[string, Partial<VerdictInput>, string[]]>([
    ['that did nothing', {}, ['no-change', 'errors no-change', 'latency no-change']],
    [
      'that doubled the errors',
      { measured: { errors: errors(2), latency: latency() } },
      ['worse', 'errors worse', 'latency no-change'],
    ],
    [
      'that made it slower',
      { measured: { errors: errors(), latency: latency(1.6) } },
      ['worse', 'errors no-change', 'latency worse'],
    ],
    ['that halved the errors', { measured: { errors: errors(0.4) } }, ['improved', 'errors improved']],
    [
      'better in one and worse in the other',
      { measured: { errors: errors(0.4), latency: latency(2) } },
      ['worse', 'errors improved', 'latency worse'],
    ],
    [
      'with an alert that began afterwards, whatever the numbers say',
      { events: [{ kind: 'alert', text: 'CheckoutDown', atMs: atMs + 60_000 }] },
      ['worse', 'errors no-change', 'latency no-change'],
    ],
    [
      'of which only traffic fell',
      { measured: { errors: errors(), traffic: { kind: 'count', all: series(3000, 0.3) } } },
      ['no-change', 'errors no-change', 'traffic improved'],
    ],
  ])('%s', (_name, more, expected) => {
    expect(answers(input(more))).toEqual(expected)
  })
})

describe('says that it cannot tell', () => {
  it.each<[string, Partial<VerdictInput>, RegExp]>([
    ['nothing is measured', { measured: {} }, /^$/],
    [
      'few requests',
      { measured: { errors: errors(2, 0.02, 20) } },
      /requests since are too few|Only a change of/,
    ],
    [
      'no data after',
      { measured: { errors: without(errors(), atMs, atMs + dayMs) } },
      /Less than half of the time after has data/,
    ],
    [
      'no data before',
      { measured: { errors: without(errors(), atMs - dayMs, atMs) } },
      /Less than half of the time before has data/,
    ],
    [
      'one day of history',
      { measured: { errors: without(errors(), startMs, atMs - 1.5 * dayMs) } },
      /comparable moments are known; it takes 39/,
    ],
    [
      'another deployment in between',
      { measured: { errors: errors(3) }, deployments: [{ fromMs: atMs + 300_000, toMs: atMs + 400_000 }] },
      /Another deployment came/,
    ],
    [
      'deployed all the time',
      {
        deployments: Array.from({ length: 14 * 24 }, (_, hour) => ({
          fromMs: startMs + hour * 3_600_000,
          toMs: startMs + hour * 3_600_000 + 60_000,
        })),
      },
      /comparable moments are known/,
    ],
  ])('%s', (_name, more, why) => {
    const { answer, signals } = judge(input(more))
    expect(answer).toBe('inconclusive')
    expect(signals.flatMap(({ because }) => because).join(' ')).toMatch(why)
  })
})

test('the same input gives the same verdict, and says by how much and how unusual', () => {
  const given = input({ measured: { errors: errors(2) } })
  const verdict = judge(given)
  expect(judge(structuredClone(given))).toEqual(verdict)
  const [only] = verdict.signals
  expect(only?.effect).toBeGreaterThan(1.8)
  expect(only?.effect).toBeLessThan(2.2)
  expect(only?.interval?.[0]).toBeLessThan(only?.effect ?? 0)
  expect(only?.interval?.[1]).toBeGreaterThan(only?.effect ?? 9)
  expect(only).toMatchObject({ above: 0 })
  expect(only?.comparable).toBeGreaterThan(100)
})

test('the time before ends where another version ran', () => {
  const given = { deployedMs: atMs, readyMs: atMs + 60_000, checkpoint: 60 as const }
  const hourMs = 3_600_000
  const before = (deployments: VerdictInput['deployments']) =>
    windowsOf({ ...given, deployments }).before.fromMs
  expect(before([])).toBe(atMs - 6 * hourMs)
  expect(before([{ fromMs: atMs - 2.1 * hourMs, toMs: atMs - 2 * hourMs }])).toBe(atMs - 2 * hourMs)
  expect(before([{ fromMs: atMs - 700_000, toMs: atMs - 600_000 }])).toBe(atMs - hourMs / 2)
  expect(before([{ fromMs: atMs + 1, toMs: atMs + 2 }])).toBe(atMs - 6 * hourMs)
})

describe('the statistics', () => {
  const span = { fromMs: at(0), toMs: at(4) }
  const of = (...values: (number | null)[]): Series => ({ startMs, stepMs, values })
  test('a gap is not zero, and counts where both sides have it', () => {
    const share: Measured = { kind: 'share', all: of(10, null, 10, 10), part: of(1, 5, null, 3) }
    expect(readSpan(share, span)).toEqual({ value: 4.5 / 21, part: 4, events: 20, points: 0.5 })
    expect(readSpan({ kind: 'level', values: of(3, null, 1, 2) }, span)).toMatchObject({
      value: 2,
      points: 0.75,
    })
    expect(readSpan({ kind: 'level', values: of(null, null, null, null) }, span).value).toBeNaN()
  })
  test('what was never measured has no points', () => {
    const past = { fromMs: at(-4), toMs: at(0) }
    expect(readSpan({ kind: 'count', all: of(1, 2, 3, 4) }, past)).toMatchObject({ points: 0, events: 0 })
  })
  test('moments like this one leave out weekends and deployments', () => {
    const windows = windowsOf(input())
    const all = comparable(errors(), windows, [], 0.5)
    // Sunday evening before a Monday: ten weekdays of fourteen days are like it.
    expect(all.length).toBe(comparable(latency(), windows, [], 0.5).length)
    const deployed = { fromMs: atMs - dayMs * 3, toMs: atMs - dayMs * 3 + 60_000 }
    expect(comparable(errors(), windows, [deployed], 0.5).length).toBeLessThan(all.length)
  })
  test('Holm, quantiles and ranks as the books have them', () => {
    const adjusted = holm([0.01, 0.04, 0.03, 0.005])
    for (const [place, value] of [0.03, 0.06, 0.06, 0.02].entries())
      expect(adjusted[place]).toBeCloseTo(value)
    expect(holm([0.9, 0.8])).toEqual([1, 1])
    expect(quantile([1, 2, 3, 4, 5], 0.25)).toBe(2)
    expect(unusual(3, [1, 2, 3, 4])).toEqual({ up: 3 / 5, down: 4 / 5, above: 2 })
  })
})
