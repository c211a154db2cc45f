import { describe, expect, test } from 'vitest'
import type { PlanDiff } from '#lib/plans/plan.ts'
import { isPolicy, type PolicyRule, policyFor, requiredBy } from './policy.ts'

const rule = (more: Partial<PolicyRule>): PolicyRule => ({
  environments: ['prod'],
  services: ['*'],
  projects: ['*'],
  approvals: 2,
  groups: [],
  excludeAuthors: false,
  unknownAuthor: 'block',
  checks: { mustPass: [], healthyForMs: null, planAgeMs: null, unknown: 'block' },
  raise: [],
  expiresAfterMs: 86_400_000,
  ticket: 'optional',
  ...more,
})
const checkout = { environment: 'prod', service: 'checkout', project: 'shop' }

test.each<[string, PolicyRule[], number]>([
  ['no policy at all', [], 2],
  ['only policies of other environments', [rule({ environments: ['staging'], approvals: 1 })], 2],
  ['only policies of other services', [rule({ services: ['pay*'], approvals: 1 })], 2],
  ['only policies of other projects', [rule({ projects: ['pay'], approvals: 1 })], 2],
  ['an empty list of services', [rule({ services: [], approvals: 1 })], 2],
  ['one that matches', [rule({ approvals: 3 })], 3],
  ['the first of two', [rule({ services: ['check*'], approvals: 4 }), rule({ approvals: 1 })], 4],
  ['nonsense', [rule({ approvals: 0 })], 1],
])('%s', (_, rules, approvals) => {
  expect(policyFor(rules, checkout).approvals).toBe(approvals)
})

test('the digest says whether anything that matters changed', () => {
  const digest = (more: Partial<PolicyRule>) => policyFor([rule(more)], checkout).digest
  expect(digest({})).toMatch(/^[0-9a-f]{64}$/)
  expect(digest({})).toBe(policyFor([], checkout).digest)
  expect(digest({ services: ['checkout'] })).toBe(digest({}))
  const [leads, shop] = [
    { group: '/leads', count: 1 },
    { group: '/shop', count: 1 },
  ]
  expect(digest({ groups: [leads, shop] })).toBe(digest({ groups: [shop, leads] }))
  const changes: Partial<PolicyRule>[] = [
    { approvals: 3 },
    { groups: [leads] },
    { excludeAuthors: true },
    { unknownAuthor: 'one-more-approval' },
    { expiresAfterMs: 1000 },
    { ticket: 'required' },
    { raise: [{ when: ['rbac'] }] },
    { checks: { mustPass: ['order'], healthyForMs: null, planAgeMs: null, unknown: 'block' } },
  ]
  expect(new Set([digest({}), ...changes.map(digest)]).size).toBe(9)
})

test('going back may take fewer people, and only where the policy says so; never nobody', () => {
  const many = rule({
    ...{ approvals: 3, groups: [{ group: '/leads', count: 2 }], raise: [{ when: ['image'] }] },
    rollback: { approvals: 1, groups: [] },
  })
  const back = (...rules: PolicyRule[]) => policyFor(rules, { ...checkout, back: true })
  expect(back(many)).toMatchObject({ approvals: 1, groups: [], raise: [] })
  expect(policyFor([many], checkout)).toMatchObject({ approvals: 3, raise: [{ when: ['image'] }] })
  const { rollback: _, ...like } = many
  expect(back(like).digest).toBe(policyFor([many], checkout).digest)
  expect(back(rule({ rollback: { approvals: 0, groups: [] } })).approvals).toBe(1)
  expect(back().approvals).toBe(2)
})

test('a stored policy is believed only by its digest', () => {
  const policy = policyFor([rule({})], checkout)
  expect(isPolicy(JSON.parse(JSON.stringify(policy)))).toBe(true)
  expect(isPolicy({ ...policy, approvals: 1 })).toBe(false)
  expect(isPolicy({})).toBe(false)
})

describe('the risk lens', () => {
  const resource = (riskKinds: string[], hiddenValues = false) =>
    ({ kind: 'Role', name: 'web', riskKinds, hiddenValues }) as never
  const diff = (...resources: never[]): PlanDiff => ({ kind: 'known', resources, noiseLines: 0, risks: 0 })
  const policy = policyFor([rule({ raise: [{ when: ['rbac', 'secret'] }, { when: ['removed'] }] })], checkout)
  test.each<[string, PlanDiff | undefined, string[]]>([
    ['nothing of it', diff(resource(['image'])), []],
    ['rights', diff(resource(['rbac'])), ['rights change (Role web)']],
    ['two kinds of one entry', diff(resource(['rbac', 'secret'])), ['rights change (Role web)']],
    [
      'both entries',
      diff(resource(['rbac', 'removed'])),
      ['rights change (Role web)', 'something is removed (Role web)'],
    ],
    ['a hidden Secret', diff(resource([], true)), ['a Secret changes, or may (Role web)']],
    ['a difference nobody can tell', { kind: 'cannot-tell', why: 'x' }, ['nobody can tell what changes']],
    ['a plan without one', undefined, []],
  ])('%s', (_, given, raised) => {
    const found = requiredBy(policy, { unknownAuthors: false, diff: given })
    expect(found).toEqual({ required: 2 + raised.length, raised })
  })
  test('one approval more for an unknown author, only where authors are excluded', () => {
    const unknown = { unknownAuthors: true, diff: undefined }
    const lenient = rule({ excludeAuthors: true, unknownAuthor: 'one-more-approval' })
    expect(requiredBy(policyFor([lenient], checkout), unknown).required).toBe(3)
    expect(requiredBy(policyFor([{ ...lenient, excludeAuthors: false }], checkout), unknown).required).toBe(2)
  })
})
