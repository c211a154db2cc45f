import { describe, expect, test } from 'vitest'
import type { SyncWindow } from '#lib/argocd/structure.ts'
import { instant } from '#lib/platform/clock.ts'
import { matchesPattern } from './glob.ts'
import { readDuration, readSchedule } from './schedule.ts'
import { isAbout, isOn, occurrences, outlook, readWindow, ruling, week, weekStart } from './window.ts'

const window = (more: Partial<SyncWindow> = {}): SyncWindow => ({
  kind: 'deny',
  schedule: '0 22 * * *',
  duration: '8h',
  applications: ['*'],
  namespaces: [],
  clusters: [],
  manualSync: false,
  andOperator: false,
  timeZone: null,
  description: null,
  syncOverrun: false,
  ...more,
})
const at = (text: string) => instant(text)
const night = window({ timeZone: 'Europe/Berlin' })

// Argo CD's own table: pkg/apis/application/v1alpha1/types_test.go, TestSyncWindow_Active (v3.5.1), made into fixed days.
test.each([
  ['allow', '2026-11-23T11:00:00Z', true],
  ['allow', '2026-11-23T13:00:00Z', false],
  ['deny', '2026-11-23T11:00:00Z', true],
  ['deny', '2026-11-23T13:00:00Z', false],
  ['allow', '2026-11-23T07:00:00-04:00', true],
  ['allow', '2026-11-23T09:00:00-04:00', false],
])('Argo CD says of %s at %s: %s', (kind, time, on) => {
  expect(isOn(window({ kind, schedule: '* 10 * * *', duration: '2h' }), at(time))).toBe(on)
})

// Argo CD's tables of CanSync, in the order of its tests; `always` is on, `never` is another hour.
describe('what windows allow together', () => {
  const now = at('2026-11-23T12:00:00Z')
  const on = { schedule: '* * * * *', duration: '1h' }
  const off = { schedule: '0 22 * * *', duration: '1h' }
  test.each<[string, Partial<SyncWindow>[], boolean, boolean]>([
    ['none', [], true, true],
    ['active allow', [{ kind: 'allow', ...on }], true, true],
    ['inactive allow', [{ kind: 'allow', ...off }], false, false],
    ['inactive allow, by hand', [{ kind: 'allow', manualSync: true, ...off }], false, true],
    ['active deny', [{ ...on }], false, false],
    ['active deny, by hand', [{ manualSync: true, ...on }], false, true],
    ['inactive deny', [{ ...off }], true, true],
    ['active allow, active deny', [{ kind: 'allow', ...on }, { ...on }], false, false],
    [
      'active allow, active deny by hand',
      [
        { kind: 'allow', ...on },
        { manualSync: true, ...on },
      ],
      false,
      true,
    ],
    ['inactive allow, inactive deny', [{ kind: 'allow', ...off }, { ...off }], false, false],
    [
      'two allows, one active',
      [
        { kind: 'allow', ...on },
        { kind: 'allow', ...off },
      ],
      true,
      true,
    ],
    [
      'two inactive allows, one by hand',
      [
        { kind: 'allow', manualSync: true, ...off },
        { kind: 'allow', ...off },
      ],
      false,
      false,
    ],
    ['two denies, one by hand', [{ manualSync: true, ...on }, { ...on }], false, false],
    ['active deny by hand, inactive deny', [{ manualSync: true, ...on }, { ...off }], false, true],
  ])('%s', (_, windows, automated, manual) => {
    expect(ruling(windows.map(window), now)).toMatchObject({ automated, manual })
  })
})

describe('which applications a window is about', () => {
  const place = {
    name: 'checkout-prod',
    namespace: 'shop-prod',
    server: 'https://kubernetes.default.svc',
    cluster: null,
  }
  test.each<[Partial<SyncWindow>, boolean]>([
    [{ applications: ['*-prod'] }, true],
    [{ applications: ['*-dev'] }, false],
    [{ applications: [], namespaces: ['shop-*'] }, true],
    [{ applications: [], clusters: ['https://*.svc'] }, true],
    [{ applications: ['*-dev'], namespaces: ['shop-*'] }, true],
    [{ applications: ['*-dev'], namespaces: ['shop-*'], andOperator: true }, false],
    [{ applications: ['*-prod'], namespaces: ['shop-*'], andOperator: true }, true],
    [{ applications: ['*-prod'], andOperator: true }, true],
    [{ applications: [] }, false],
  ])('%o: %s', (more, about) => {
    expect(isAbout(window(more), place)).toBe(about)
  })
})

describe('by the clock on the wall', () => {
  const nights = (from: string, to: string) =>
    occurrences(night, at(from), at(to)).map(({ from, to }) => `${from} ${to}`)

  test('the night freeze of the recordings', () => {
    expect(nights('2026-11-23T12:00:00Z', '2026-11-25T12:00:00Z')).toEqual([
      '2026-11-23T21:00:00.000Z 2026-11-24T05:00:00.000Z',
      '2026-11-24T21:00:00.000Z 2026-11-25T05:00:00.000Z',
    ])
    expect(outlook(night, at('2026-11-23T23:00:00Z'))).toEqual({
      kind: 'on',
      until: '2026-11-24T05:00:00.000Z',
    })
    expect(outlook(night, at('2026-11-23T12:00:00Z'))).toMatchObject({
      kind: 'off',
      next: [{ from: '2026-11-23T21:00:00.000Z' }, {}, {}],
    })
  })

  test('the nights in which the clocks change end at six all the same', () => {
    expect(nights('2026-03-28T12:00:00Z', '2026-03-29T12:00:00Z')).toEqual([
      '2026-03-28T21:00:00.000Z 2026-03-29T04:00:00.000Z',
    ])
    expect(nights('2026-10-24T12:00:00Z', '2026-10-25T12:00:00Z')).toEqual([
      '2026-10-24T20:00:00.000Z 2026-10-25T05:00:00.000Z',
    ])
  })

  test('an hour that does not exist begins late, one that comes twice is on twice', () => {
    const early = window({ timeZone: 'Europe/Berlin', schedule: '30 2 * * *', duration: '1h' })
    expect(occurrences(early, at('2026-03-29T00:00:00Z'), at('2026-03-29T12:00:00Z'))).toEqual([
      { from: '2026-03-29T01:00:00.000Z', to: '2026-03-29T01:30:00.000Z' },
    ])
    const short = window({ timeZone: 'Europe/Berlin', schedule: '0 2 * * *', duration: '30m' })
    expect(occurrences(short, at('2026-10-24T23:00:00Z'), at('2026-10-25T12:00:00Z'))).toEqual([
      { from: '2026-10-25T00:00:00.000Z', to: '2026-10-25T00:30:00.000Z' },
      { from: '2026-10-25T01:00:00.000Z', to: '2026-10-25T01:30:00.000Z' },
    ])
  })

  test('what is listed as on is on, minute by minute', () => {
    const odd = window({ schedule: '*/50 1,23 * * 0-2', duration: '25m', timeZone: 'America/New_York' })
    const [from, to] = [at('2026-10-31T00:00:00Z'), at('2026-11-03T00:00:00Z')]
    const found = occurrences(odd, from, to)
    expect(found.length).toBeGreaterThan(3)
    for (let ms = Date.parse(from) + 30_000; ms < Date.parse(to); ms += 300_000) {
      const moment = instant(ms)
      expect([moment, isOn(odd, moment)]).toEqual([
        moment,
        found.some((each) => each.from <= moment && moment < each.to),
      ])
    }
  })

  test('a zone that does not exist is UTC, as for Argo CD', () => {
    expect(isOn(window({ timeZone: 'Mars/Olympus' }), at('2026-11-23T22:30:00Z'))).toBe(true)
    expect(isOn(window({ timeZone: 'Mars/Olympus' }), at('2026-11-23T21:30:00Z'))).toBe(false)
  })

  test('a week of it', () => {
    const monday = weekStart('Europe/Berlin', at('2026-11-25T12:00:00Z'))
    expect(instant(monday)).toBe('2026-11-23T00:00:00.000Z')
    expect(week(night, monday)[0]).toEqual({
      date: '2026-11-23',
      stretches: [
        { fromMin: 0, toMin: 360 },
        { fromMin: 1320, toMin: 1440 },
      ],
    })
    const always = week(window({ schedule: '* * * * *', duration: '1h' }), monday)
    expect(always.every(({ stretches }) => stretches.length === 1 && stretches[0]?.toMin === 1440)).toBe(true)
  })
})

test('always on, never on, and what Argo CD could not read', () => {
  const now = at('2026-11-23T12:00:00Z')
  expect(outlook(window({ schedule: '* * * * *', duration: '1h' }), now)).toEqual({ kind: 'always' })
  expect(outlook(window({ schedule: '0 0 30 2 *' }), now)).toEqual({ kind: 'never' })
  expect(outlook(window({ schedule: '@daily' }), now).kind).toBe('unreadable')
  expect(readWindow(window({ duration: '1000days' })).ok).toBe(false)
})

test.each([
  ['* * * * *', true],
  ['0 22 * * MON-FRI', true],
  ['5/15 * * * *', true],
  ['0 0 ? * 0', true],
  ['0 0 1,15 jan *', true],
  ['@daily', false],
  ['* * *', false],
  ['* * * * * *', false],
  ['0 0 * * 7', false],
  ['0 0 L * *', false],
  ['0 0 * * 1#2', false],
  ['61 * * * *', false],
  ['* 1 0 0 *', false],
])('schedule %s is read: %s', (text, read) => {
  expect(readSchedule(text).ok).toBe(read)
})

test('a start with a step goes on to the end, as in Argo CD', () => {
  const schedule = readSchedule('50/5 * * * *')
  if (!schedule.ok) throw new Error(schedule.refusal)
  expect(instant(schedule.value.next(Date.parse('2026-11-23T12:51:00Z')) ?? 0)).toBe(
    '2026-11-23T12:55:00.000Z',
  )
})

test.each([
  ['8h', 28_800_000],
  ['1h30m', 5_400_000],
  ['1.5h', 5_400_000],
  ['90s', 90_000],
  ['0s', undefined],
  ['8', undefined],
  ['-1h', undefined],
  ['1d', undefined],
])('duration %s is %s ms', (text, ms) => {
  expect(readDuration(text)).toBe(ms)
})

test.each([
  ['*-prod', 'a/b-prod', true],
  ['web-?', 'web-1', true],
  ['web-?', 'web-12', false],
  ['{dev,staging}-*', 'staging-x', true],
  ['{dev,staging}-*', 'prod-x', false],
  ['[ab]pp', 'bpp', true],
  ['[!ab]pp', 'bpp', false],
  ['a.c', 'abc', false],
  ['(a+)+$', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab', false],
  ['[', '[', true],
])('glob %s and %s: %s', (glob, text, matches) => {
  expect(matchesPattern(glob, text)).toBe(matches)
})
