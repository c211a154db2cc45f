import { describe, expect, test } from 'vitest'
import type { Viewer } from '#lib/access/policy.ts'
import { instant, plus } from '#lib/platform/clock.ts'
import type { Release } from '#lib/releases/release.ts'
import {
  type Breakable,
  type Emergency,
  explainBreakGlass,
  explainRetrospective,
  mayBreakGlass,
  maySettle,
  standingOf,
} from './emergency.ts'

const at = instant('2026-11-24T09:00:00.000Z')
const who = (name: string, ...roles: Viewer['grants'][number]['role'][]): Viewer => ({
  ...{ accountId: `usr_${name}`, personId: `per_${name}`, name, initials: name.slice(0, 1), groups: [] },
  ...{ grants: roles.map((role) => ({ role })), service: false, enabled: true },
})
const lead = who('Lead', 'break-glass')
const check = (id: string) => ({ id, title: 'Check', result: 'fail', detail: 'no', blocks: true }) as const
const application: Breakable = {
  ...{ name: 'payments-prod', project: 'shop', service: 'payments', environment: 'prod', protected: true },
  ...{ gone: false, planDigest: 'p1', seen: 'p1', checks: [], authors: null, openRelease: null },
  unsettled: null,
}

describe('who may break the glass', () => {
  test.each<[string, Partial<Breakable>, Viewer, string]>([
    ['the one with the right', {}, lead, 'ok'],
    ['an approver has another right', {}, who('Marta', 'approver'), 'may-not-break-glass'],
    ['an admin decides nothing', {}, who('Piet', 'admin'), 'may-not-break-glass'],
    [
      'not in another environment',
      {},
      { ...lead, grants: [{ role: 'break-glass', environments: ['dev'] }] },
      'may-not-break-glass',
    ],
    [
      'nobody of another project',
      {},
      { ...lead, grants: [{ role: 'break-glass', projects: ['pay'] }] },
      'no-such-application',
    ],
    ['no pipeline', {}, { ...lead, service: true }, 'service-account'],
    ['nobody who is disabled', {}, { ...lead, enabled: false }, 'no-such-application'],
    ['where nothing is protected', { protected: false }, lead, 'not-protected'],
    ['not of what is gone', { gone: true }, lead, 'no-such-application'],
    ['not for another plan', { seen: 'p0' }, lead, 'plan-moved'],
    ['not without a plan', { checks: null }, lead, 'plan-moved'],
    ['not past what stops every release', { checks: [check('stable')] }, lead, 'blocked'],
    ['past a freeze', { checks: [check('freeze')] }, lead, 'ok'],
    ['not beside an open release', { openRelease: 'rel_1' }, lead, 'already-open'],
    ['not while their last one waits', { unsettled: 'rel_0' }, lead, 'one-is-open'],
    ['not before Git was asked', { authors: { code: 'authors-unread' } }, lead, 'authors-unread'],
  ])('%s', (_, over, by, expected) => {
    const result = mayBreakGlass({ ...application, ...over }, by)
    expect(result.ok ? 'ok' : result.refusal.code).toBe(expected)
    if (!result.ok) expect(explainBreakGlass(result.refusal)).toContain(' ')
  })
})

describe('what another person says afterwards', () => {
  const release: Release = {
    ...{
      id: 'rel_1',
      state: 'succeeded',
      planDigest: 'p1',
      requiredApprovals: 2,
      decisions: [],
      notAfter: at,
    },
    requester: { account: lead.accountId, person: lead.personId, name: lead.name },
    authors: [
      { role: 'author', name: 'Mei', address: null, revision: 'abc', person: 'per_Mei', known: true },
    ],
    application: {
      id: 'app_1',
      name: 'payments-prod',
      project: 'shop',
      service: 'payments',
      environment: 'prod',
    },
  }
  const settled = { kind: 'approve', person: 'per_x', name: 'X', reason: null, at } as const
  test.each<[string, Pick<Emergency, 'retrospective'>, Viewer, 'approve' | 'object', string]>([
    ['an approver', { retrospective: null }, who('Marta', 'approver'), 'approve', 'ok'],
    [
      'not who broke it, whatever else they are',
      { retrospective: null },
      { ...lead, grants: [{ role: 'approver' }] },
      'approve',
      'own-request',
    ],
    [
      'not under another account',
      { retrospective: null },
      { ...who('Lead', 'approver'), accountId: 'usr_other' },
      'object',
      'own-request-other-account',
    ],
    [
      'nobody without the right',
      { retrospective: null },
      who('Jonas', 'developer'),
      'approve',
      'not-an-approver',
    ],
    ['no author', { retrospective: null }, who('Mei', 'approver'), 'approve', 'author'],
    ['but an author may object', { retrospective: null }, who('Mei', 'approver'), 'object', 'ok'],
    ['once', { retrospective: settled }, who('Marta', 'approver'), 'object', 'already-settled'],
  ])('%s', (_, emergency, by, kind, expected) => {
    const result = maySettle(emergency, release, by, kind)
    expect(result.ok ? 'ok' : result.refusal.code).toBe(expected)
    if (!result.ok) expect(explainRetrospective(result.refusal)).toContain(' ')
  })

  test.each([
    [null, 0, 'open'],
    [null, 1000, 'open'],
    [null, 1001, 'overdue'],
    [settled, 5000, 'approved'],
    [{ ...settled, kind: 'object' as const }, 0, 'objected'],
  ])('stands at %o after %i ms of 1000: %s', (retrospective, afterMs, expected) => {
    const emergency = { retrospective, dueAt: plus(at, 1000) } as Emergency
    expect(standingOf(emergency, plus(at, afterMs))).toBe(expected)
  })
})
