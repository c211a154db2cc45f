import { expect, test } from 'vitest'
import { type PolicyRule, policyFor } from './policy.ts'

const rule = (more: Partial<PolicyRule>): PolicyRule => ({
  environments: ['prod'],
  services: ['*'],
  projects: ['*'],
  approvals: 2,
  groups: [],
  excludeAuthors: false,
  unknownAuthor: 'block',
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
  ]
  expect(new Set([digest({}), ...changes.map(digest)]).size).toBe(7)
})
