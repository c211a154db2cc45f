import type { ManifestDiff, ResourceDiff } from '#lib/manifests/diff.ts'
import type { Broken } from '#lib/manifests/rules.ts'
import type { Check } from './plan.ts'

/** Checks that a policy may ask for by name; the others stop a release by themselves. */
export const ruleChecks = [
  'limits',
  'requests',
  'probes',
  'privileged',
  'digests',
  'hooks',
  'removals',
  'storage',
] as const
export type RuleCheck = (typeof ruleChecks)[number]
export const isRule = (id: string): boolean => (ruleChecks as readonly string[]).includes(id)

const titles = {
  limits: 'Every container has a memory limit',
  requests: 'Every container requests processor and memory',
  probes: 'Every service says when it is ready',
  privileged: 'No pod reaches beyond itself',
  digests: 'Every image is named by digest',
  hooks: 'No hook outlives its sync',
  removals: 'Nothing is removed',
  storage: 'No stored data is deleted',
} as const satisfies Record<RuleCheck, string>

const shownMax = 5

function answer(id: RuleCheck, found: readonly string[]): Check {
  const more = found.length > shownMax ? `; and ${found.length - shownMax} more` : ''
  return {
    ...{ id, title: titles[id], blocks: false },
    result: found.length === 0 ? 'pass' : 'fail',
    detail: found.length === 0 ? 'all manifests keep it' : found.slice(0, shownMax).join('; ') + more,
  }
}

/** Kinds whose removal takes what they hold along. */
const holdsData = /^(PersistentVolume|PersistentVolumeClaim|Namespace|CustomResourceDefinition|StorageClass)$/

const named = ({ id }: ResourceDiff) => `${id.kind} ${id.name}`

/** The manifest rules on what a plan would apply. What is removed is known only with the difference. */
export function rulesOf(broken: Broken, diff: ManifestDiff): Check[] {
  const { limits, requests, probes, privileged, digests, hooks } = broken
  const gone = diff.ok ? diff.resources.filter(({ change }) => change === 'removed') : []
  const unknown = (id: RuleCheck): Check => ({
    ...{ id, title: titles[id], blocks: false, result: 'unknown' },
    detail: diff.ok ? '' : diff.cannotTell,
  })
  return [
    ...Object.entries({ limits, requests, probes, privileged, digests, hooks }).map(([id, found]) =>
      answer(id as RuleCheck, found),
    ),
    diff.ok ? answer('removals', gone.map(named)) : unknown('removals'),
    diff.ok
      ? answer('storage', gone.filter(({ id }) => holdsData.test(id.kind)).map(named))
      : unknown('storage'),
  ]
}
