import { describe, expect, test } from 'vitest'
import { absolute, clockTime, isZone, span, spoken } from './relative.ts'

test.each([
  [4, 'now'],
  [47, '40 s'],
  [720, '12 min'],
  [3 * 3600, '3 h'],
  [47 * 3600, '47 h'],
  [6 * 86400, '6 d'],
])('%d seconds is %s', (seconds, text) => expect(span(seconds)).toBe(text))

test.each([
  [3, 'just now'],
  [60, '1 minute ago'],
  [24 * 60, '24 minutes ago'],
  [-23 * 3600, 'in 23 hours'],
])('%d seconds is spoken as %s', (seconds, text) => expect(spoken(seconds)).toBe(text))

describe('clock time', () => {
  const now = '2026-11-23T09:41:07Z'
  const berlin = 'Europe/Berlin'
  test.each([
    ['2026-11-23T09:17:00Z', '10:17'],
    ['2026-11-22T23:30:00Z', '00:30'],
    ['2026-11-22T15:12:00Z', 'yesterday 16:12'],
    ['2026-11-24T07:00:00Z', 'tomorrow 08:00'],
    ['2026-06-03T12:05:00Z', '3 June 14:05'],
    ['2025-12-31T23:30:00Z', '1 January 00:30'],
    ['2025-12-31T22:30:00Z', '31 December 2025 23:30'],
  ])('%s reads %s', (at, text) => expect(clockTime(at, now, berlin)).toBe(text))
  test('with seconds', () => expect(clockTime(now, now, berlin, true)).toBe('10:41:07'))
  test('in full, with its zone', () =>
    expect(absolute(now, berlin)).toBe('23 November 2026, 10:41:07 (Europe/Berlin)'))
})

test('only real zones are zones', () => {
  expect(isZone('Europe/Berlin')).toBe(true)
  expect(isZone('<script>')).toBe(false)
  expect(isZone(undefined)).toBe(false)
})
