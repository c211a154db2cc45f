import { expect, test } from 'vitest'
import type { Grant, Viewer } from '#lib/access/policy.ts'
import { instant } from '#lib/platform/clock.ts'
import {
  durationWords,
  explainFreeze,
  type FreezePlace,
  type Holding,
  mayFreeze,
  mayOverride,
  placeWords,
  scheduleWords,
} from './freeze.ts'
import { freezeCheck, heldWords, mainHold } from './standing.ts'

const viewer = (grant: Grant, more: Partial<Viewer> = {}): Viewer => ({
  ...{ accountId: 'usr_1', personId: 'per_1', name: 'Anna', initials: 'A', groups: [], grants: [grant] },
  ...{ service: false, enabled: true, ...more },
})
const place = (given: Partial<FreezePlace>): FreezePlace => ({
  ...{ instance: null, project: null, environment: null, service: null, ...given },
})
const places = [
  place({}),
  place({ instance: 'main' }),
  place({ project: 'shop' }),
  place({ environment: 'prod' }),
  place({ project: 'shop', environment: 'prod', service: 'checkout' }),
]

test.each<[string, Grant, boolean[]]>([
  ['an admin', { role: 'admin' }, [true, true, true, true, true]],
  ['an admin of the project', { role: 'admin', projects: ['shop'] }, [false, false, true, false, true]],
  ['an admin of prod', { role: 'admin', environments: ['prod'] }, [false, false, false, true, true]],
  ['an admin of another project', { role: 'admin', projects: ['payments'] }, Array(5).fill(false)],
  ['a manager', { role: 'manager' }, Array(5).fill(false)],
  ['an approver', { role: 'approver' }, Array(5).fill(false)],
])('%s freezes what the grant covers as a whole', (_, grant, expected) => {
  expect(places.map((each) => mayFreeze(each, viewer(grant)).ok)).toEqual(expected)
})

const release = {
  ...{ state: 'approved', requester: { account: 'usr_9', person: 'per_9' } },
  application: { project: 'shop', environment: 'prod' },
}
const code = (by: Viewer, more: Partial<typeof release> = {}) => {
  const may = mayOverride({ ...release, ...more }, by)
  return may.ok ? 'ok' : may.refusal.code
}

test('who lets a release through: a manager of it, who did not ask for it, and as long as it waits', () => {
  const manager = viewer({ role: 'manager' })
  expect(code(manager)).toBe('ok')
  expect(code(viewer({ role: 'manager', projects: ['shop'], environments: ['prod'] }))).toBe('ok')
  expect(code(viewer({ role: 'manager', environments: ['staging'] }))).toBe('not-allowed-to-override')
  for (const role of ['admin', 'approver', 'developer', 'auditor', 'viewer'] as const)
    expect(code(viewer({ role }))).toBe('not-allowed-to-override')
  expect(code({ ...manager, accountId: 'usr_9' })).toBe('own-request')
  expect(code({ ...manager, personId: 'per_9' })).toBe('own-request')
  expect(code({ ...manager, service: true })).toBe('service-account')
  expect(code({ ...manager, enabled: false })).toBe('disabled')
  for (const state of ['requested', 'dispatching']) expect(code(manager, { state })).toBe('ok')
  for (const state of ['syncing', 'succeeded', 'review']) expect(code(manager, { state })).toBe('too-late')
  expect(explainFreeze({ code: 'not-allowed-to-override' })).toContain('Only managers')
})

test('what it is about, in words', () => {
  expect(places.map(placeWords)).toEqual([
    'everything',
    'Argo CD main',
    'project shop',
    'prod',
    'prod, service checkout, project shop',
  ])
})

test.each([
  ['0 22 * * 5', 'Fridays 22:00'],
  ['5 7 * * *', 'every day 07:05'],
  ['0 9 * * 1-5', 'Mondays to Fridays 09:00'],
  ['0 0 * * 0,6', 'Saturdays and Sundays 00:00'],
  ['0 0 1 * *', '0 0 1 * *'],
])('the schedule %s in words', (schedule, words) => expect(scheduleWords(schedule)).toBe(words))

test('a length in words', () => {
  expect([56 * 60, 90, 5].map((min) => durationWords(min * 60_000))).toEqual(['56 h', '1 h 30 min', '5 min'])
})

const until = instant('2026-11-26T07:00:00Z')
const held = (more: Partial<Holding>): Holding => ({
  ...{ id: 'frz_1', kind: 'deny', zone: 'Europe/Berlin', reason: 'Month end', by: 'Piet' },
  ...{ standing: 'on', until, holding: true, override: null, ...more },
})
const shut = held({ kind: 'allow', standing: 'off', reason: 'Tuesdays' })

test.each<[string, Holding[], string, boolean, string]>([
  [
    'a freeze',
    [held({})],
    'fail',
    false,
    'Frozen until 26 Nov 08:00 (Europe/Berlin): Month end; an approved release waits',
  ],
  [
    'a freeze without an end in sight',
    [held({ until: null })],
    'fail',
    false,
    'Frozen: Month end; an approved',
  ],
  [
    'of two freezes the one that ends last',
    [held({}), held({ id: 'frz_2', until: instant('2026-11-27T07:00:00Z'), reason: 'Audit' })],
    'fail',
    false,
    'Frozen until 27 Nov 08:00 (Europe/Berlin): Audit',
  ],
  ['a shut window', [shut], 'fail', false, 'Next window opens 26 Nov 08:00 (Europe/Berlin): Tuesdays'],
  [
    'of two shut windows the one that opens first',
    [
      { ...shut, until: instant('2026-11-28T07:00:00Z') },
      { ...shut, id: 'frz_2', reason: 'Daily' },
    ],
    'fail',
    false,
    'Next window opens 26 Nov 08:00 (Europe/Berlin): Daily',
  ],
  ['no window ever', [{ ...shut, until: null }], 'fail', false, 'No deployment window is open: Tuesdays'],
  [
    'a freeze in an open window',
    [held({}), { ...shut, standing: 'on', holding: false }],
    'fail',
    false,
    'Frozen',
  ],
  [
    'what nobody has computed',
    [held({ standing: 'unknown', until: null })],
    'unknown',
    true,
    'nobody has computed yet when this freeze is on: Month end',
  ],
  [
    'an open window',
    [{ ...shut, standing: 'on', holding: false }],
    'pass',
    false,
    'until 26 Nov 08:00 (Europe/Berlin)',
  ],
  [
    'an override',
    [
      held({
        ...{ standing: 'overridden', holding: false },
        override: { by: 'Marta', reason: 'hotfix', at: until },
      }),
    ],
    'pass',
    false,
    'Marta overrode: Month end',
  ],
  [
    'one that is to come',
    [held({ standing: 'off', holding: false })],
    'pass',
    false,
    'the next begins 26 Nov 08:00',
  ],
])('the check says of %s', (_, all, result, blocks, detail) => {
  const check = freezeCheck(all)
  expect([check.result, check.blocks]).toEqual([result, blocks])
  expect(check.detail).toContain(detail)
})

test('a line stays a line, and what does not hold is not told as holding', () => {
  expect(heldWords(held({ reason: 'x'.repeat(2000) })).length).toBeLessThan(200)
  expect(mainHold([held({ holding: false })])).toBeUndefined()
})
