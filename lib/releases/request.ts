import { assertNever } from '#lib/platform/result.ts'

/** Why a release cannot be asked for. The page shows the same words beside the disabled button. */
export type RequestRefusal =
  | { code: 'no-such-application' }
  | { code: 'not-protected'; environment: string }
  | { code: 'may-not-request'; environment: string }
  | { code: 'plan-moved'; seen: string; current: string | null }
  | { code: 'blocked'; checks: string[] }
  | { code: 'already-open'; release: string }
  | { code: 'ticket-required' }

export function explainRequest(refusal: RequestRefusal): string {
  switch (refusal.code) {
    case 'no-such-application':
      return 'There is no such application, or you may not see it.'
    case 'not-protected':
      return `${refusal.environment} rolls out by itself; it takes no releases.`
    case 'may-not-request':
      return `None of your groups may ask for releases to ${refusal.environment}.`
    case 'plan-moved':
      return refusal.current
        ? 'There is a newer plan than the one you read. Read it before you ask for it.'
        : 'There is no plan to release any more: production already runs what Git says.'
    case 'blocked':
      return `Checks stop this plan. ${refusal.checks.join('. ')}`
    case 'already-open':
      return 'A release of this application is already open.'
    case 'ticket-required':
      return 'The policy asks for a ticket.'
    default:
      return assertNever(refusal)
  }
}
