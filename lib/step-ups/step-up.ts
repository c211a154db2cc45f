import { type Instant, millisecondsBetween } from '#lib/platform/clock.ts'
import { assertNever, ok, type Result, refuse } from '#lib/platform/result.ts'

/** What a policy asks of the sign-in that an approval rests on. `acr`: levels that will do, any when empty. */
export type StepUpPolicy = { acr: string[]; maxAgeMs: number }

export type StepUpPurpose = 'approve' | 'break-glass'

/** From being sent to the provider to the decision; Postgres knows the same (rel.step_up_life). */
export const stepUpLifeMs = 300_000
/** Clocks of two machines differ, and `auth_time` counts whole seconds. */
const skewMs = 10_000

/** What the provider signed. `authTime` is when the person was asked; `amr` is empty where it does not say how. */
export type StepUpProof = { authTime: Instant; acr: string | null; amr: string[] }

export type StepUp = {
  id: string
  purpose: StepUpPurpose
  release: string | null
  application: string
  plan: string
  account: string
  acr: string[]
  askedAt: Instant
  /** Null until the person came back. */
  proof: StepUpProof | null
  used: boolean
}

/** Why an act that takes a step-up is refused. */
export type StepUpRefusal =
  | { code: 'step-up-needed' }
  | { code: 'step-up-other' }
  | { code: 'step-up-used' }
  | { code: 'step-up-expired' }
  | { code: 'step-up-level'; reached: string | null }

/** What is about to be done, and by which account. */
export type StepUpUse = Pick<StepUp, 'purpose' | 'release' | 'application' | 'plan' | 'account'>

const enough = (acr: readonly string[], reached: string | null) =>
  acr.length === 0 || (reached !== null && acr.includes(reached))

/** Does this step-up carry that act now? Bound to one act of one person, used once, fresh. Postgres asks again. */
export function mayUse(
  found: StepUp | null,
  use: StepUpUse,
  policy: StepUpPolicy,
  now: Instant,
): Result<null, StepUpRefusal> {
  if (!found?.proof) return refuse({ code: 'step-up-needed' })
  const { purpose, release, application, plan, account, proof } = found
  const same =
    purpose === use.purpose &&
    release === use.release &&
    application === use.application &&
    plan === use.plan &&
    account === use.account
  if (!same) return refuse({ code: 'step-up-other' })
  if (found.used) return refuse({ code: 'step-up-used' })
  const stale =
    millisecondsBetween(found.askedAt, now) > stepUpLifeMs ||
    millisecondsBetween(proof.authTime, now) > policy.maxAgeMs + skewMs
  if (stale) return refuse({ code: 'step-up-expired' })
  return enough(policy.acr, proof.acr) ? ok(null) : refuse({ code: 'step-up-level', reached: proof.acr })
}

/** Why somebody comes back from the provider without having confirmed who they are; the address shows the code. */
export const stepUpProblems = [
  'cancelled',
  'expired',
  'answered',
  'other-person',
  'old-sign-in',
  'level',
  'failed',
  'provider-unreachable',
] as const
export type StepUpProblem = (typeof stepUpProblems)[number]

/** The claims of a verified ID token that decide. */
export type StepUpClaims = { iss: string; sub: string; authTime: Instant; acr: string | null; amr: string[] }

/** May the answer of the provider stand for this step-up? `account` is whose session the browser holds. */
export function mayAnswer(
  stepUp: StepUp,
  account: { issuer: string; subject: string },
  claims: StepUpClaims,
  now: Instant,
): Result<StepUpProof, StepUpProblem> {
  if (stepUp.proof) return refuse('answered')
  if (millisecondsBetween(stepUp.askedAt, now) > stepUpLifeMs) return refuse('expired')
  if (claims.iss !== account.issuer || claims.sub !== account.subject) return refuse('other-person')
  // A recent sign-in for something else proves nothing about this.
  const lead = millisecondsBetween(stepUp.askedAt, claims.authTime)
  if (lead < -skewMs || millisecondsBetween(now, claims.authTime) > skewMs) return refuse('old-sign-in')
  const { authTime, acr, amr } = claims
  return enough(stepUp.acr, acr) ? ok({ authTime, acr, amr }) : refuse('level')
}

export function explainStepUp(refusal: StepUpRefusal): string {
  switch (refusal.code) {
    case 'step-up-needed':
      return 'The policy asks that you confirm who you are before you sign this.'
    case 'step-up-other':
      return 'You confirmed who you are for something else. Confirm it for this.'
    case 'step-up-used':
      return 'That confirmation has been used. Confirm who you are again.'
    case 'step-up-expired':
      return 'Your confirmation is too old. Confirm who you are again.'
    case 'step-up-level':
      return `The policy asks for a stronger sign-in than yours${refusal.reached ? ` (${refusal.reached})` : ''}.`
    default:
      return assertNever(refusal)
  }
}

/** What went wrong on the way, in words for the dialog. */
export const stepUpProblemWords: Record<StepUpProblem, string> = {
  cancelled: 'You came back without signing in. Nothing was recorded.',
  expired: 'It took longer than five minutes. Confirm who you are again.',
  answered: 'That confirmation has been answered already. Confirm who you are again.',
  'other-person': 'Somebody else signed in. You have to confirm it as yourself.',
  'old-sign-in': 'The provider did not ask who you are, it only remembered. Confirm it again.',
  level: 'The sign-in was not as strong as the policy asks.',
  failed: 'The answer of the provider could not be trusted. Confirm who you are again.',
  'provider-unreachable': 'The sign-in provider does not answer. Try again in a moment.',
}
