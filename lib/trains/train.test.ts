import { describe, expect, it, test } from 'vitest'
import type { Viewer } from '#lib/access/policy.ts'
import type { ReleaseState } from '#lib/releases/release.ts'
import { type Car, explainTrain, mayResume, stateOf, stops, trainDigest, trainWords } from './train.ts'

const car = (state: ReleaseState, stage = 1, passed = false): Car => ({
  ...{ release: `rel_${state}${stage}`, name: `${state}-${stage}`, stage, state, passed },
})

describe('a train', () => {
  it.each<[string, Car[], ReturnType<typeof stateOf>['is'], number?]>([
    ['nobody has decided on', [car('requested'), car('requested', 2)], 'waiting-for-people'],
    ['approved and about to start', [car('approved'), car('approved', 2)], 'under-way', 1],
    ['in its second stage', [car('succeeded'), car('syncing', 2)], 'under-way', 2],
    ['of which one waits for people still', [car('requested'), car('approved', 2)], 'under-way', 1],
    ['with harm done', [car('degraded'), car('approved', 2)], 'stopped'],
    ['with a failure', [car('failed'), car('approved', 2)], 'stopped'],
    ['of which nobody knows', [car('review'), car('approved', 2)], 'stopped'],
    ['with a stale member', [car('stale', 2), car('approved')], 'stopped'],
    ['that goes on past harm', [car('degraded', 1, true), car('approved', 2)], 'under-way', 2],
    ['all well', [car('succeeded'), car('succeeded', 2)], 'arrived'],
    ['over, not well', [car('succeeded'), car('rejected', 2)], 'ended'],
  ])('%s', (_name, cars, is, stage) => {
    expect(stateOf(cars)).toMatchObject({ is, ...(stage && { stage }) })
  })
  test('is stopped by what ended otherwise than well, and by what nobody knows', () => {
    const states: ReleaseState[] = [
      'degraded',
      'failed',
      'review',
      'rejected',
      'withdrawn',
      'expired',
      'stale',
      'revoked',
    ]
    expect(states.every((state) => stops(car(state)))).toBe(true)
    expect(states.some((state) => stops(car(state, 1, true)))).toBe(false)
    const going: ReleaseState[] = [
      'requested',
      'approved',
      'dispatching',
      'syncing',
      'verifying',
      'succeeded',
    ]
    expect(going.some((state) => stops(car(state)))).toBe(false)
  })
})

test('the digest names plans, applications and stages, in whatever order they were given', () => {
  const [a, b] = [
    { application: 'app_a', plan: 'p', stage: 1 },
    { application: 'app_b', plan: 'q', stage: 2 },
  ]
  expect(trainDigest([a, b])).toBe(trainDigest([b, a]))
  for (const other of [
    { ...a, stage: 2 },
    { ...a, plan: 'x' },
    { ...a, application: 'app_c' },
  ])
    expect(trainDigest([other, b])).not.toBe(trainDigest([a, b]))
})

describe('who lets it go on', () => {
  const where = { project: 'shop', environment: 'prod' }
  const viewer = (more: Partial<Viewer> = {}): Viewer => ({
    ...{ accountId: 'usr_1', personId: 'per_1', name: 'Anna', initials: 'A', groups: [] },
    ...{ grants: [{ role: 'approver' as const }], service: false, enabled: true, ...more },
  })
  it.each<[string, Car, Viewer, string | true]>([
    ['an approver', car('degraded'), viewer(), true],
    ['a developer', car('degraded'), viewer({ grants: [{ role: 'developer' }] }), 'may-not-resume'],
    [
      'an approver of elsewhere',
      car('failed'),
      viewer({ grants: [{ role: 'approver', environments: ['dev'] }] }),
      'may-not-resume',
    ],
    ['a disabled approver', car('failed'), viewer({ enabled: false }), 'may-not-resume'],
    ['past what does not stop it', car('succeeded'), viewer(), 'does-not-stop'],
    ['past what it was let past', car('degraded', 1, true), viewer(), 'does-not-stop'],
    // Two people say first how it ended.
    ['past a review', car('review'), viewer(), 'does-not-stop'],
  ])('%s', (_name, of, by, expected) => {
    const answer = mayResume(of, where, by)
    if (expected === true) return expect(answer.ok).toBe(true)
    expect(answer).toMatchObject({ refusal: { code: expected } })
    if (!answer.ok) expect(explainTrain(answer.refusal)).toMatch(/\.$/)
  })
})

test.each(['stopped', 'stage', 'parallel'])('says what a member waits for: %s', (why) => {
  expect(trainWords(why, 'checkout-prod')).toMatch(/^Waiting/)
})
