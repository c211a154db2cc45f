import { can, type Viewer } from '#lib/access/policy.ts'
import { blockers, type Check } from '#lib/plans/plan.ts'
import { matchesGlob } from '#lib/platform/pattern.ts'
import { assertNever, ok, type Result, refuse } from '#lib/platform/result.ts'

/** Why a release cannot be asked for. The page shows the same words beside the disabled button. */
export type RequestRefusal =
  | { code: 'no-such-application' }
  | { code: 'not-protected'; environment: string }
  | { code: 'may-not-request'; environment: string }
  | { code: 'pipeline-may-not'; service: string; environment: string }
  | { code: 'job-has-asked'; release: string }
  | { code: 'plan-moved'; seen: string; current: string | null }
  | { code: 'way-back-moved' }
  | { code: 'blocked'; checks: string[] }
  | { code: 'authors-unread' }
  | { code: 'unknown-authors'; who: string[] }
  | { code: 'already-open'; release: string }
  | { code: 'ticket-required' }
  | { code: 'no-such-harm' }

export function explainRequest(refusal: RequestRefusal): string {
  switch (refusal.code) {
    case 'no-such-application':
      return 'There is no such application, or you may not see it.'
    case 'not-protected':
      return `${refusal.environment} rolls out by itself; it takes no releases.`
    case 'may-not-request':
      return `None of your groups may ask for releases to ${refusal.environment}.`
    case 'pipeline-may-not':
      return `This pipeline is not trusted to ask for ${refusal.service} in ${refusal.environment}; access.pipelines says what it may.`
    case 'job-has-asked':
      return `This job has asked already: release ${refusal.release}. A new run of the pipeline may ask again.`
    case 'plan-moved':
      return refusal.current
        ? 'There is a newer plan than the one you read. Read it before you ask for it.'
        : 'There is no plan to release any more: production already runs what Git says.'
    case 'way-back-moved':
      return 'What runs here has changed since this way back was prepared. Open it again.'
    case 'blocked':
      return `Checks stop this plan. ${refusal.checks.join('. ')}`
    case 'authors-unread':
      return 'Git has not been asked yet who wrote this; the worker does that next.'
    case 'unknown-authors':
      return `Not everybody who wrote this is known, and the policy blocks that: ${refusal.who.join('; ')}.`
    case 'already-open':
      return 'A release of this application is already open.'
    case 'ticket-required':
      return 'The policy asks for a ticket.'
    case 'no-such-harm':
      return 'The release that did harm is not one of this application.'
    default:
      return assertNever(refusal)
  }
}

/** What decides whether a release of an application can be asked for, besides the reason and the ticket. */
export type Requestable = {
  project: string
  service: string | null
  environment: string | null
  protected: boolean
  gone: boolean
  /** The digest of the plan that stands now. */
  planDigest: string | null
  /** The digest of the plan that was read. */
  seen: string | null
  /** The checks of that plan; null when there is no such plan. */
  checks: Check[] | null
  openRelease: string | null
  /** What the policy says against those who wrote it. */
  authors?: RequestRefusal | null
  /** The plan is the prepared way back, not what Git wants next. */
  rollback?: boolean
}

/** May this person ask for a release of this plan now? The same answer disables the button and guards the command. */
export function mayRequest(application: Requestable, by: Viewer): Result<null, RequestRefusal> {
  const { project, service, environment, planDigest, seen, checks } = application
  if (application.gone || !service || !environment || !can(by, 'read', { project }))
    return refuse({ code: 'no-such-application' })
  if (!application.protected) return refuse({ code: 'not-protected', environment })
  const mayAsk = can(by, 'request:release', { project, environment })
  if (by.service && !(mayAsk && by.pipeline?.services.some((glob) => matchesGlob(glob, service))))
    return refuse({ code: 'pipeline-may-not', service, environment })
  if (!mayAsk) return refuse({ code: 'may-not-request', environment })
  if (application.rollback && (!checks || seen !== planDigest)) return refuse({ code: 'way-back-moved' })
  if (!checks || seen !== planDigest)
    return refuse({ code: 'plan-moved', seen: seen ?? '', current: planDigest })
  const blocking = blockers(checks)
  if (blocking.length > 0)
    return refuse({ code: 'blocked', checks: blocking.map((c) => `${c.title}: ${c.detail}`) })
  if (application.authors) return refuse(application.authors)
  if (application.openRelease) return refuse({ code: 'already-open', release: application.openRelease })
  return ok(null)
}
