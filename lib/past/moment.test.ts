import { describe, expect, test } from 'vitest'
import { instant } from '#lib/platform/clock.ts'
import { momentIn, momentText, readMoment } from './moment.ts'

const now = instant('2026-11-23T12:00:00Z')

describe('the moment of an address', () => {
  test.each([
    ['2026-06-03T14:05Z', '2026-06-03T14:05:00.000Z'],
    ['2026-06-03T14:05', '2026-06-03T14:05:00.000Z'],
    ['2026-06-03T14:05:07.250Z', '2026-06-03T14:05:07.250Z'],
    ['2026-06-03T16:05+02:00', '2026-06-03T14:05:00.000Z'],
    // A plus that an address turned into a space.
    ['2026-06-03T16:05 02:00', '2026-06-03T14:05:00.000Z'],
    [' 2026-06-03 ', '2026-06-03T23:59:59.000Z'],
    ['1970-01-01T00:00Z', '1970-01-01T00:00:00.000Z'],
  ])('%s', (text, at) => expect(readMoment(text, now)).toEqual({ at }))

  test.each([undefined, '', '  ', '2026-11-23T12:00Z', '2026-11-23', '2100-01-01', '9999-12-31T23:59Z'])(
    'none or not over yet is now: %s',
    (text) => expect(readMoment(text, now)).toEqual({ at: undefined }),
  )

  test.each([
    'yesterday',
    '2026-02-31',
    '2026-02-31T10:00Z',
    '2026-13-01T10:00Z',
    '2026-06-03T25:00Z',
    '0000-01-01T00:00Z',
    '1969-12-31T23:59Z',
    '3.6.2026',
    "2026-06-03T14:05Z'; --",
  ])('what is none says so: %s', (text) => {
    const read = readMoment(text, now)
    expect(read.at).toBeUndefined()
    expect(read.problem).toContain('is no moment')
  })
})

test.each([
  ['2026-06-03T14:05:00.000Z', '3 Jun 2026 14:05 UTC', '2026-06-03T14:05Z'],
  ['2026-06-03T14:05:07.000Z', '3 Jun 2026 14:05:07 UTC', '2026-06-03T14:05:07Z'],
  ['2026-06-03T14:05:07.250Z', '3 Jun 2026 14:05:07 UTC', '2026-06-03T14:05:07.250Z'],
])('%s is written %s and %s', (at, text, address) => {
  expect(momentText(instant(at))).toBe(text)
  expect(momentIn(instant(at))).toBe(address)
  expect(readMoment(address, now).at).toBe(at)
})
