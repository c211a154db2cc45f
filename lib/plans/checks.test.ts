import { describe, expect, test } from 'vitest'
import { instant } from '#lib/platform/clock.ts'
import {
  type Before,
  type CheckPolicy,
  type Evidence,
  type Facts,
  freshChecks,
  judged,
  runChecks,
} from './checks.ts'
import { blockers, type Plan, type PlanDocument } from './plan.ts'

const settings = { automated: false, retryRefresh: false, historyLimit: 10 }
const staging = (more: Partial<NonNullable<Before>> = {}) => ({
  ...{ application: 'app_1', environment: 'staging', version: '2.0.0', health: 'Healthy', silentSince: null },
  ...more,
})
const facts: Facts = {
  ...{ settings, before: staging(), canSync: true },
  ...{ stable: true, hiddenSecrets: false, diffKnown: true, version: '2.0.0' },
}

describe('when the plan is made', () => {
  const result = (id: string, change: Partial<Facts> = {}) =>
    runChecks({ ...facts, ...change }).find((c) => c.id === id)?.result
  test('all pass for the good plan, and nothing blocks it', () => {
    expect(runChecks(facts).map((c) => c.result)).toEqual(Array(6).fill('pass'))
    expect(blockers(runChecks(facts))).toEqual([])
  })
  test.each([
    { stable: false },
    { settings: { ...settings, automated: true } },
    { settings: { ...settings, retryRefresh: true } },
    { settings: { ...settings, historyLimit: 5 } },
  ])('%o blocks', (change) => {
    expect(blockers(runChecks({ ...facts, ...change }))).toHaveLength(1)
  })
  test('unknown is never pass', () => {
    expect(result('window', { canSync: null })).toBe('unknown')
    expect(result('diff', { diffKnown: false })).toBe('unknown')
    expect(result('diff', { hiddenSecrets: true })).toBe('unknown')
    expect(result('order', { before: null })).toBe('unknown')
    expect(result('order', { version: null })).toBe('unknown')
    expect(result('order', { before: staging({ silentSince: instant('2026-11-23T09:00:00Z') }) })).toBe(
      'unknown',
    )
    expect([result('manual', { settings: null }), result('history', { settings: null })]).toEqual([
      'unknown',
      'unknown',
    ])
    expect(blockers(runChecks({ ...facts, settings: null }))).toHaveLength(2)
  })
  test('another version, or an ill one, in the environment before fails', () => {
    expect(result('order', { before: staging({ version: '1.0.0' }) })).toBe('fail')
    expect(result('order', { before: staging({ health: 'Degraded' }) })).toBe('fail')
  })
})

describe('while the plan stands', () => {
  const plan = { revisions: ['abc'] } as unknown as Plan
  const made = (more: Partial<Facts> = {}, to = '2.0.0') =>
    ({ version: { from: null, to }, checks: runChecks({ ...facts, ...more }) }) as PlanDocument
  const now = (document: PlanDocument, evidence: Partial<Evidence> = {}) =>
    new Map(
      freshChecks(plan, document, { settings, before: staging(), canSync: true, ...evidence }).map((c) => [
        c.id,
        c.result,
      ]),
    )

  test('evidence that got better or worse since is seen', () => {
    const ill = made({ before: staging({ health: 'Degraded' }), settings: { ...settings, automated: true } })
    expect([...now(ill).values()]).toEqual(Array(6).fill('pass'))
    const worse = now(made(), {
      settings: { ...settings, automated: true },
      before: staging({ version: '1.9.0' }),
      canSync: null,
    })
    expect(Object.fromEntries(worse)).toMatchObject({ manual: 'fail', order: 'fail', window: 'unknown' })
  })
  test('what is part of the plan stays as it was made', () => {
    const found = now(made({ stable: false, diffKnown: false }))
    expect([found.get('stable'), found.get('diff')]).toEqual(['fail', 'unknown'])
  })
  test('a plan that goes by its revisions is compared with the same ones only', () => {
    const document = made({}, 'abc')
    expect(now(document).get('order')).toBe('unknown')
    expect(now(document, { before: staging({ version: 'abc' }) }).get('order')).toBe('pass')
  })
  test('the environment before does not matter to what goes back', () => {
    const back = { deployment: 'dep_1', version: '1', from: instant(0), to: null, release: null, changed: [] }
    const order = { id: 'order', title: 'Order', result: 'pass', detail: '', blocks: false } as const
    const document = { ...made(), checks: [order], rollback: back }
    expect(freshChecks(plan, document, { settings, before: null, canSync: true })).toEqual([order])
  })
  test('a check of another version of Countersign is left as it is', () => {
    const check = { id: 'tickets', title: 'Ticket', result: 'pass', detail: 'there', blocks: false } as const
    const document = { ...made(), checks: [check] }
    expect(freshChecks(plan, document, { settings: null, before: null, canSync: null })).toEqual([check])
  })
})

describe('what a policy makes of them', () => {
  const at = instant('2026-11-23T12:00:00Z')
  const policy = (more: Partial<CheckPolicy> = {}): CheckPolicy => ({
    ...{ mustPass: [], healthyForMs: null, planAgeMs: null, unknown: 'block' },
    ...more,
  })
  const stopped = (
    asked: CheckPolicy,
    before: Before = staging(),
    checks = runChecks({ ...facts, before }),
  ) =>
    blockers(judged(checks, { before, made: instant('2026-11-23T10:00:00Z') }, asked, at)).map(
      ({ id, result }) => `${id} ${result}`,
    )
  const ill = staging({ health: 'Degraded' })
  test('what only advises stops nothing, until it is asked for', () => {
    expect(stopped(policy(), ill)).toEqual([])
    expect(stopped(policy({ mustPass: ['order'] }), ill)).toEqual(['order fail'])
    expect(stopped(policy({ mustPass: ['order'] }))).toEqual([])
  })
  test('healthy, but not for long enough, or nobody knows since when', () => {
    const asked = policy({ mustPass: ['order'], healthyForMs: 3_600_000 })
    expect(stopped(asked, staging({ since: instant('2026-11-23T11:00:01Z') }))).toEqual(['order fail'])
    expect(stopped(asked, staging({ since: instant('2026-11-23T11:00:00Z') }))).toEqual([])
    expect(stopped(asked, staging({ since: null }))).toEqual(['order unknown'])
    expect(stopped(asked, null)).toEqual(['order unknown'])
  })
  test('a plan grows too old', () => {
    expect(stopped(policy({ planAgeMs: 7_200_000 }))).toEqual([])
    expect(stopped(policy({ planAgeMs: 7_199_999 }))).toEqual(['plan-age fail'])
  })
  test('what goes back is neither too old nor in want of a staging that is healthy', () => {
    const asked = policy({ mustPass: ['order'], healthyForMs: 3_600_000, planAgeMs: 1 })
    const checks = runChecks({ ...facts })
    const given = { before: null, made: instant('2026-11-20T10:00:00Z') }
    expect(blockers(judged(checks, given, asked, at)).map(({ id }) => id)).toEqual(['order', 'plan-age'])
    expect(blockers(judged(checks, { ...given, rollback: true }, asked, at))).toEqual([])
    const ill = checks.map((check) => (check.id === 'order' ? { ...check, result: 'fail' as const } : check))
    expect(blockers(judged(ill, { ...given, rollback: true }, asked, at))).toHaveLength(1)
  })
  test('unknown blocks unless the policy says otherwise; then a failure still does', () => {
    const asked = policy({ mustPass: ['order', 'storage'] })
    expect(stopped(asked, null)).toEqual(['order unknown', 'storage unknown'])
    expect(stopped({ ...asked, unknown: 'allow' }, null)).toEqual([])
    expect(stopped({ ...asked, unknown: 'allow' }, ill)).toEqual(['order fail'])
  })
  test('it never takes away what stops a release by itself', () => {
    expect(stopped(policy({ unknown: 'allow' }), staging(), runChecks({ ...facts, settings: null }))).toEqual(
      ['manual unknown', 'history unknown'],
    )
  })
})
