import { describe, expect, test } from 'vitest'
import { instant, plus } from '#lib/platform/clock.ts'
import {
  explainStepUp,
  mayAnswer,
  mayUse,
  type StepUp,
  type StepUpClaims,
  type StepUpPolicy,
  type StepUpUse,
} from './step-up.ts'

const asked = instant('2026-11-24T09:00:00.000Z')
const stepUp: StepUp = {
  ...{
    id: 'stu_1',
    purpose: 'approve',
    release: 'rel_1',
    application: 'app_1',
    plan: 'p1',
    account: 'usr_a',
  },
  ...{ acr: [], askedAt: asked, used: false },
  proof: { authTime: plus(asked, 20_000), acr: 'silver', amr: [] },
}
const use: StepUpUse = {
  ...{ purpose: 'approve', release: 'rel_1', application: 'app_1', plan: 'p1', account: 'usr_a' },
}
const any: StepUpPolicy = { acr: [], maxAgeMs: 300_000 }
const code = (
  found: StepUp | null,
  over: Partial<StepUpUse> = {},
  policy = any,
  now = plus(asked, 30_000),
) => {
  const result = mayUse(found, { ...use, ...over }, policy, now)
  return result.ok ? 'ok' : result.refusal.code
}

describe('what an approval rests on', () => {
  test.each<[string, StepUp | null, Partial<StepUpUse>, string]>([
    ['as it should be', stepUp, {}, 'ok'],
    ['none', null, {}, 'step-up-needed'],
    ['not answered', { ...stepUp, proof: null }, {}, 'step-up-needed'],
    ['for another release', stepUp, { release: 'rel_2' }, 'step-up-other'],
    ['for another plan', stepUp, { plan: 'p2' }, 'step-up-other'],
    ['for another application', stepUp, { application: 'app_2' }, 'step-up-other'],
    ['of another account', stepUp, { account: 'usr_b' }, 'step-up-other'],
    ['for another act', stepUp, { purpose: 'break-glass' }, 'step-up-other'],
    ['used', { ...stepUp, used: true }, {}, 'step-up-used'],
  ])('%s', (_, found, over, expected) => expect(code(found, over)).toBe(expected))

  test.each([
    [300_000, 300_000, 'ok'],
    [300_001, 300_000, 'step-up-expired'],
    [90_000, 60_000, 'ok'],
    [90_001, 60_000, 'step-up-expired'],
  ])('%i ms after it was asked for, under a maximum age of %i ms: %s', (afterMs, maxAgeMs, expected) => {
    expect(code(stepUp, {}, { acr: [], maxAgeMs }, plus(asked, afterMs))).toBe(expected)
  })

  test.each([
    [['gold'], 'silver', 'step-up-level'],
    [['gold', 'silver'], 'silver', 'ok'],
    [['gold'], null, 'step-up-level'],
    [[], '0', 'ok'],
  ])('levels %j, reached %s: %s', (acr, reached, expected) => {
    const proof = { authTime: asked, acr: reached, amr: [] }
    expect(code({ ...stepUp, proof }, {}, { acr, maxAgeMs: 300_000 })).toBe(expected)
  })
  test('the sentence names the level that was reached', () => {
    expect(explainStepUp({ code: 'step-up-level', reached: 'silver' })).toContain('(silver)')
  })
})

describe('what the provider answered', () => {
  const open = { ...stepUp, proof: null }
  const anna = { issuer: 'https://id', subject: 'anna' }
  const claims: StepUpClaims = {
    ...{ iss: 'https://id', sub: 'anna', acr: 'silver', amr: ['pwd'] },
    authTime: plus(asked, 20_000),
  }
  const now = plus(asked, 30_000)
  test.each<[string, StepUp, Partial<StepUpClaims>, string, number]>([
    ['fits', open, {}, 'ok', 30_000],
    ['was answered before', stepUp, {}, 'answered', 30_000],
    ['came after five minutes', open, { authTime: plus(asked, 299_000) }, 'expired', 300_001],
    ['is of somebody else', open, { sub: 'piet' }, 'other-person', 30_000],
    ['is of another provider', open, { iss: 'https://other' }, 'other-person', 30_000],
    ['is a sign-in from before', open, { authTime: plus(asked, -10_001) }, 'old-sign-in', 30_000],
    ['is as old as clocks differ', open, { authTime: plus(asked, -10_000) }, 'ok', 30_000],
    ['lies in the future', open, { authTime: plus(now, 10_001) }, 'old-sign-in', 30_000],
    ['is not strong enough', { ...open, acr: ['gold'] }, {}, 'level', 30_000],
    ['is by cookie alone', { ...open, acr: ['silver'] }, { acr: '0' }, 'level', 30_000],
    ['is strong enough', { ...open, acr: ['gold'] }, { acr: 'gold' }, 'ok', 30_000],
  ])('%s', (_, found, over, expected, afterMs) => {
    const result = mayAnswer(found, anna, { ...claims, ...over }, plus(asked, afterMs))
    expect(result.ok ? 'ok' : result.refusal).toBe(expected)
  })
})
