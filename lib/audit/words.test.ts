import { describe, expect, it } from 'vitest'
import { canonicalBytes } from './canonical.ts'
import { type Actor, type NewEvent, readEvent } from './event.ts'
import { type EventType, eventTypes } from './payload.ts'
import { exportSamples } from './testing-exports.ts'
import { standardChangeSamples } from './testing-standard-changes.ts'
import { eventGroups, words } from './words.ts'

const plan = `3f9a${'0'.repeat(56)}c210`
const at = '2026-11-23T10:41:05.000Z'
const person: Actor = { kind: 'person', person: 'per_marta' }
const subject = { release: 'rel_1', service: 'checkout', environment: 'prod', target: 'eu' }

type DataOf = { [T in EventType]: Extract<NewEvent, { type: T }>['data'] }
const samples: { [T in EventType]: [DataOf[T], string] } = {
  'sign-in': [{ issuer: 'https://id.example', groups: [] }, 'signed in'],
  'sign-in-refused': [{ refusal: 'no-groups' }, 'was refused at sign-in: no groups'],
  'sign-out': [{}, 'signed out'],
  'step-up.asked': [
    { stepUp: 'stu_1', purpose: 'approve', plan },
    'went to confirm who they are, to approve plan 3f9a…c210',
  ],
  'step-up.confirmed': [
    { stepUp: 'stu_1', purpose: 'break-glass', plan, authTime: at, acr: 'gold', amr: ['otp'], idToken: plan },
    'confirmed who they are, to break the glass for plan 3f9a…c210: level gold',
  ],
  'step-up.refused': [
    { stepUp: 'stu_1', purpose: 'approve', plan, refusal: 'other-person' },
    'did not confirm who they are, to approve plan 3f9a…c210: other person',
  ],
  'plan.created': [{ plan, revisions: ['0123456789abcdef'] }, 'made plan 3f9a…c210 of 0123456789ab'],
  'plan.authors': [
    { plan, people: 3, authors: plan, incomplete: ['Git was away'] },
    'read from Git who wrote plan 3f9a…c210: 3 in all: Git was away',
  ],
  'release.requested': [
    { plan, revisions: ['abc'], reason: 'fixes totals', requiredApprovals: 2, policy: plan, notAfter: at },
    'requested plan 3f9a…c210: fixes totals',
  ],
  'release.request-refused': [
    { plan, refusal: 'plan-stale' },
    'could not request plan 3f9a…c210: plan stale',
  ],
  'release.decided': [
    { decision: 'approve', plan, acknowledged: [{ plan, at }] },
    `approved plan 3f9a…c210, its changes read at ${at}`,
  ],
  'release.decision-refused': [
    { decision: 'approve', plan, refusal: 'own-request' },
    'could not approve plan 3f9a…c210: own request',
  ],
  'release.extended': [{ plan, notAfter: at }, `approved plan 3f9a…c210 for longer, until ${at}`],
  'release.extension-refused': [
    { plan, refusal: 'own-request' },
    'could not give plan 3f9a…c210 more time: own request',
  ],
  'release.message': [{ message: 'msg_1', text: 'Why now?' }, 'wrote on the release: Why now?'],
  'release.approved': [
    { plan, approvals: [{ person: 'per_a' }, { person: 'per_b' }] },
    'completed the approvals of plan 3f9a…c210, 2 in all',
  ],
  'release.break-glass': [
    { plan, reason: 'orders fail', incident: 'INC-7', dueAt: at, stepUp: 'stu_1' },
    'broke the glass for plan 3f9a…c210, incident INC-7: orders fail',
  ],
  'release.break-glass-refused': [
    { plan, refusal: 'one-is-open' },
    'could not break the glass for plan 3f9a…c210: one is open',
  ],
  'release.retrospective': [
    { plan, kind: 'object', reason: 'not an emergency' },
    'objected to plan 3f9a…c210 afterwards: not an emergency',
  ],
  'release.retrospective-refused': [
    { plan, kind: 'approve', refusal: 'own-request' },
    'could not approve plan 3f9a…c210 afterwards: own request',
  ],
  'release.retrospective-overdue': [
    { plan, dueAt: at },
    `found that nobody approved plan 3f9a…c210 afterwards until ${at}`,
  ],
  'release.rejected': [{ reason: 'not on a Friday' }, 'closed the release as rejected: not on a Friday'],
  'release.withdrawn': [{}, 'withdrew the release'],
  'release.expired': [{}, 'let the release expire'],
  'release.stale': [{ reason: 'a commit landed' }, 'found the plan stale: a commit landed'],
  'release.revoked': [{}, 'revoked the release'],
  'release.revoke-refused': [{ refusal: 'not-revocable' }, 'could not take the approval back: not revocable'],
  'release.dispatching': [{}, 'began to dispatch'],
  'release.intent': [
    { intent: 1, plan, token: plan, body: plan, epoch: 1 },
    'committed intent 1 for plan 3f9a…c210',
  ],
  'release.sent': [{ intent: 1 }, 'sent the sync, intent 1'],
  'release.accepted': [{ intent: 1, status: 200, differences: [] }, 'accepted the sync, intent 1'],
  'release.refused': [
    { intent: 1, status: 403, message: 'permission denied' },
    'refused the sync, intent 1: 403, permission denied',
  ],
  'release.ambiguous': [{ intent: 1, reason: 'timeout' }, 'left the sync open, intent 1: timeout, no answer'],
  'release.syncing': [{ intent: 1 }, 'saw the sync run, intent 1'],
  'train.requested': [
    {
      ...{ train: 'trn_1', digest: 'a'.repeat(64), reason: 'They belong together', parallel: 2 },
      releases: [
        { release: 'rel_1', stage: 1 },
        { release: 'rel_2', stage: 2 },
      ],
    },
    'asked for a train of 2 releases: They belong together',
  ],
  'train.decided': [{ train: 'trn_1', digest: 'a'.repeat(64), decision: 'approve' }, 'approved a train'],
  'train.refused': [
    { act: 'request', refusal: 'member', application: 'checkout-prod' },
    'could not ask for a train: member, checkout-prod',
  ],
  'train.resumed': [
    { train: 'trn_1', reason: 'Known and harmless' },
    'let a train go on past this release: Known and harmless',
  ],
  'policy.adopted': [{ set: 'a'.repeat(64), rules: 2 }, 'put the configured policies in force, 2 in all'],
  'policy.proposed': [
    { set: 'a'.repeat(64), proposal: 'pol_1', rules: 2 },
    'proposed other policies, 2 in all: the configuration changed',
  ],
  'policy.withdrawn': [
    { set: 'a'.repeat(64), proposal: 'pol_1', reason: 'the configuration changed again' },
    'took the proposed policies back: the configuration changed again',
  ],
  ...standardChangeSamples,
  'policy.decided': [
    { set: 'a'.repeat(64), proposal: 'pol_1', decision: 'approve' },
    'agreed to the proposed policies',
  ],
  'policy.decision-refused': [
    { proposal: 'pol_1', decision: 'approve', refusal: 'already-decided' },
    'could not approve the proposed policies: already decided',
  ],
  'policy.activated': [
    { set: 'a'.repeat(64), proposal: 'pol_1', rules: 2 },
    'put the proposed policies in force, 2 in all',
  ],
  'release.verdict': [
    { checkpoint: 15, answer: 'no-change', version: 1, inputs: 'a'.repeat(64), signals: [] },
    'judged the release 15 minutes after: no change',
  ],
  'release.operation-ended': [{ phase: 'Succeeded' }, 'ended the operation: Succeeded'],
  'release.verifying': [{}, 'began to verify'],
  'release.succeeded': [{ health: 'Healthy' }, 'found the release succeeded: Healthy'],
  'release.degraded': [
    { health: 'Degraded', reason: 'pods crash' },
    'found the release degraded: Degraded, pods crash',
  ],
  'release.failed': [{ message: 'hook failed' }, 'found the release failed: hook failed'],
  'release.review': [{ reason: 'nobody can tell' }, 'asked for a review: nobody can tell'],
  'release.finding': [
    { outcome: 'succeeded', reason: 'all pods are new' },
    'looked, and says that the release succeeded: all pods are new',
  ],
  'release.finding-confirmed': [{ outcome: 'failed', finding: 'clo_1' }, 'confirmed that the release failed'],
  'release.finding-declined': [
    { outcome: 'failed', finding: 'clo_1', reason: 'it ran' },
    'declined that the release failed: it ran',
  ],
  'release.finding-refused': [
    { act: 'confirm', refusal: 'own-finding' },
    'could not confirm how the release ended: own finding',
  ],
  'finding.opened': [
    {
      finding: 'fin_1',
      kind: 'recreated',
      sentence: 'It is another one.',
      differences: 'd'.repeat(64),
      source: 'identity',
    },
    'found a change that no release explains: It is another one.',
  ],
  'finding.closed': [
    { finding: 'fin_1', kind: 'accepted', reason: 'agreed' },
    'closed a finding as accepted: agreed',
  ],
  'finding.close-refused': [
    { finding: 'fin_1', refusal: 'not-an-approver' },
    'could not close a finding: not an approver',
  ],
  'pause.started': [
    { pause: 'pau_1', scope: 'project', place: 'project shop', reason: 'orders fail' },
    'paused the releases of project shop: orders fail',
  ],
  'pause.ended': [
    { pause: 'pau_1', scope: 'all', place: 'all applications', reason: 'fixed' },
    'resumed the releases of all applications: fixed',
  ],
  'pause.refused': [
    { act: 'resume', scope: 'all', place: 'all applications', refusal: 'not-allowed-to-resume' },
    'could not resume the releases of all applications: not allowed to resume',
  ],
  'freeze.made': [
    {
      ...{ freeze: 'frz_1', kind: 'deny', place: 'prod', schedule: '0 22 * * 5', duration: '3600000' },
      ...{ zone: 'Europe/Berlin', reason: 'weekend' },
    },
    'made a freeze for prod, on 0 22 * * 5 (Europe/Berlin): weekend',
  ],
  'freeze.ended': [
    { freeze: 'frz_1', kind: 'allow', place: 'everything', reason: 'not needed' },
    'ended the deployment window for everything: not needed',
  ],
  'freeze.refused': [
    { act: 'make', kind: 'deny', place: 'prod', refusal: 'not-allowed-to-freeze' },
    'could not make a freeze for prod: not allowed to freeze',
  ],
  'freeze.overridden': [
    { override: 'ovr_1', freeze: 'frz_1', kind: 'deny', plan, about: 'weekend', reason: 'orders fail' },
    'let the release through the freeze “weekend”: orders fail',
  ],
  'freeze.override-refused': [
    { freeze: 'frz_1', refusal: 'not-allowed-to-override' },
    'could not let the release through a freeze: not allowed to override',
  ],
  'configuration.loaded': [{ configuration: plan, process: 'web' }, 'loaded configuration 3f9a…c210 in web'],
  'log.read': [{ filter: { service: 'payments' } }, 'read the log, filter service “payments”'],
  ...exportSamples,
  'inquiry.exported': [
    { question: 'changes', format: 'csv', filter: { service: 'checkout' }, rows: 2, file: plan },
    'exported 2 rows of changes as CSV, file 3f9a…c210, filter service “checkout”',
  ],
  'sample.drawn': [
    {
      sample: 'smp_1',
      kind: 'changes',
      from: at,
      to: at,
      seed: 'red',
      size: 3,
      population: 12,
      digest: plan,
    },
    'drew 3 of 12 changes with seed red: sample smp_1',
  ],
  'sample.noted': [
    { sample: 'smp_1', item: 'rel_1', verdict: 'not-applicable', words: 'a dry run' },
    'noted not applicable on rel_1 of sample smp_1: a dry run',
  ],
  'sample.signed-off': [
    { sample: 'smp_1', items: 3, exceptions: 1, conclusion: 'works', paper: plan },
    'signed off sample smp_1: 3 items, 1 exceptions, paper 3f9a…c210: works',
  ],
  'sample.exported': [
    { sample: 'smp_1', file: plan },
    'exported the working paper of sample smp_1, file 3f9a…c210',
  ],
  'view.shared': [
    { view: 'vie_1', name: 'Board', query: 'team=shop', group: '/shop' },
    'shared the view “Board” with /shop',
  ],
  'view.changed': [
    { view: 'vie_1', name: 'Board', query: '', group: '/shop' },
    'changed the view “Board”, shared with /shop',
  ],
  'view.unshared': [
    { view: 'vie_1', name: 'Board', query: '', group: '/shop' },
    'took the view “Board” from /shop',
  ],
  'process.started': [{ process: 'worker' }, 'started worker'],
  'process.stopped': [{ process: 'worker' }, 'stopped worker'],
}

/** As it comes back from the log: through the bytes. */
const stored = (value: object) =>
  readEvent(canonicalBytes({ v: 1, id: `evt_${'0'.repeat(26)}`, at, actor: person, subject, ...value }))

describe('words', () => {
  it.each(eventTypes)('say what %s was', (type) => {
    const [data, expected] = samples[type]
    const read = stored({ type, data })
    expect(read.known, 'the sample fits the schema').toBe(true)
    expect(words(read, 'Marta Bauer')).toEqual({
      who: 'Marta Bauer',
      what: expected,
      on: 'checkout · prod eu',
    })
  })

  it.each([
    [person, undefined, 'per_marta'],
    [{ kind: 'worker', name: 'w1' }, undefined, 'Countersign'],
    [{ kind: 'system', name: 'web' }, undefined, 'Countersign'],
    [{ kind: 'argocd', name: 'main' }, undefined, 'Argo CD'],
  ] as const)('say who %j is', (actor, name, expected) => {
    expect(words(stored({ type: 'sign-out', data: {}, actor }), name).who).toBe(expected)
  })

  it('say of a rollback what it is asked for after', () => {
    const data = {
      ...{ plan, revisions: ['abc'], reason: 'no prices', requiredApprovals: 2, policy: plan, notAfter: at },
      rollback: { to: 'dep_1', occasion: { kind: 'incident', name: 'INC-7' } },
    }
    expect(words(stored({ type: 'release.requested', data })).what).toBe(
      'requested the rollback of plan 3f9a…c210 after incident INC-7: no prices',
    )
  })

  it('name an entry of a later version by its type', () => {
    const read = stored({ type: 'release.teleported', data: {} })
    expect(read).toMatchObject({ known: false, type: 'release.teleported', at })
    expect(words(read).what).toContain('release.teleported')
  })

  it('know a group for every type', () => {
    expect(Object.values(eventGroups).flat().sort()).toEqual([...eventTypes].sort())
  })
})
