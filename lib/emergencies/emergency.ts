import { can, type Viewer } from '#lib/access/policy.ts'
import type { CheckPolicy } from '#lib/plans/checks.ts'
import { blockers, type Check } from '#lib/plans/plan.ts'
import type { Instant } from '#lib/platform/clock.ts'
import { assertNever, ok, type Result, refuse } from '#lib/platform/result.ts'
import { authorship } from '#lib/releases/author.ts'
import { type Exclusion, excluded, type Release, type ReleaseState } from '#lib/releases/release.ts'
import { explainRequest, type RequestRefusal } from '#lib/releases/request.ts'
import { explainStepUp, type StepUpRefusal } from '#lib/step-ups/step-up.ts'

export const emergencyStates = ['open', 'overdue', 'approved', 'objected'] as const
export type EmergencyState = (typeof emergencyStates)[number]

/** A release that went before others approved it, and what another person said of it afterwards. */
export type Emergency = {
  release: string
  releaseState: ReleaseState
  application: {
    id: string
    name: string
    project: string
    service: string
    environment: string
    target: string | null
  }
  version: string
  by: { person: string; name: string }
  reason: string
  incident: string
  at: Instant
  dueAt: Instant
  retrospective: {
    kind: 'approve' | 'object'
    person: string
    name: string
    reason: string | null
    at: Instant
  } | null
}

/** Where the obligation stands. */
export function standingOf({ retrospective, dueAt }: Emergency, now: Instant): EmergencyState {
  if (retrospective) return retrospective.kind === 'approve' ? 'approved' : 'objected'
  return now > dueAt ? 'overdue' : 'open'
}

export const reasonLengthMin = 30

/**
 * What is asked of checks under a broken glass: what the policy makes a gate only advises. The policy itself stays the one
 * that the plan was made under.
 */
export const checksUnderBreakGlass: CheckPolicy = {
  mustPass: [],
  healthyForMs: null,
  planAgeMs: null,
  unknown: 'allow',
}

/** Why nobody knows well enough who wrote it; the glass does not break that. */
export type AuthorProblem = Extract<RequestRefusal, { code: 'authors-unread' | 'unknown-authors' }>

export type BreakGlassRefusal =
  | { code: 'no-such-application' }
  | { code: 'not-protected'; environment: string }
  | { code: 'service-account' }
  | { code: 'may-not-break-glass'; environment: string }
  | { code: 'plan-moved' }
  | { code: 'blocked'; checks: string[] }
  | AuthorProblem
  | { code: 'already-open'; release: string }
  | { code: 'one-is-open'; release: string }
  | { code: 'name-differs' }
  | StepUpRefusal

/** What decides whether somebody may break the glass for an application, besides what they write. */
export type Breakable = {
  name: string
  project: string
  service: string | null
  environment: string | null
  protected: boolean
  gone: boolean
  planDigest: string | null
  /** The digest of the plan that was read. */
  seen: string | null
  /** The checks of that plan, judged by `checksUnderBreakGlass`; null when there is no such plan. */
  checks: readonly Check[] | null
  /** What the policy says against those who wrote it. */
  authors: AuthorProblem | null
  openRelease: string | null
  /** A release of the same person that still waits for another one. */
  unsettled: string | null
}

/** Freezes are what a broken glass goes through; whatever else stops a release stops this one too. */
const stops = (checks: readonly Check[]) => blockers([...checks]).filter(({ id }) => id !== 'freeze')

/** May this person break the glass here now? The same answer disables the button and guards the command. */
export function mayBreakGlass(of: Breakable, by: Viewer): Result<null, BreakGlassRefusal> {
  const { project, service, environment } = of
  if (of.gone || !service || !environment || !can(by, 'read', { project }))
    return refuse({ code: 'no-such-application' })
  if (!of.protected) return refuse({ code: 'not-protected', environment })
  if (by.service) return refuse({ code: 'service-account' })
  if (!can(by, 'release:break-glass', { project, environment }))
    return refuse({ code: 'may-not-break-glass', environment })
  if (of.unsettled) return refuse({ code: 'one-is-open', release: of.unsettled })
  if (!of.checks || of.seen !== of.planDigest) return refuse({ code: 'plan-moved' })
  const blocking = stops(of.checks)
  if (blocking.length > 0)
    return refuse({ code: 'blocked', checks: blocking.map((c) => `${c.title}: ${c.detail}`) })
  if (of.authors) return refuse(of.authors)
  if (of.openRelease) return refuse({ code: 'already-open', release: of.openRelease })
  return ok(null)
}

export function explainBreakGlass(refusal: BreakGlassRefusal): string {
  switch (refusal.code) {
    case 'no-such-application':
      return 'There is no such application, or you may not see it.'
    case 'not-protected':
      return `${refusal.environment} rolls out by itself; it takes no releases.`
    case 'service-account':
      return 'A pipeline cannot break the glass. A person has to.'
    case 'may-not-break-glass':
      return `None of your groups may break the glass in ${refusal.environment}.`
    case 'plan-moved':
      return 'The plan you read is not the one that stands now. Read it again first.'
    case 'blocked':
      return `Breaking the glass does not pass this. ${refusal.checks.join('. ')}`
    case 'authors-unread':
    case 'unknown-authors':
      return explainRequest(refusal)
    case 'already-open':
      return 'A release of this application is already open. It has to end first: withdraw or reject it.'
    case 'one-is-open':
      return 'Your last break-glass release still waits for another person to approve it afterwards. Until then you cannot break the glass again.'
    case 'name-differs':
      return 'What you typed is not the name of this application.'
    default:
      return explainStepUp(refusal)
  }
}

export type RetrospectiveRefusal =
  | Exclusion
  | { code: 'author' }
  | { code: 'already-settled' }
  | { code: 'reason-missing' }

/** May `by` say afterwards whether it was right? Another person, who could have approved it before. */
export function maySettle(
  emergency: Pick<Emergency, 'retrospective'>,
  release: Release,
  by: Viewer,
  kind: 'approve' | 'object' = 'approve',
): Result<null, RetrospectiveRefusal> {
  if (emergency.retrospective) return refuse({ code: 'already-settled' })
  const out = excluded(release, by)
  if (out) return refuse(out)
  if (kind === 'approve' && authorship(release.authors ?? [], by)) return refuse({ code: 'author' })
  return ok(null)
}

export function explainRetrospective(refusal: RetrospectiveRefusal): string {
  switch (refusal.code) {
    case 'own-request':
    case 'own-request-other-account':
      return 'You broke the glass. Another person has to say whether that was right.'
    case 'service-account':
      return 'Service accounts cannot approve.'
    case 'disabled':
      return 'This account is disabled.'
    case 'not-an-approver':
      return `None of your groups may approve releases to ${refusal.environment}.`
    case 'author':
      return 'You wrote a part of it. Somebody else has to approve it.'
    case 'already-settled':
      return 'Somebody has decided on it already.'
    case 'reason-missing':
      return 'Say in a few words what was wrong.'
    default:
      return assertNever(refusal)
  }
}

export const standingWords = {
  open: 'Waits for approval afterwards',
  overdue: 'Overdue',
  approved: 'Approved afterwards',
  objected: 'Objected to',
} as const satisfies Record<EmergencyState, string>
