import { describe, expect, it, test } from 'vitest'
import type { Viewer } from '#lib/access/policy.ts'
import { type PolicyRule, policyFor } from '#lib/releases/policy.ts'
import { plainRules, policyDigests, ruleLines, setDigest, setLines } from './policy-set.ts'
import { explainPolicy, mayDecidePolicy, type Proposal } from './proposal.ts'
import { type PastRelease, simulate, summarise } from './simulation.ts'

const rule = (more: Partial<PolicyRule> = {}): PolicyRule => ({
  ...{ environments: ['prod'], services: ['*'], projects: ['*'], approvals: 2, groups: [] },
  ...{ excludeAuthors: false, expiresAfterMs: 86_400_000, ticket: 'optional' as const },
  ...more,
})
const payments = rule({
  services: ['payments*'],
  approvals: 3,
  groups: [{ group: '/payments/leads', count: 1 }],
  ticket: 'required',
  rollback: { approvals: 1, groups: [] },
})
const place = (service: string, back = false) => ({ environment: 'prod', service, project: 'shop', back })

describe('a set of rules', () => {
  test('names every policy that a release can be frozen with, and no other', () => {
    const digests = policyDigests([payments, rule()])
    for (const service of ['payments', 'payments-eu', 'checkout'])
      for (const back of [false, true])
        expect(digests).toContain(policyFor([payments, rule()], place(service, back)).digest)
    expect(digests).toContain(policyFor([], place('anything')).digest)
    expect(digests).not.toContain(policyFor([rule({ approvals: 1 })], place('checkout')).digest)
    // Two rules, one of them with a way back of its own, and silence, which is what the second says.
    expect(digests).toHaveLength(3)
  })
  test('is named by its rules in their order, however they are written', () => {
    expect(setDigest([payments, rule()])).not.toBe(setDigest([rule(), payments]))
    expect(setDigest([rule({ stepUp: undefined })])).toBe(setDigest([rule()]))
    expect(setDigest(plainRules([payments]))).toBe(setDigest([payments]))
  })
  test('reads as lines that tell two rules apart', () => {
    expect(setLines([])).toEqual(['no rules: two people approve every release'])
    expect(ruleLines(payments)).toEqual([
      'for prod; services payments*; projects *',
      '  approvals: 3',
      '  among them: 1 of /payments/leads',
      '  authors: may approve',
      '  a check that cannot answer: blocks',
      '  expires after: 24 h',
      '  ticket: required',
      '  rollback approvals: 1',
    ])
    const changes: Partial<PolicyRule>[] = [
      { approvals: 1 },
      { excludeAuthors: true },
      { excludeAuthors: true, unknownAuthor: 'one-more-approval' },
      { checks: { mustPass: ['diff'], healthyForMs: 3_600_000, planAgeMs: 60_000, unknown: 'allow' } },
      { raise: [{ when: ['rbac'] }] },
      { stepUp: { acr: [], maxAgeMs: 60_000 } as unknown as NonNullable<PolicyRule['stepUp']> },
      { expiresAfterMs: 1 },
      { projects: ['shop'] },
      { rollback: { approvals: 2, groups: [{ group: '/x', count: 1 }] } },
    ]
    const all = changes.map((change) => ruleLines(rule(change)).join('\n'))
    expect(new Set([...all, ruleLines(rule()).join('\n')]).size).toBe(changes.length + 1)
  })
})

describe('a simulation', () => {
  const past = (more: Partial<PastRelease> = {}): PastRelease => ({
    ...{
      id: 'rel_1',
      where: place('payments'),
      required: 2,
      unknownAuthors: false,
      ticket: true,
      diff: undefined,
    },
    approvals: [
      { person: 'anna', groups: ['/payments/leads'] },
      { person: 'marta', groups: [] },
    ],
    ...more,
  })
  it.each<[string, PolicyRule[], Partial<PastRelease>, object]>([
    ['the same', [rule()], {}, { was: 2, asks: 2, lacking: 0 }],
    ['more', [payments], {}, { was: 2, asks: 3, lacking: 1 }],
    ['fewer', [rule({ approvals: 1 })], {}, { was: 2, asks: 1, lacking: 0 }],
    [
      'a group that is missing',
      [rule({ groups: [{ group: '/sec', count: 1 }] })],
      {},
      { asks: 2, lacking: 1 },
    ],
    ['a ticket', [payments], { ticket: false }, { stopped: ['it names no ticket'] }],
    ['unknown authors', [rule({ excludeAuthors: true })], { unknownAuthors: true }, { stopped: [/known/] }],
    [
      'what the difference raises',
      [rule({ raise: [{ when: ['rbac'] }] })],
      { diff: { kind: 'cannot-tell', why: 'x' } },
      { asks: 3, raised: ['nobody can tell what changes'] },
    ],
    ['going back', [payments], { where: place('payments', true) }, { asks: 1, lacking: 0 }],
  ])('tells %s', (_name, rules, more, expected) => {
    const [one] = simulate(rules, [past(more)])
    const stopped = (expected as { stopped?: unknown[] }).stopped?.map((each) =>
      each instanceof RegExp ? expect.stringMatching(each) : each,
    )
    expect(one).toMatchObject({ ...expected, ...(stopped && { stopped }) })
  })
  test('sums up', () => {
    const releases = [past(), past({ where: place('checkout') }), past({ where: place('x'), required: 3 })]
    expect(summarise(simulate([payments, rule()], releases))).toEqual({
      ...{ releases: 3, same: 1, more: 1, fewer: 1, lacking: 1 },
    })
  })
})

describe('who decides on a change', () => {
  const viewer = (more: Partial<Viewer> = {}): Viewer => ({
    ...{ accountId: 'usr_1', personId: 'per_1', name: 'Piet', initials: 'P', groups: [] },
    ...{ grants: [{ role: 'admin' as const }], service: false, enabled: true, ...more },
  })
  const proposal = (more: Partial<Proposal> = {}): Proposal => ({
    id: 'pol_1',
    state: 'open',
    votes: [],
    ...more,
  })
  it.each<[string, Partial<Viewer>, Partial<Proposal>, string | true]>([
    ['an admin', {}, {}, true],
    ['a release manager', { grants: [{ role: 'manager' }] }, {}, true],
    ['an approver', { grants: [{ role: 'approver' }] }, {}, 'not-allowed-to-decide'],
    ['a developer', { grants: [{ role: 'developer' }] }, {}, 'not-allowed-to-decide'],
    ['a disabled account', { enabled: false }, {}, 'disabled'],
    ['a machine', { service: true }, {}, 'service-account'],
    ['one who has', {}, { votes: [{ person: 'per_1', kind: 'approve' }] }, 'already-decided'],
    ['anybody once it is void', {}, { state: 'void' }, 'not-open'],
    ['anybody once it is in force', {}, { state: 'in-force' }, 'not-open'],
    ['anybody once it is rejected', {}, { state: 'rejected' }, 'not-open'],
  ])('%s', (_name, who, about, expected) => {
    const answer = mayDecidePolicy(proposal(about), viewer(who))
    if (expected === true) return expect(answer.ok).toBe(true)
    expect(answer).toMatchObject({ ok: false, refusal: { code: expected } })
    if (!answer.ok) expect(explainPolicy(answer.refusal)).toMatch(/\.$/)
  })
})
