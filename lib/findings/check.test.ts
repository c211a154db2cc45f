import { describe, expect, test } from 'vitest'
import { freshChecks, judged } from '#lib/plans/checks.ts'
import { blockers } from '#lib/plans/plan.ts'
import { instant } from '#lib/platform/clock.ts'
import { type FindingsNow, findingsCheck } from './check.ts'

const none: FindingsNow = { count: 0, newest: null, blocking: null, heard: true }
const advises = { ...none, count: 1, newest: 'Live was changed by hand.' }
const stops = {
  ...none,
  count: 2,
  newest: 'Live was changed by hand.',
  blocking: 'Deleted and created again.',
}

describe('open findings of an application', () => {
  test.each([
    [none, 'pass', false, 'no finding is open'],
    [
      { ...none, heard: false },
      'unknown',
      false,
      'no finding is open, but Argo CD has not been heard lately',
    ],
    [advises, 'fail', false, 'a finding is open: Live was changed by hand.'],
    [stops, 'fail', true, '2 findings are open: Deleted and created again.'],
  ])('%o', (open, result, blocks, detail) => {
    expect(findingsCheck(open)).toMatchObject({ id: 'findings', result, blocks, detail })
  })

  const standing = (findings: FindingsNow, mustPass: string[] = []) => {
    const evidence = { settings: null, before: null, canSync: null, findings }
    const checks = freshChecks({ revisions: [] }, { checks: [], version: { from: null, to: '1' } }, evidence)
    const now = instant('2026-11-24T02:00:00Z')
    const policy = { mustPass, healthyForMs: null, planAgeMs: null, unknown: 'allow' } as const
    return blockers(judged(checks, { before: null, made: now }, policy, now)).map(({ id }) => id)
  }
  test('a plan that stands is stopped by the kinds that stop, and by all where the policy asks', () => {
    expect(standing(none, ['findings'])).toEqual([])
    expect(standing(advises)).toEqual([])
    expect(standing(advises, ['findings'])).toEqual(['findings'])
    expect(standing(stops)).toEqual(['findings'])
  })
})
