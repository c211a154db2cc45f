import { digestOf } from '#lib/manifests/digest.ts'
import { type PolicyRule, policyFor, type ReleasePolicy } from '#lib/releases/policy.ts'

/** The rules of an installation as they are kept: plain JSON, what is left out left out. */
export const plainRules = (rules: readonly PolicyRule[]): PolicyRule[] => JSON.parse(JSON.stringify(rules))

/** Names a set of rules. Their order counts, as the first that matches decides. */
export const setDigest = (rules: readonly PolicyRule[]): string => digestOf(plainRules(rules))

/** What a rule comes to, wherever it applies. */
const asFrozen = (rule: PolicyRule, back: boolean): ReleasePolicy =>
  policyFor([{ ...rule, environments: ['x'], services: ['*'], projects: ['*'] }], {
    ...{ environment: 'x', service: '', project: '', back },
  })

/** The digest of every policy that a release can be frozen with under these rules, the silent one included. */
export function policyDigests(rules: readonly PolicyRule[]): string[] {
  const silent = policyFor([], { environment: '', service: '', project: '' }).digest
  const all = rules.flatMap((rule) => [asFrozen(rule, false).digest, asFrozen(rule, true).digest])
  return [...new Set([silent, ...all])].sort()
}

const hours = (ms: number) => `${Number((ms / 3_600_000).toFixed(2))} h`

/** A rule in lines that people can compare, the same for the same rule. */
export function ruleLines(rule: PolicyRule): string[] {
  const policy = asFrozen(rule, false)
  const groups = policy.groups.map(({ group, count }) => `${count} of ${group}`)
  const { checks, raise, stepUp } = policy
  return [
    `for ${rule.environments.join(', ')}; services ${rule.services.join(', ')}; projects ${rule.projects.join(', ')}`,
    `  approvals: ${policy.approvals}`,
    ...(groups.length > 0 ? [`  among them: ${groups.join(', ')}`] : []),
    `  authors: ${policy.excludeAuthors ? `may not approve; unknown ones ${policy.unknownAuthor === 'block' ? 'block' : 'take one more approval'}` : 'may approve'}`,
    ...(checks.mustPass.length > 0 ? [`  must pass: ${checks.mustPass.join(', ')}`] : []),
    ...(checks.healthyForMs === null ? [] : [`  healthy before for: ${hours(checks.healthyForMs)}`]),
    ...(checks.planAgeMs === null ? [] : [`  plan no older than: ${hours(checks.planAgeMs)}`]),
    `  a check that cannot answer: ${checks.unknown === 'block' ? 'blocks' : 'is let through'}`,
    ...raise.map(({ when }) => `  one more approval for: ${when.join(', ')}`),
    ...(stepUp ? ['  each approval takes a sign-in of its own'] : []),
    `  expires after: ${hours(policy.expiresAfterMs)}`,
    `  ticket: ${policy.ticket}`,
    ...(rule.rollback
      ? [
          `  rollback approvals: ${rule.rollback.approvals}`,
          ...(rule.rollback.groups.length > 0
            ? [
                `  rollback among them: ${rule.rollback.groups.map(({ group, count }) => `${count} of ${group}`).join(', ')}`,
              ]
            : []),
        ]
      : []),
  ]
}

export const setLines = (rules: readonly PolicyRule[]): string[] =>
  rules.length === 0 ? ['no rules: two people approve every release'] : rules.flatMap(ruleLines)
