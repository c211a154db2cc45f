import type { Instant } from '#lib/platform/clock.ts'
import type { Check, Plan, PlanDocument } from './plan.ts'

/**
 * The application before this one on the way to production, as the catalog has it. `silentSince`: its Argo CD has not
 * been heard of since then, so what stands here may be old.
 */
export type Before = {
  application: string
  environment: string
  version: string | null
  health: string
  silentSince: Instant | null
} | null

/** What moves while a plan stands. Null wherever nobody can say. */
export type Evidence = {
  settings: { automated: boolean; retryRefresh: boolean; historyLimit: number } | null
  before: Before
  /** Argo CD's own answer for a manual sync now. */
  canSync: boolean | null
}

/** What the checks look at when a plan is made. */
export type Facts = Evidence & {
  stable: boolean
  hiddenSecrets: boolean
  diffKnown: boolean
  version: string | null
}

/** Every check with its answer. Those that block must pass before the plan can be asked for or sent. */
export function runChecks(facts: Facts): Check[] {
  return [
    {
      id: 'stable',
      title: 'Renders the same twice',
      result: facts.stable ? 'pass' : 'fail',
      detail: facts.stable
        ? 'two renders, one digest'
        : 'two renders of one revision differ, so nobody could know what is applied',
      blocks: true,
    },
    manualCheck(facts.settings),
    historyCheck(facts.settings),
    orderCheck(facts.before, facts.version),
    windowCheck(facts.canSync),
    {
      id: 'diff',
      title: 'Difference known',
      result: facts.diffKnown && !facts.hiddenSecrets ? 'pass' : 'unknown',
      detail: !facts.diffKnown
        ? 'Argo CD could not compare with what is live'
        : facts.hiddenSecrets
          ? 'Argo CD hides the values of Secrets; a change in them cannot be seen'
          : 'every resource was compared with what is live',
      blocks: false,
    },
  ]
}

/**
 * The checks of a plan that stands, by the evidence of this moment. What is part of the plan itself (two renders, the
 * difference) is as it was when the plan was made; everything else is asked again and is unknown when nobody can say.
 */
export function freshChecks(plan: Plan, document: PlanDocument, evidence: Evidence): Check[] {
  return document.checks.map((check) => {
    switch (check.id) {
      case 'manual':
        return manualCheck(evidence.settings)
      case 'history':
        return historyCheck(evidence.settings)
      case 'order': {
        // A plan without a version goes by its revisions; only the very same ones can be compared then.
        const { to } = document.version
        const named = to !== plan.revisions.join(', ') || evidence.before?.version === to
        return orderCheck(evidence.before, named ? to : null)
      }
      case 'window':
        return windowCheck(evidence.canSync)
      default:
        return check
    }
  })
}

function manualCheck(settings: Evidence['settings']): Check {
  const base = { id: 'manual', title: 'Only a person can start it', blocks: true }
  if (!settings) return { ...base, result: 'unknown', detail: 'Argo CD has not been read' }
  const { automated, retryRefresh } = settings
  return {
    ...base,
    result: automated || retryRefresh ? 'fail' : 'pass',
    detail: automated
      ? 'automatic sync is on; Argo CD would deploy without a release'
      : retryRefresh
        ? 'retry.refresh is on; a retry would deploy another revision than the signed one'
        : 'automatic sync is off',
  }
}

function historyCheck(settings: Evidence['settings']): Check {
  const base = { id: 'history', title: 'Can be followed', blocks: true }
  if (!settings) return { ...base, result: 'unknown', detail: 'Argo CD has not been read' }
  const { historyLimit } = settings
  return {
    ...base,
    result: historyLimit >= 10 ? 'pass' : 'fail',
    detail: `Argo CD keeps ${historyLimit} deployments`,
  }
}

function windowCheck(canSync: boolean | null): Check {
  const base = { id: 'window', title: 'Sync window open', blocks: false }
  if (canSync === null) return { ...base, result: 'unknown', detail: 'Argo CD did not say' }
  return canSync
    ? { ...base, result: 'pass', detail: 'Argo CD allows a manual sync' }
    : { ...base, result: 'fail', detail: 'Argo CD blocks syncs now; an approved release waits' }
}

function orderCheck(before: Before, version: string | null): Check {
  const base = { id: 'order', title: 'Healthy in the environment before', blocks: false }
  if (!before)
    return { ...base, result: 'unknown', detail: 'this service runs in no environment before this one' }
  const where = `${before.environment} runs ${before.version ?? 'nothing known'}, ${before.health}`
  if (before.silentSince !== null)
    return { ...base, result: 'unknown', detail: `${where}, when its Argo CD was last heard` }
  if (before.version === null || version === null) return { ...base, result: 'unknown', detail: where }
  if (before.version !== version)
    return { ...base, title: `Runs in ${before.environment}`, result: 'fail', detail: where }
  return {
    ...base,
    title: `Healthy in ${before.environment}`,
    result: before.health === 'Healthy' ? 'pass' : 'fail',
    detail: where,
  }
}
