import { expect, test } from 'vitest'
import type { Grant, Viewer } from '#lib/access/policy.ts'
import { explainPause, inShort, mayPause, mayResume, type Place, pausedWords, placeWords } from './pause.ts'

const viewer = (grant: Grant, more: Partial<Viewer> = {}): Viewer => ({
  ...{ accountId: 'usr_1', personId: 'per_1', name: 'Anna', initials: 'A', groups: [], grants: [grant] },
  ...{ service: false, enabled: true, ...more },
})
const places: Place[] = [
  { scope: 'all' },
  { scope: 'instance', instance: 'main' },
  { scope: 'project', project: 'shop' },
  {
    ...{ scope: 'application', id: 'app_1', name: 'checkout-prod', project: 'shop' },
    ...{ service: 'checkout', environment: 'prod' },
  },
]

test.each<[string, Grant, string[]]>([
  ['an approver', { role: 'approver' }, ['all', 'instance', 'project', 'application']],
  ['an approver of the project', { role: 'approver', projects: ['shop'] }, ['project', 'application']],
  ['an approver of prod', { role: 'approver', environments: ['prod'] }, ['application']],
  ['an approver elsewhere', { role: 'approver', projects: ['payments'] }, []],
  ['an approver of staging', { role: 'approver', projects: ['shop'], environments: ['staging'] }, []],
  ['a platform admin', { role: 'admin' }, ['all', 'instance', 'project', 'application']],
  ['a developer', { role: 'developer' }, []],
])('%s stops %j', (_, grant, stops) => {
  const by = viewer(grant)
  expect(places.filter((place) => mayPause(place, by).ok).map(({ scope }) => scope)).toEqual(stops)
  const resumes = places.filter((place) => mayResume({ place, ended: null }, by).ok)
  expect(resumes).toHaveLength(grant.role === 'admin' ? 4 : 0)
})

test('neither a pipeline nor a disabled account stops anything', () => {
  const admin = { role: 'admin' } as const
  const codes = [{ service: true }, { enabled: false }].map((more) => {
    const allowed = mayPause({ scope: 'all' }, viewer(admin, more))
    return allowed.ok ? 'ok' : explainPause(allowed.refusal)
  })
  expect(codes).toEqual([
    'A pipeline neither pauses nor resumes releases. A person has to.',
    'Your account is disabled.',
  ])
})

test('what is paused, and why, in words', () => {
  expect(places.map(placeWords)).toEqual([
    'all applications',
    'Argo CD main',
    'project shop',
    'application checkout-prod',
  ])
  expect(pausedWords({ by: 'Anna Beck', reason: 'orders fail' })).toBe(
    'Waiting: paused by Anna Beck: orders fail',
  )
  expect(inShort('x'.repeat(2000))).toHaveLength(140)
})
