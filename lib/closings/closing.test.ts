import { describe, expect, test } from 'vitest'
import type { Viewer } from '#lib/access/policy.ts'
import { instant } from '#lib/platform/clock.ts'
import type { Release } from '#lib/releases/release.ts'
import { type Closing, close, explainClosing, mayClose, standingFinding } from './closing.ts'

const at = instant('2026-11-23T10:00:00Z')
const viewer = (id: string, more: Partial<Viewer> = {}): Viewer => ({
  accountId: `usr_${id}`,
  personId: `per_${id}`,
  name: id,
  initials: id.slice(0, 1),
  groups: [],
  grants: [{ role: 'approver' }],
  service: false,
  enabled: true,
  ...more,
})
const [jonas, anna, marta] = [viewer('jonas'), viewer('anna'), viewer('marta')]
const release: Release = {
  id: 'rel_1',
  state: 'review',
  planDigest: 'a'.repeat(64),
  requester: { account: jonas.accountId, person: jonas.personId, name: 'jonas' },
  requiredApprovals: 2,
  notAfter: at,
  application: { id: 'app_1', name: 'x', project: 'shop', service: 'x', environment: 'prod' },
  decisions: [],
}
const found: Closing = {
  ...{ id: 'clo_1', kind: 'find', outcome: 'failed', reason: 'no new pod', finding: null, at },
  ...{ person: anna.personId, name: 'anna' },
}
const declined: Closing = {
  ...found,
  ...{ id: 'clo_2', kind: 'decline', finding: 'clo_1', person: marta.personId, name: 'marta' },
}
const find = { kind: 'find', outcome: 'failed', reason: 'no new pod' } as const
const confirm = { kind: 'confirm', finding: 'clo_1', outcome: 'failed' } as const
const code = (result: { ok: boolean; refusal?: { code: string } }) => result.refusal?.code ?? 'ok'

test('the finding that waits is the one nobody has answered', () => {
  expect(standingFinding([])).toBeNull()
  expect(standingFinding([found])).toBe(found)
  expect(standingFinding([found, declined])).toBeNull()
  const next = { ...found, id: 'clo_3' }
  expect(standingFinding([found, declined, next])).toBe(next)
})

describe('who may do what', () => {
  test.each([
    ['the requester', jonas, [], 'own-request'],
    ['another account of theirs', { ...anna, personId: jonas.personId }, [], 'own-request-other-account'],
    ['a service', viewer('ci', { service: true }), [], 'service-account'],
    ['a disabled account', viewer('gone', { enabled: false }), [], 'disabled'],
    ['who may not decide there', viewer('mei', { grants: [{ role: 'developer' }] }), [], 'not-an-approver'],
    ['who found it', anna, [found], 'own-finding'],
    ['another account of who found it', { ...marta, personId: anna.personId }, [found], 'own-finding'],
    ['who declined it', marta, [found, declined], 'ok'],
    ['who was declined', anna, [found, declined], 'ok'],
    ['anybody else', marta, [found], 'ok'],
  ])('%s', (_, by, closings, expected) => {
    const result = mayClose(release, closings, by)
    expect(code(result)).toBe(expected)
    if (!result.ok) expect(explainClosing(result.refusal)).toMatch(/^[A-Z].+\.$/)
  })
  test('nobody outside of review', () =>
    expect(code(mayClose({ ...release, state: 'failed' }, [], anna))).toBe('not-in-review'))
})

describe('an act fits what stands', () => {
  test.each([
    ['the first finding', find, [], 'ok'],
    ['a second finding', find, [found], 'already-found'],
    ['a confirmation of exactly this', confirm, [found], 'ok'],
    ['a confirmation of another outcome', { ...confirm, outcome: 'succeeded' }, [found], 'finding-moved'],
    ['a confirmation of another finding', { ...confirm, finding: 'clo_9' }, [found], 'finding-moved'],
    ['an answer to what was declined', confirm, [found, declined], 'finding-moved'],
    ['a refusal of exactly this', { kind: 'decline', finding: 'clo_1', reason: 'it ran' }, [found], 'ok'],
  ] as const)('%s', (_, input, closings, expected) =>
    expect(code(close(release, closings, input, marta))).toBe(expected),
  )
})
