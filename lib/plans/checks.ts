import type { Check } from './plan.ts'

/** The application before this one on the way to production, as the catalog has it. */
export type Before = { environment: string; version: string | null; health: string } | null

/** What the checks look at; `canSync` is Argo CD's own answer for a manual sync now, null when it gave none. */
export type Facts = {
  stable: boolean
  automated: boolean
  retryRefresh: boolean
  historyLimit: number
  hiddenSecrets: boolean
  version: string | null
  before: Before
  canSync: boolean | null
  diffKnown: boolean
}

/** Every check with its answer. Those that block must pass before the plan can be asked for or sent. */
export function runChecks(facts: Facts): Check[] {
  const check = (
    id: string,
    title: string,
    result: Check['result'],
    detail: string,
    blocks = false,
  ): Check => ({
    id,
    title,
    result,
    detail,
    blocks,
  })
  const pass = (yes: boolean) => (yes ? 'pass' : 'fail')
  return [
    check(
      'stable',
      'Renders the same twice',
      pass(facts.stable),
      facts.stable
        ? 'two renders, one digest'
        : 'two renders of one revision differ, so nobody could know what is applied',
      true,
    ),
    check(
      'manual',
      'Only a person can start it',
      pass(!facts.automated && !facts.retryRefresh),
      facts.automated
        ? 'automatic sync is on; Argo CD would deploy without a release'
        : facts.retryRefresh
          ? 'retry.refresh is on; a retry would deploy another revision than the signed one'
          : 'automatic sync is off',
      true,
    ),
    check(
      'history',
      'Can be followed',
      pass(facts.historyLimit >= 10),
      `Argo CD keeps ${facts.historyLimit} deployments`,
      true,
    ),
    beforeCheck(facts),
    check(
      'window',
      'Sync window open',
      facts.canSync === null ? 'unknown' : pass(facts.canSync),
      facts.canSync === null
        ? 'Argo CD did not say'
        : facts.canSync
          ? 'Argo CD allows a manual sync'
          : 'Argo CD blocks syncs now; an approved release waits',
    ),
    check(
      'diff',
      'Difference known',
      facts.diffKnown && !facts.hiddenSecrets ? 'pass' : 'unknown',
      !facts.diffKnown
        ? 'Argo CD could not compare with what is live'
        : facts.hiddenSecrets
          ? 'Argo CD hides the values of Secrets; a change in them cannot be seen'
          : 'every resource was compared with what is live',
    ),
  ]
}

function beforeCheck({ before, version }: Facts): Check {
  const base = { id: 'order', title: 'Healthy in the environment before', blocks: false }
  if (!before)
    return { ...base, result: 'unknown', detail: 'this service runs in no environment before this one' }
  const where = `${before.environment} runs ${before.version ?? 'nothing known'}, ${before.health}`
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
