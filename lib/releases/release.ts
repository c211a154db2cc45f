import { can, type Viewer } from '#lib/access/policy.ts'
import type { Instant } from '#lib/platform/clock.ts'
import { assertNever, ok, type Result, refuse } from '#lib/platform/result.ts'
import { explainStepUp, mayUse, type StepUp, type StepUpRefusal } from '#lib/step-ups/step-up.ts'
import { authorship, didWhat, type ReleaseAuthor } from './author.ts'
import type { ReleasePolicy } from './policy.ts'
import { type Demand, helps, missing, missingGroups, outlook, type Quorum, type Vote } from './quorum.ts'

export const openStates = ['requested', 'approved', 'dispatching', 'syncing', 'verifying', 'review'] as const
export const endStates = [
  'succeeded',
  'degraded',
  'rejected',
  'withdrawn',
  'expired',
  'stale',
  'revoked',
  'failed',
] as const
export type ReleaseState = (typeof openStates)[number] | (typeof endStates)[number]

export type DecisionKind = 'approve' | 'reject'
export type Decision = {
  person: string
  account: string
  name: string
  kind: DecisionKind
  at: Instant
  comment?: string
  /** Groups held at that moment, as Postgres froze them. */
  groups?: readonly string[]
}

/** What the rules need to know of a release. `name`s are for sentences only; rules compare ids. */
export type Release = {
  id: string
  state: ReleaseState
  planDigest: string
  requester: { account: string; person: string; name: string }
  requiredApprovals: number
  /** What it was requested under. */
  policy?: Partial<ReleasePolicy>
  /** Groups that must be among the approvers; one person counts for one. */
  groups?: readonly Demand[]
  /** Those who wrote what it brings, where the policy excludes them. */
  authors?: readonly ReleaseAuthor[]
  notAfter: Instant
  application: { id: string; name: string; project: string; service: string; environment: string }
  decisions: Decision[]
}

/** Why a person has no say in a release at all. */
export type Exclusion =
  | { code: 'own-request' }
  | { code: 'own-request-other-account' }
  | { code: 'service-account' }
  | { code: 'disabled' }
  | { code: 'not-an-approver'; environment: string }

/** Why a person may not decide on, or withdraw, a release. `explain` puts each into words. */
export type Refusal =
  | Exclusion
  | { code: 'already-decided'; kind: DecisionKind; at: Instant }
  | { code: 'author'; role: ReleaseAuthor['role']; revision: string | null }
  | { code: 'not-needed'; missing: string }
  | { code: 'not-awaiting-decision'; state: ReleaseState }
  | { code: 'expired'; at: Instant }
  | { code: 'digest-moved'; seen: string; current: string }
  | { code: 'not-requester'; requester: string }
  | { code: 'not-withdrawable'; state: ReleaseState }
  | { code: 'not-extendable'; state: ReleaseState }
  | { code: 'not-approved-by-you' }
  | { code: 'not-revocable'; state: ReleaseState }
  | StepUpRefusal

export function isOpen(state: ReleaseState): boolean {
  return (openStates as readonly string[]).includes(state)
}

/** What an entry of the log about a release is about. */
export function subjectOf({
  id: release,
  application: { id: application, service, environment },
  planDigest: plan,
}: {
  id: string
  application: { id: string; service: string; environment: string }
  planDigest: string
}) {
  return { release, application, service, environment, plan }
}

type Counted = {
  requiredApprovals: number
  groups?: readonly Demand[]
  decisions: readonly Pick<Decision, 'person' | 'kind' | 'groups'>[]
}

export const quorumOf = ({ requiredApprovals, groups }: Counted): Quorum => ({
  total: requiredApprovals,
  groups: groups ?? [],
})

export const votesOf = ({ decisions }: Counted): Vote[] =>
  decisions.flatMap(({ person, kind, groups }) =>
    kind === 'approve' ? [{ person, groups: groups ?? [] }] : [],
  )

/**
 * Approvals that count: people, not accounts, and as long as a group lacks somebody never as many as are needed. None
 * once somebody rejected. Postgres counts the same (rel.approvals).
 */
export function approvals(release: Counted): number {
  if (release.decisions.some((d) => d.kind === 'reject')) return 0
  const votes = votesOf(release)
  const people = new Set(votes.map(({ person }) => person)).size
  const left = missing(quorumOf(release), votes)
  return Math.max(0, Math.min(people, release.requiredApprovals - left))
}

/** Why `by` has no say in this release, whatever state it is in; null when they have one. */
export function excluded(release: Release, by: Viewer): Exclusion | null {
  if (by.accountId === release.requester.account) return { code: 'own-request' }
  if (by.personId === release.requester.person) return { code: 'own-request-other-account' }
  if (by.service) return { code: 'service-account' }
  if (!by.enabled) return { code: 'disabled' }
  return can(by, 'decide:release', release.application)
    ? null
    : { code: 'not-an-approver', environment: release.application.environment }
}

/**
 * May `by` decide, whatever they decide and whatever they saw? The same question disables the button, excludes a
 * person in the list of approvers and guards the command. Postgres asks it once more (prisma/migrations, rel.decision).
 */
export function mayDecide(release: Release, by: Viewer, now: Instant): Result<Release, Refusal> {
  const out = excluded(release, by)
  if (out) return refuse(out)
  const earlier = release.decisions.find((d) => d.person === by.personId)
  if (earlier) return refuse({ code: 'already-decided', kind: earlier.kind, at: earlier.at })
  if (release.state !== 'requested') return refuse({ code: 'not-awaiting-decision', state: release.state })
  if (now > release.notAfter) return refuse({ code: 'expired', at: release.notAfter })
  return ok(release)
}

/**
 * May `by` approve: decide at all, having written none of it, and bring the quorum nearer? An approval that no group
 * waits for changes nothing.
 */
export function mayApprove(release: Release, by: Viewer, now: Instant): Result<Release, Refusal> {
  const allowed = mayDecide(release, by, now)
  if (!allowed.ok) return allowed
  const own = authorship(release.authors ?? [], by)
  if (own) return refuse({ code: 'author', role: own.role, revision: own.revision })
  const [quorum, votes] = [quorumOf(release), votesOf(release)]
  return helps(quorum, votes, { person: by.personId, groups: by.groups })
    ? allowed
    : refuse({ code: 'not-needed', missing: missingGroups(quorum, votes) })
}

/** The four-eyes rule: who decides, on exactly which plan, and what state that leads to. */
export function decide(
  release: Release,
  by: Viewer,
  decision: { kind: DecisionKind; digest: string; comment?: string; stepUp?: StepUp | null },
  now: Instant,
): Result<{ state: ReleaseState; approvals: number }, Refusal> {
  const allowed = (decision.kind === 'approve' ? mayApprove : mayDecide)(release, by, now)
  if (!allowed.ok) return allowed
  if (decision.digest !== release.planDigest)
    return refuse({ code: 'digest-moved', seen: decision.digest, current: release.planDigest })
  if (decision.kind === 'reject') return ok({ state: 'rejected', approvals: 0 })
  const wanted = release.policy?.stepUp
  if (wanted) {
    const { id, planDigest: plan, application } = release
    const use = {
      purpose: 'approve',
      release: id,
      application: application.id,
      plan,
      account: by.accountId,
    } as const
    const confirmed = mayUse(decision.stepUp ?? null, use, wanted, now)
    if (!confirmed.ok) return confirmed
  }
  const count = approvals({
    ...release,
    decisions: [...release.decisions, { person: by.personId, kind: 'approve', groups: by.groups }],
  })
  return ok({ state: count >= release.requiredApprovals ? 'approved' : 'requested', approvals: count })
}

/** The requester may take a request back until the intent is written; nobody else may. */
export function mayWithdraw(release: Release, by: Viewer): Result<Release, Refusal> {
  if (by.personId !== release.requester.person)
    return refuse({ code: 'not-requester', requester: release.requester.name })
  if (release.state !== 'requested' && release.state !== 'approved')
    return refuse({ code: 'not-withdrawable', state: release.state })
  return ok(release)
}

/** May `by` take their own approval back? Until the worker has written the intent; the release ends with it. */
export function mayRevoke(release: Release, by: Viewer): Result<Release, Refusal> {
  if (!release.decisions.some(({ person, kind }) => person === by.personId && kind === 'approve'))
    return refuse({ code: 'not-approved-by-you' })
  if (release.state !== 'requested' && release.state !== 'approved')
    return refuse({ code: 'not-revocable', state: release.state })
  return ok(release)
}

export type Candidate = {
  viewer: Viewer
  standing: 'approved' | 'rejected' | 'can-approve' | 'excluded'
  why?: string
}

/**
 * Everybody who holds the right to decide here, with what each has done or why they are excluded; the requester
 * is among them, so that people see why their own name does not count. An empty 'can-approve' set is worth a warning.
 */
export function candidates(release: Release, people: Viewer[], now: Instant): Candidate[] {
  return people.flatMap((viewer): Candidate[] => {
    const done = release.decisions.find((d) => d.person === viewer.personId)
    if (done) return [{ viewer, standing: done.kind === 'approve' ? 'approved' : 'rejected' }]
    const allowed = mayApprove({ ...release, state: 'requested' }, viewer, now)
    if (allowed.ok) return [{ viewer, standing: 'can-approve' }]
    if (allowed.refusal.code === 'not-an-approver') return []
    return [{ viewer, standing: 'excluded', why: exclusion(allowed.refusal) }]
  })
}

export type Prospects = {
  /** Groups that must still be served, in words: `one from /payments/leads`. Empty when any approver will do. */
  groups: string
  /** What is still missing when everybody who is known and may has approved; undefined when that is enough. */
  impossible: string | undefined
}

/** Whether the people who are known can bring this release through: asked before it is requested, and while it waits. */
export function prospects(release: Release, people: readonly Viewer[], now: Instant): Prospects {
  const [quorum, votes] = [quorumOf(release), votesOf(release)]
  const able = people.filter(
    (each) =>
      mayDecide({ ...release, state: 'requested' }, each, now).ok && !authorship(release.authors ?? [], each),
  )
  const { impossible } = outlook(
    quorum,
    votes,
    able.map(({ personId, groups }) => ({ person: personId, groups })),
  )
  return { groups: missingGroups(quorum, votes), impossible }
}

/** Why somebody else is excluded, to stand beside their name. */
function exclusion(refusal: Refusal): string {
  switch (refusal.code) {
    case 'own-request':
      return 'asked for this release'
    case 'own-request-other-account':
      return 'another account of the person who asked'
    case 'service-account':
      return 'a service account'
    case 'disabled':
      return 'account disabled'
    case 'author':
      return didWhat(refusal)
    case 'not-needed':
      return `not in a group that is missing: ${refusal.missing}`
    default:
      return explain(refusal)
  }
}

export const stateWords = {
  requested: 'awaiting approval',
  approved: 'approved',
  dispatching: 'being sent',
  syncing: 'syncing',
  verifying: 'being verified',
  review: 'in review',
  succeeded: 'released',
  degraded: 'degraded',
  rejected: 'rejected',
  withdrawn: 'withdrawn',
  expired: 'expired',
  stale: 'stale',
  revoked: 'revoked',
  failed: 'failed',
} as const satisfies Record<ReleaseState, string>

/** A refusal in words: the sentence under a disabled button, in the list of people and in an error answer. */
export function explain(refusal: Refusal): string {
  switch (refusal.code) {
    case 'own-request':
      return 'You asked for this release. Another person has to approve it.'
    case 'own-request-other-account':
      return 'This account belongs to the person who asked for the release. Another person has to approve it.'
    case 'service-account':
      return 'Service accounts cannot approve.'
    case 'disabled':
      return 'This account is disabled.'
    case 'not-an-approver':
      return `None of your groups may approve releases to ${refusal.environment}.`
    case 'already-decided':
      return refusal.kind === 'approve'
        ? 'You have approved this release.'
        : 'You have rejected this release.'
    case 'author':
      return `You ${didWhat(refusal)}, which this release brings. Somebody else has to approve it.`
    case 'not-needed':
      return `What is missing is ${refusal.missing}; your groups do not count towards that.`
    case 'not-awaiting-decision':
      return `This release is ${stateWords[refusal.state]}; it takes no more decisions.`
    case 'expired':
      return 'The time to decide is over. Ask for a new release.'
    case 'digest-moved':
      return 'The plan you read is not the plan of this release. Read it again before you sign.'
    case 'not-requester':
      return `Only ${refusal.requester}, who asked for it, can withdraw this release.`
    case 'not-withdrawable':
      return `This release is ${stateWords[refusal.state]} and can no longer be withdrawn.`
    case 'not-approved-by-you':
      return 'You have not approved this release, so there is nothing of yours to take back.'
    case 'not-revocable':
      return `This release is ${stateWords[refusal.state]}; an approval can be taken back only until it is sent.`
    case 'not-extendable':
      return refusal.state === 'requested' || refusal.state === 'approved'
        ? 'It has all the time that its policy gives.'
        : `This release is ${stateWords[refusal.state]}; more time changes nothing.`
    case 'step-up-needed':
    case 'step-up-other':
    case 'step-up-used':
    case 'step-up-expired':
    case 'step-up-level':
      return explainStepUp(refusal)
    default:
      return assertNever(refusal)
  }
}
