import { expect, test } from 'vitest'
import { bootstrap, exact, measure, median, quantile } from './measure.ts'

const head = { id: 'P0', what: 'a test', goal: 1.2, unit: 'x' } as const

test.each([
  ['all of it below the goal', { value: 1.1, low: 1, high: 1.2 }, true],
  ['the value below, the interval not', { value: 1.1, low: 1, high: 1.21 }, false],
])('a measure passes with its whole interval: %s', (_, estimate, pass) => {
  expect(measure(head, estimate).pass).toBe(pass)
})

test('what is not to be trusted does not pass', () => {
  expect(measure(head, exact(1), false).pass).toBe(false)
})

test('quantiles are samples, the median lies between', () => {
  expect(quantile([4, 1, 3, 2], 0.95)).toBe(4)
  expect(quantile([4, 1, 3, 2], 0.25)).toBe(1)
  expect(median([4, 1, 3, 2])).toBe(2.5)
  expect(median([3, 1, 2])).toBe(2)
})

test('the interval holds the value, is wider for wider samples, and repeats', () => {
  const near = bootstrap([1, 1.01, 0.99, 1, 1.02, 0.98], median)
  const far = bootstrap([1, 2, 0.5, 1, 3, 0.2], median)
  expect(near.low).toBeLessThanOrEqual(near.value)
  expect(near.high).toBeGreaterThanOrEqual(near.value)
  expect(far.high - far.low).toBeGreaterThan(near.high - near.low)
  expect(bootstrap([1, 2, 0.5, 1, 3, 0.2], median)).toEqual(far)
})
