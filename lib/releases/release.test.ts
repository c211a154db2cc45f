import { describe, expect, test } from 'vitest'
import type { Viewer } from '#lib/access/policy.ts'
import { instant, plus } from '#lib/platform/clock.ts'
import {
  approvals,
  candidates,
  decide,
  endStates,
  explain,
  mayRevoke,
  mayWithdraw,
  openStates,
  type Release,
} from './release.ts'

const now = instant('2026-11-23T10:00:00Z')
const viewer = (id: string, more: Partial<Viewer> = {}): Viewer => ({
  accountId: `usr_${id}`,
  personId: `per_${id}`,
  name: id,
  initials: id.slice(0, 2),
  groups: [],
  grants: [{ role: 'approver' }],
  service: false,
  enabled: true,
  ...more,
})
const release = (more: Partial<Release> = {}): Release => ({
  id: 'rel_1',
  state: 'requested',
  planDigest: 'a'.repeat(64),
  requester: { account: 'usr_jonas', person: 'per_jonas', name: 'Jonas' },
  requiredApprovals: 2,
  notAfter: plus(now, 60_000),
  application: {
    id: 'app_1',
    name: 'checkout-prod',
    project: 'shop',
    service: 'checkout',
    environment: 'prod',
  },
  decisions: [],
  ...more,
})
const approved = (id: string) => ({
  person: `per_${id}`,
  account: `usr_${id}`,
  name: id,
  kind: 'approve' as const,
  at: now,
})
const yes = { kind: 'approve' as const, digest: 'a'.repeat(64) }
const code = (r: Release, by: Viewer, input = yes, at = now) => {
  const result = decide(r, by, input, at)
  return result.ok ? result.value.state : result.refusal.code
}

describe('an approval', () => {
  test('is the first of two', () => expect(code(release(), viewer('anna'))).toBe('requested'))
  test('is the second of two', () =>
    expect(code(release({ decisions: [approved('anna')] }), viewer('marta'))).toBe('approved'))
  test('is not given by who asked', () => expect(code(release(), viewer('jonas'))).toBe('own-request'))
  test('is not given by a second account of who asked', () =>
    expect(code(release(), viewer('x', { personId: 'per_jonas' }))).toBe('own-request-other-account'))
  test('is not given by a service account', () =>
    expect(code(release(), viewer('ci', { service: true }))).toBe('service-account'))
  test('is not given by a disabled account', () =>
    expect(code(release(), viewer('anna', { enabled: false }))).toBe('disabled'))
  test('is not given by a developer', () =>
    expect(code(release(), viewer('mei', { grants: [{ role: 'developer' }] }))).toBe('not-an-approver'))
  test('is not given by an admin for being one', () =>
    expect(code(release(), viewer('piet', { grants: [{ role: 'admin' }] }))).toBe('not-an-approver'))
  test('is not given by an approver of another project', () =>
    expect(code(release(), viewer('eve', { grants: [{ role: 'approver', projects: ['bank'] }] }))).toBe(
      'not-an-approver',
    ))
  test('is not given by an approver of another environment', () =>
    expect(
      code(release(), viewer('eve', { grants: [{ role: 'approver', environments: ['staging'] }] })),
    ).toBe('not-an-approver'))
  test('is not given twice by one person under two accounts', () =>
    expect(code(release({ decisions: [approved('anna')] }), viewer('anna2', { personId: 'per_anna' }))).toBe(
      'already-decided',
    ))
  test('of another plan than the one asked for is refused', () =>
    expect(code(release(), viewer('anna'), { ...yes, digest: 'b'.repeat(64) })).toBe('digest-moved'))
  test('after the time to decide is refused', () =>
    expect(code(release(), viewer('anna'), yes, plus(now, 60_001))).toBe('expired'))
  test.each([...openStates, ...endStates].filter((s) => s !== 'requested'))(
    'in state %s is refused',
    (state) => expect(code(release({ state }), viewer('anna'))).toBe('not-awaiting-decision'),
  )
})

test('one rejection ends it and voids the approvals', () => {
  const r = release({ decisions: [approved('anna')] })
  expect(decide(r, viewer('marta'), { ...yes, kind: 'reject' }, now)).toEqual({
    ok: true,
    value: { state: 'rejected', approvals: 0 },
  })
  expect(
    approvals(release({ decisions: [approved('anna'), { ...approved('marta'), kind: 'reject' }] })),
  ).toBe(0)
})

test('two accounts of one person are one approval', () => {
  expect(
    approvals(release({ decisions: [approved('anna'), { ...approved('anna'), account: 'usr_other' }] })),
  ).toBe(1)
})

test('the list of people says who can, who did and why not', () => {
  const people = [
    viewer('jonas'),
    viewer('anna'),
    viewer('marta'),
    viewer('mei', { grants: [{ role: 'developer' }] }),
    viewer('ci', { service: true }),
  ]
  const list = candidates(release({ decisions: [approved('anna')] }), people, now)
  expect(list.map((c) => [c.viewer.name, c.standing, c.why])).toEqual([
    ['jonas', 'excluded', 'asked for this release'],
    ['anna', 'approved', undefined],
    ['marta', 'can-approve', undefined],
    ['ci', 'excluded', 'a service account'],
  ])
})

describe('with two groups', () => {
  const groups = [
    { group: '/leads', count: 1 },
    { group: '/shop', count: 1 },
  ]
  const both = viewer('anna', { groups: ['/leads', '/shop'] })
  const shop = viewer('marta', { groups: ['/shop'] })
  const byShop = { ...approved('dave'), groups: ['/shop'] }
  test('one person of each completes it', () => {
    expect(code(release({ groups, decisions: [byShop] }), both)).toBe('approved')
  })
  test('two people of one group do not, and the second is told what is missing', () => {
    const refused = decide(release({ groups, decisions: [byShop] }), shop, yes, now)
    expect(refused).toEqual({ ok: false, refusal: { code: 'not-needed', missing: 'one from /leads' } })
    expect(refused.ok ? '' : explain(refused.refusal)).toBe(
      'What is missing is one from /leads; your groups do not count towards that.',
    )
  })
  test('who is not needed for an approval may still reject', () => {
    const no = { kind: 'reject' as const, digest: yes.digest }
    expect(decide(release({ groups, decisions: [byShop] }), shop, no, now).ok).toBe(true)
  })
  test('as long as a group lacks somebody, approvals never reach the number', () => {
    expect(approvals(release({ groups, decisions: [byShop, { ...approved('x'), groups: ['/shop'] }] }))).toBe(
      1,
    )
  })
  test('the others are listed with the reason', () => {
    const list = candidates(release({ groups, decisions: [byShop] }), [both, shop], now)
    expect(list.map(({ standing, why }) => [standing, why])).toEqual([
      ['can-approve', undefined],
      ['excluded', 'not in a group that is missing: one from /leads'],
    ])
  })
})

describe('a withdrawal', () => {
  test.each(['requested', 'approved'] as const)('is for who asked, while %s', (state) => {
    expect(mayWithdraw(release({ state }), viewer('jonas')).ok).toBe(true)
    expect(mayWithdraw(release({ state }), viewer('anna'))).toMatchObject({
      refusal: { code: 'not-requester' },
    })
  })
  test.each(['dispatching', 'syncing', 'succeeded', 'rejected'] as const)(
    'comes too late when %s',
    (state) => {
      expect(mayWithdraw(release({ state }), viewer('jonas'))).toMatchObject({
        refusal: { code: 'not-withdrawable' },
      })
    },
  )
})

describe('taking an approval back', () => {
  const approvedBy = (person: string) =>
    [{ person, account: 'a', name: 'A', kind: 'approve', at: now }] satisfies Release['decisions']
  test.each(['requested', 'approved'] as const)('is for who approved, while %s', (state) => {
    const decisions = approvedBy(viewer('anna').personId)
    expect(mayRevoke(release({ state, decisions }), viewer('anna')).ok).toBe(true)
    expect(mayRevoke(release({ state, decisions }), viewer('jonas'))).toMatchObject({
      refusal: { code: 'not-approved-by-you' },
    })
  })
  test.each(['dispatching', 'syncing', 'verifying', 'succeeded', 'rejected'] as const)(
    'comes too late when %s',
    (state) => {
      const late = release({ state, decisions: approvedBy(viewer('anna').personId) })
      expect(mayRevoke(late, viewer('anna'))).toMatchObject({ refusal: { code: 'not-revocable' } })
    },
  )
  test('is not for who rejected', () => {
    const rejected = approvedBy(viewer('anna').personId).map((each) => ({ ...each, kind: 'reject' as const }))
    expect(mayRevoke(release({ state: 'requested', decisions: rejected }), viewer('anna')).ok).toBe(false)
  })
})

test('every refusal is a sentence', () => {
  const refusals = [
    decide(release(), viewer('jonas'), yes, now),
    decide(release(), viewer('mei', { grants: [] }), yes, now),
    decide(release({ state: 'stale' }), viewer('anna'), yes, now),
    mayWithdraw(release({ state: 'failed' }), viewer('jonas')),
  ]
  for (const r of refusals) expect(r.ok ? '' : explain(r.refusal)).toMatch(/^[A-Z].*\.$/)
})
