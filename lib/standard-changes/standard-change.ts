import { can, type Viewer } from '#lib/access/policy.ts'
import type { ManifestDiff } from '#lib/manifests/diff.ts'
import { sha256 } from '#lib/manifests/digest.ts'
import type { Check } from '#lib/plans/plan.ts'
import { isRule } from '#lib/plans/rule-checks.ts'
import type { Instant } from '#lib/platform/clock.ts'
import { assertNever, ok, type Result, refuse } from '#lib/platform/result.ts'

/** How many people sign a standard change, besides who proposed it; Postgres asks for the same. */
export const signersNeeded = 2

export type Limits = {
  project: string
  service: string
  environment: string
  perDay: number
  timeZone: string
  expiresAt: Instant
}

/** What people sign: the same text as rel.guard_standard_change makes of the row. */
export function limitsDigest({ project, service, environment, perDay, timeZone, expiresAt }: Limits): string {
  return sha256(['standard-change v1', project, service, environment, perDay, timeZone, expiresAt].join('\n'))
}

export type StandardChangeState = 'open' | 'in-force' | 'rejected' | 'stopped' | 'expired'

export type StandardChange = Limits & {
  id: string
  digest: string
  state: StandardChangeState
  reason: string
  at: Instant
  proposer: { person: string; name: string }
  votes: { person: string; name: string; kind: 'approve' | 'reject'; reason: string | null; at: string }[]
  stop: { why: string; name: string | null; release: string | null; at: string } | null
  usedToday: number
}

const harmless = new Set<string>(['image', 'image-not-pinned'])

/** What a difference holds besides other versions of container images; at most five things. Empty: nothing. */
export function beyondImages(diff: ManifestDiff): string[] {
  if (!diff.ok) return [`nobody can tell what changes: ${diff.cannotTell}`]
  const found = diff.resources
    .filter(({ change, onlyImages, hiddenValues, risks }) => {
      if (change === 'unchanged') return hiddenValues
      return (
        change !== 'changed' || !onlyImages || hiddenValues || risks.some(({ kind }) => !harmless.has(kind))
      )
    })
    .map(({ id, change }) =>
      change === 'changed'
        ? `${id.kind} ${id.name} changes in more than image versions`
        : change === 'unchanged'
          ? `${id.kind} ${id.name} has values that cannot be seen`
          : `${id.kind} ${id.name} is ${change === 'left-behind' ? 'left behind' : change}`,
    )
  if (diff.resources.every(({ change }) => change === 'unchanged')) found.push('no image changes')
  return found.length > 5 ? [...found.slice(0, 4), `${found.length - 4} more objects`] : found
}

const notInForce: Record<Exclude<StandardChangeState, 'in-force'>, string> = {
  open: 'two people have not signed it yet',
  rejected: 'it was rejected',
  stopped: 'it was stopped',
  expired: 'it has expired',
}

/** Which limit keeps a plan from going under it, in words; null when all are met. Postgres asks for the rest and again. */
export function limitProblem(
  given: Pick<StandardChange, 'state' | 'usedToday' | 'perDay' | 'timeZone'>,
  checks: readonly Pick<Check, 'id' | 'title' | 'result' | 'blocks'>[],
  beyond: readonly string[] | undefined = [],
): string | null {
  if (given.state !== 'in-force') return notInForce[given.state]
  if (given.usedToday >= given.perDay)
    return `it has been used ${given.usedToday} of ${given.perDay} times today (${given.timeZone})`
  // A rule for manifests that no policy asks for is advice: whatever it says held for what runs, too.
  const [first] = checks.filter(({ id, result, blocks }) => result !== 'pass' && (blocks || !isRule(id)))
  if (first) return `the check “${first.title}” has not passed`
  return beyond.length > 0 ? beyond.join('; ') : null
}

export type StandardChangeRefusal =
  | { code: 'no-such-standard-change' }
  | { code: 'disabled' }
  | { code: 'service-account' }
  | { code: 'may-not-propose' }
  | { code: 'no-such-service' }
  | { code: 'no-such-time-zone' }
  | { code: 'expiry-out-of-range' }
  | { code: 'not-an-approver' }
  | { code: 'own-proposal' }
  | { code: 'already-signed' }
  | { code: 'digest-moved' }
  | { code: 'not-open' }
  | { code: 'over' }
  | { code: 'may-not-stop' }

export function explainStandardChange(refusal: StandardChangeRefusal): string {
  switch (refusal.code) {
    case 'no-such-standard-change':
      return 'There is no such standard change, or you may not see it.'
    case 'disabled':
      return 'This account is disabled.'
    case 'service-account':
      return 'Pipelines neither propose nor sign standard changes.'
    case 'may-not-propose':
      return 'Only those who ask for releases there, or approve them, propose a standard change.'
    case 'no-such-service':
      return 'There is no protected application of that service and environment, or you may not see it.'
    case 'no-such-time-zone':
      return 'There is no such time zone. Write it like Europe/Berlin.'
    case 'expiry-out-of-range':
      return 'A standard change expires within 90 days.'
    case 'not-an-approver':
      return 'Only approvers of that environment sign a standard change.'
    case 'own-proposal':
      return 'You proposed it. Two other people have to sign.'
    case 'already-signed':
      return 'You have decided on it. Another person has to sign.'
    case 'digest-moved':
      return 'These are not the limits that you read.'
    case 'not-open':
      return 'It takes no signatures any more.'
    case 'over':
      return 'It is over already.'
    case 'may-not-stop':
      return 'Only those who ask for releases there, approve them, or run the platform stop a standard change.'
    default:
      return assertNever(refusal)
  }
}

type Place = { project: string; environment: string }

/** May this person propose a standard change anywhere at all? */
export const mayProposeSomewhere = (by: Viewer): Result<null, StandardChangeRefusal> =>
  mayPropose(undefined, by)

/** May this person propose a standard change there? */
export function mayPropose(place: Place | undefined, by: Viewer): Result<null, StandardChangeRefusal> {
  if (!by.enabled) return refuse({ code: 'disabled' })
  if (by.service) return refuse({ code: 'service-account' })
  if (!can(by, 'request:release', place) && !can(by, 'decide:release', place))
    return refuse({ code: 'may-not-propose' })
  return ok(null)
}

/** May this person sign or reject it? The same answer disables the buttons and guards the command. */
export function maySign(given: StandardChange, by: Viewer): Result<null, StandardChangeRefusal> {
  if (!by.enabled) return refuse({ code: 'disabled' })
  if (by.service) return refuse({ code: 'service-account' })
  if (!can(by, 'decide:release', given)) return refuse({ code: 'not-an-approver' })
  if (given.state !== 'open') return refuse({ code: 'not-open' })
  if (given.proposer.person === by.personId) return refuse({ code: 'own-proposal' })
  if (given.votes.some(({ person }) => person === by.personId)) return refuse({ code: 'already-signed' })
  return ok(null)
}

/** May this person end it at once? One is enough: it only takes away. */
export function mayStop(given: StandardChange, by: Viewer): Result<null, StandardChangeRefusal> {
  if (!by.enabled) return refuse({ code: 'disabled' })
  if (by.service) return refuse({ code: 'service-account' })
  if (!can(by, 'request:release', given) && !can(by, 'decide:release', given) && !can(by, 'pause'))
    return refuse({ code: 'may-not-stop' })
  if (given.state !== 'open' && given.state !== 'in-force') return refuse({ code: 'over' })
  return ok(null)
}
