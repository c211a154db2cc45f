import fc from 'fast-check'
import { expect, test } from 'vitest'
import { instant, plus } from '#lib/platform/clock.ts'
import { isOn } from '#lib/structure/window.ts'
import { expand, fromWall, horizonMs, nextOccurrences, type Recurring, readTimes } from './occurrence.ts'

const hourMs = 3_600_000
const at = (text: string) => instant(`${text}Z`)
const short = (text: string) => text.slice(5, 16)

function between(rule: Recurring, from: string, to: string): string[] {
  const found = expand(rule, at(from), at(to))
  return found.ok ? found.value.map((each) => `${short(each.from)}/${short(each.to)}`) : [found.refusal]
}
const rule = (schedule: string, hours: number, zone: string): Recurring => ({
  ...{ schedule, durationMs: hours * hourMs, zone },
})

test.each<[string, Recurring, string, string, string[]]>([
  [
    'the night that lacks an hour ends by the clock all the same: Berlin, spring',
    rule('0 22 * * *', 8, 'Europe/Berlin'),
    '2027-03-27T12:00',
    '2027-03-29T12:00',
    ['03-27T21:00/03-28T04:00', '03-28T20:00/03-29T04:00'],
  ],
  [
    'the night with an hour more: Berlin, autumn',
    rule('0 22 * * *', 8, 'Europe/Berlin'),
    '2027-10-30T12:00',
    '2027-11-01T12:00',
    ['10-30T20:00/10-31T05:00', '10-31T21:00/11-01T05:00'],
  ],
  [
    'New York goes two weeks before Berlin, spring',
    rule('0 22 * * *', 8, 'America/New_York'),
    '2027-03-13T12:00',
    '2027-03-15T12:00',
    ['03-14T03:00/03-14T10:00', '03-15T02:00/03-15T10:00'],
  ],
  [
    'New York, autumn',
    rule('0 22 * * *', 8, 'America/New_York'),
    '2027-11-06T12:00',
    '2027-11-08T12:00',
    ['11-07T02:00/11-07T11:00', '11-08T03:00/11-08T11:00'],
  ],
  [
    'an hour that does not come: what is left of it by the clock',
    rule('30 2 * * *', 1, 'Europe/Berlin'),
    '2027-03-27T12:00',
    '2027-03-29T12:00',
    ['03-28T01:00/03-28T01:30', '03-29T00:30/03-29T01:30'],
  ],
  [
    'an hour that comes twice is on twice',
    rule('0 2 * * *', 1, 'Europe/Berlin'),
    '2027-10-30T12:00',
    '2027-11-01T00:00',
    ['10-31T00:00/10-31T02:00'],
  ],
  [
    'over the end of a month, a short one and a leap day',
    rule('0 12 28 2 *', 48, 'UTC'),
    '2028-02-01T00:00',
    '2028-04-01T00:00',
    ['02-28T12:00/03-01T12:00'],
  ],
  [
    'the 31st comes in seven months of a year',
    rule('0 0 31 * *', 24, 'Asia/Tokyo'),
    '2027-01-01T00:00',
    '2027-07-01T00:00',
    ['01-30T15:00/01-31T15:00', '03-30T15:00/03-31T15:00', '05-30T15:00/05-31T15:00'],
  ],
  [
    'over the year',
    rule('0 18 24 12 *', 24 * 9, 'Europe/Berlin'),
    '2026-12-01T00:00',
    '2027-02-01T00:00',
    ['12-24T17:00/01-02T17:00'],
  ],
  [
    'one that begins before another ends is one with it',
    rule('0 0,6 * * *', 8, 'UTC'),
    '2027-06-01T00:00',
    '2027-06-02T23:00',
    ['06-01T00:00/06-01T14:00', '06-02T00:00/06-02T14:00'],
  ],
  [
    'longer than what it repeats by: always on, cut at both ends',
    rule('0 0 * * *', 30, 'Europe/Berlin'),
    '2027-03-20T10:00',
    '2027-04-20T10:00',
    ['03-20T10:00/04-20T10:00'],
  ],
  [
    'what is on at both ends is cut there',
    rule('0 9 * * 1-5', 8, 'Europe/Berlin'),
    '2027-06-04T10:00',
    '2027-06-07T08:00',
    ['06-04T10:00/06-04T15:00', '06-07T07:00/06-07T08:00'],
  ],
])('%s', (_, given, from, to, expected) => {
  expect(between(given, from, to)).toEqual(expected)
})

test('what is told ahead is what is on then: any rule, any moment, in both directions', () => {
  const zones = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata', 'UTC']
  const numbers = (max: number) => fc.array(fc.integer({ min: 0, max }), { minLength: 1, maxLength: 3 })
  fc.assert(
    fc.property(
      fc.record({
        minutes: numbers(59),
        hours: numbers(23),
        day: fc.constantFrom('* * *', '* * 1-5', '* * 0,6', '1 * *', '31 * *', '* 3,10 *'),
        durationMin: fc.integer({ min: 1, max: 3000 }),
        zone: fc.constantFrom(...zones),
        start: fc.constantFrom(
          '2027-03-10T03:17',
          '2027-10-20T22:05',
          '2027-03-31T00:00',
          '2027-10-30T23:59',
        ),
      }),
      fc.array(fc.integer({ min: 0, max: 14 * 24 * 60 - 1 }), { minLength: 20, maxLength: 20 }),
      ({ minutes, hours, day, durationMin, zone, start }, looks) => {
        const schedule = `${minutes.join()} ${hours.join()} ${day}`
        const given = { schedule, durationMs: durationMin * 60_000, zone }
        const from = at(start)
        const found = expand(given, from, plus(from, 14 * 24 * hourMs))
        if (!found.ok) throw new Error(found.refusal)
        const all = found.value
        for (const [index, each] of all.entries()) {
          expect(each.from < each.to).toBe(true)
          if (index > 0) expect((all[index - 1]?.to ?? '') < each.from).toBe(true)
        }
        const window = {
          ...{ kind: 'deny', schedule, duration: `${durationMin}m`, timeZone: zone, description: '' },
          ...{ applications: [], namespaces: [], clusters: [] },
          ...{ manualSync: false, andOperator: false, syncOverrun: false },
        }
        for (const look of looks) {
          const then = plus(from, look * 60_000)
          const told = all.some((each) => each.from <= then && then < each.to)
          expect([schedule, zone, then, told]).toEqual([schedule, zone, then, isOn(window, then)])
        }
      },
    ),
    { numRuns: 25 },
  )
})

test('two looks, one after the other, tell what one tells', () => {
  const given = rule('0 20 * * 5', 60, 'Europe/Berlin')
  const [from, middle, to] = [at('2027-03-01T00:00'), at('2027-03-27T02:00'), at('2027-05-01T00:00')]
  const tell = (a: typeof from, b: typeof from) => {
    const found = expand(given, a, b)
    return found.ok ? found.value : []
  }
  const [first, second, whole] = [tell(from, middle), tell(middle, to), tell(from, to)]
  // The one that is on at the middle is told in two parts that touch.
  expect(first.at(-1)?.to).toBe(second[0]?.from)
  expect([
    ...first.slice(0, -1),
    { from: first.at(-1)?.from, to: second[0]?.to },
    ...second.slice(1),
  ]).toEqual(whole)
})

test('the next five, also of what comes once a year', () => {
  const now = at('2026-11-24T03:00')
  const froms = (given: Recurring) => nextOccurrences(given, now, 5).map(({ from }) => from.slice(0, 16))
  expect(froms(rule('0 22 * * 5', 56, 'Europe/Berlin'))).toEqual([
    ...['2026-11-27T21:00', '2026-12-04T21:00', '2026-12-11T21:00', '2026-12-18T21:00', '2026-12-25T21:00'],
  ])
  expect(froms(rule('0 18 24 12 *', 24, 'Europe/Berlin'))).toEqual([
    ...['2026-12-24T17:00', '2027-12-24T17:00'],
  ])
})

test('a clock on the wall that shows an hour twice, or never', () => {
  expect(fromWall('Europe/Berlin', '2026-12-24T18:00', 'first')).toBe('2026-12-24T17:00:00.000Z')
  expect(fromWall('Europe/Berlin', '2027-10-31T02:30', 'first')).toBe('2027-10-31T00:30:00.000Z')
  expect(fromWall('Europe/Berlin', '2027-10-31T02:30', 'last')).toBe('2027-10-31T01:30:00.000Z')
  expect(fromWall('Europe/Berlin', '2027-03-28T02:30', 'first')).toBe('2027-03-28T01:30:00.000Z')
  expect(fromWall('America/New_York', '2027-11-07T01:30', 'last')).toBe('2027-11-07T06:30:00.000Z')
  expect(fromWall('Asia/Kolkata', '2027-01-01T00:00', 'first')).toBe('2026-12-31T18:30:00.000Z')
})

test.each<[string, Parameters<typeof readTimes>[0], string, string]>([
  ['a zone that is none', { kind: 'once', to: '2027-01-01T00:00' }, 'Europe/Atlantis', 'no time zone'],
  ['an offset in place of a zone', { kind: 'once', to: '2027-01-01T00:00' }, '+02:00', 'no time zone'],
  ['what is over', { kind: 'once', to: '2026-11-24T03:00' }, 'Europe/Berlin', 'over already'],
  [
    'what ends first',
    { kind: 'once', from: '2027-01-02T00:00', to: '2027-01-01T00:00' },
    'UTC',
    'ends before it begins',
  ],
  ['no schedule', { kind: 'recurring', schedule: '@daily', duration: '8h' }, 'UTC', 'no schedule'],
  ['no duration', { kind: 'recurring', schedule: '0 0 * * *', duration: '8' }, 'UTC', 'no duration'],
  ['too short', { kind: 'recurring', schedule: '0 0 * * *', duration: '30s' }, 'UTC', 'no duration'],
  ['too long', { kind: 'recurring', schedule: '0 0 * * *', duration: '800h' }, 'UTC', 'no duration'],
  ['too often', { kind: 'recurring', schedule: '*/30 * * * *', duration: '1m' }, 'UTC', 'More than 24'],
  [
    'a day that never comes',
    { kind: 'recurring', schedule: '0 0 30 2 *', duration: '8h' },
    'UTC',
    'not be on within a year',
  ],
])('%s is refused', (_, given, zone, why) => {
  const read = readTimes(given, zone, at('2026-11-24T03:00'))
  expect(read.ok ? 'taken' : read.refusal).toContain(why)
})

test('what is taken is kept in one form', () => {
  const now = at('2026-11-24T03:00')
  expect(
    readTimes({ kind: 'recurring', schedule: ' 0  22 * * FRI ', duration: '1h30m' }, 'UTC', now),
  ).toEqual({
    ok: true,
    value: { kind: 'recurring', schedule: '0 22 * * FRI', durationMs: 5_400_000 },
  })
  const once = readTimes({ kind: 'once', to: '2026-11-24T06:00' }, 'Europe/Berlin', now)
  expect(once).toEqual({ ok: true, value: { kind: 'once', from: now, to: '2026-11-24T05:00:00.000Z' } })
})

test('three months ahead of the busiest rule that is taken cost little', () => {
  const found = expand(
    rule('0 * * * *', 0.5, 'America/New_York'),
    at('2027-01-01T00:00'),
    plus(at('2027-01-01T00:00'), horizonMs),
  )
  expect(found.ok && found.value.length).toBe(90 * 24)
})
