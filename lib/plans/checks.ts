import { type FindingsNow, findingsCheck } from '#lib/findings/check.ts'
import type { Holding } from '#lib/freezes/freeze.ts'
import { freezeCheck } from '#lib/freezes/standing.ts'
import { type Instant, millisecondsBetween } from '#lib/platform/clock.ts'
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
  /** Since when it runs this version in this health; null when nobody saw it begin. */
  since?: Instant | null
} | null

/** What moves while a plan stands. Null wherever nobody can say. */
export type Evidence = {
  settings: { automated: boolean; retryRefresh: boolean; historyLimit: number } | null
  before: Before
  /** Argo CD's own answer for a manual sync now. */
  canSync: boolean | null
  /** Changes of the application that no release explains; left out where nobody asks for them. */
  findings?: FindingsNow
  /** Freezes and deployment windows about it; left out where nobody asks for them. */
  freezes?: Holding[]
}

/** What a policy asks of checks. `mustPass` stop a release that only advise otherwise. */
export type CheckPolicy = {
  mustPass: string[]
  /** How long the version must have been healthy in the environment before; null for at all. */
  healthyForMs: number | null
  planAgeMs: number | null
  /** What a check means that cannot answer. */
  unknown: 'block' | 'allow'
}

/** What the checks look at when a plan is made. */
export type Facts = Evidence & {
  stable: boolean
  hiddenSecrets: boolean
  diffKnown: boolean
  version: string | null
  /** The manifest rules, answered. */
  rules?: Check[]
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
    ...(facts.rules ?? []),
  ]
}

const minutes = (ms: number) => {
  const all = Math.floor(ms / 60_000)
  return all < 120
    ? `${all} min`
    : all < 2880
      ? `${Math.floor(all / 60)} h`
      : `${Math.floor(all / 1440)} days`
}

/** Healthy now is not healthy for long enough. */
function longEnough(check: Check, before: Before, policy: CheckPolicy, now: Instant): Check {
  if (check.id !== 'order' || check.result !== 'pass' || policy.healthyForMs === null) return check
  const asked = `the policy asks for ${minutes(policy.healthyForMs)}`
  if (!before?.since)
    return { ...check, result: 'unknown', detail: `${check.detail}; nobody knows since when` }
  const ms = Math.max(0, millisecondsBetween(before.since, now))
  const detail = `${check.detail} for ${minutes(ms)}`
  return ms >= policy.healthyForMs
    ? { ...check, detail }
    : { ...check, result: 'fail', detail: `${detail}; ${asked}` }
}

function ageCheck(made: Instant, maxMs: number, now: Instant): Check {
  const ms = millisecondsBetween(made, now)
  const base = { id: 'plan-age', title: 'Plan is fresh', blocks: false } as const
  return ms <= maxMs
    ? { ...base, result: 'pass', detail: `made ${minutes(ms)} ago` }
    : {
        ...base,
        result: 'fail',
        detail: `made ${minutes(ms)} ago; the policy lets a plan be ${minutes(maxMs)} old`,
      }
}

/** A plan back is of something old, and made anew whenever what runs changes. */
const timeless: Check = {
  ...{ id: 'plan-age', title: 'Plan is fresh', result: 'pass', blocks: false },
  detail: 'does not apply: it brings back what ran here before',
}

/**
 * The checks by what a policy asks of them. It adds to what stops a release and takes nothing away, except that what
 * cannot be known may be let through where the policy alone asked for it.
 */
export function judged(
  checks: readonly Check[],
  given: { before: Before; made: Instant; rollback?: boolean },
  policy: CheckPolicy | undefined,
  now: Instant,
): Check[] {
  if (!policy) return [...checks]
  const age =
    policy.planAgeMs === null ? [] : [given.rollback ? timeless : ageCheck(given.made, policy.planAgeMs, now)]
  const all = [
    ...checks.map((check) => (given.rollback ? check : longEnough(check, given.before, policy, now))),
    ...age,
  ]
  const missing = policy.mustPass.filter((id) => id !== 'plan-age' && !all.some((check) => check.id === id))
  const unanswered = missing.map(
    (id): Check => ({
      id,
      title: `Check ${id}`,
      result: 'unknown',
      detail: 'the plan has no answer to it',
      blocks: false,
    }),
  )
  return [...all, ...unanswered].map((check) => {
    const asked = policy.mustPass.includes(check.id) || check.id === 'plan-age'
    if (check.blocks || !asked) return check
    return { ...check, blocks: check.result !== 'unknown' || policy.unknown === 'block' }
  })
}

/**
 * The checks of a plan that stands, by the evidence of this moment. What is part of the plan itself (two renders, the
 * difference) is as it was when the plan was made; everything else is asked again and is unknown when nobody can say.
 */
export function freshChecks(
  plan: Pick<Plan, 'revisions'>,
  document: Pick<PlanDocument, 'checks' | 'version' | 'rollback'>,
  evidence: Evidence,
): Check[] {
  const { findings, freezes = [] } = evidence
  const stored = document.checks.map((check) => {
    switch (check.id) {
      case 'manual':
        return manualCheck(evidence.settings)
      case 'history':
        return historyCheck(evidence.settings)
      case 'order': {
        if (document.rollback) return check
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
  return [
    ...stored,
    ...(findings ? [findingsCheck(findings)] : []),
    ...(freezes.length > 0 ? [freezeCheck(freezes)] : []),
  ]
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
