import { digestOf } from '#lib/manifests/digest.ts'
import type { RiskKind } from '#lib/manifests/risk.ts'
import type { CheckPolicy } from '#lib/plans/checks.ts'
import type { PlanDiff } from '#lib/plans/plan.ts'
import { matchesGlob } from '#lib/platform/pattern.ts'
import type { StepUpPolicy } from '#lib/step-ups/step-up.ts'
import { type Demand, totalOf } from './quorum.ts'

/** What it means that nobody knows who wrote a part of a plan. */
export type UnknownAuthor = 'block' | 'one-more-approval'

/** One more approval when the difference holds one of these risks. */
export type Raise = { when: RiskKind[] }

/** Who must approve where, as configured. Globs in `services` and `projects`. */
export type PolicyRule = {
  environments: string[]
  services: string[]
  projects: string[]
  approvals: number
  groups: Demand[]
  excludeAuthors: boolean
  /** Blocks, when left out. */
  unknownAuthor?: UnknownAuthor
  checks?: CheckPolicy
  raise?: Raise[]
  stepUp?: StepUpPolicy | undefined
  expiresAfterMs: number
  ticket: 'optional' | 'required'
  /** Who approves going back to what four eyes have seen work here; like everything else when left out. */
  rollback?: { approvals: number; groups: Demand[] } | undefined
}

/** Whom a policy is asked for. `back`: a rollback to what a release brought and what worked. */
export type PolicyPlace = { environment: string; service: string; project: string; back?: boolean }

/** What holds for one release. It is frozen into the release; `digest` is the SHA-256 of its canonical JSON. */
export type ReleasePolicy = {
  approvals: number
  groups: Demand[]
  excludeAuthors: boolean
  unknownAuthor: UnknownAuthor
  checks: CheckPolicy
  raise: Raise[]
  /** An approval takes a sign-in of its own; left out where it does not. */
  stepUp?: StepUpPolicy
  expiresAfterMs: number
  ticket: 'optional' | 'required'
  digest: string
}

/** Where no policy says anything, two people approve. Silence never means "no approval needed". */
const silence: Omit<ReleasePolicy, 'digest'> = {
  approvals: 2,
  groups: [],
  excludeAuthors: false,
  unknownAuthor: 'block',
  checks: { mustPass: [], healthyForMs: null, planAgeMs: null, unknown: 'block' },
  raise: [],
  expiresAfterMs: 86_400_000,
  ticket: 'optional',
}

/** The policy for one application: the first that names its environment, service and project decides. */
export function policyFor(rules: readonly PolicyRule[], where: PolicyPlace): ReleasePolicy {
  const found = rules.find(
    (candidate) =>
      candidate.environments.includes(where.environment) &&
      candidate.services.some((glob) => matchesGlob(glob, where.service)) &&
      candidate.projects.some((glob) => matchesGlob(glob, where.project)),
  )
  const back = where.back && found?.rollback
  // What raises the number is not asked for again: this difference is the one that was approved, the other way round.
  const rule = { ...silence, ...found, ...(back && { ...back, raise: [] }) }
  const effective = {
    approvals: Math.max(1, rule.approvals),
    // Sorted: the order in which groups are written down is no change of policy.
    groups: [...rule.groups]
      .sort((a, b) => (a.group < b.group ? -1 : 1))
      .map(({ group, count }) => ({ group, count })),
    excludeAuthors: rule.excludeAuthors,
    unknownAuthor: rule.unknownAuthor,
    checks: {
      ...rule.checks,
      mustPass: [
        ...new Set([...rule.checks.mustPass, ...(rule.checks.healthyForMs === null ? [] : ['order'])]),
      ].sort(),
    },
    raise: rule.raise.map(({ when }) => ({ when: [...when].sort() })),
    ...(found?.stepUp && { stepUp: { ...found.stepUp, acr: [...found.stepUp.acr].sort() } }),
    expiresAfterMs: rule.expiresAfterMs,
    ticket: rule.ticket,
  }
  return { ...effective, digest: digestOf(effective) }
}

/** Whether a stored policy is the one of its digest: nobody rewrote it on the way to the release. */
export function isPolicy(stored: Partial<ReleasePolicy>): stored is ReleasePolicy {
  const { digest, ...policy } = stored
  return digest !== undefined && digestOf(policy) === digest
}

const lens = {
  image: 'an image changes',
  'image-not-pinned': 'an image is named by a tag, which can be moved',
  rbac: 'rights change',
  'network-policy': 'who may talk to whom changes',
  secret: 'a Secret changes, or may',
  privileged: 'a pod reaches beyond itself',
  limits: 'requests or limits change',
  'replicas-zero': 'no replica is left',
  removed: 'something is removed',
  'custom-resource-definition': 'a resource type changes for the whole cluster',
  'volume-claim-removed': 'stored data may be deleted',
  hook: 'a hook runs',
} as const satisfies Record<RiskKind, string>

/** Why a rule raises the number for this difference; null when it does not. What nobody can tell raises it. */
function raisedBy({ when }: Raise, diff: PlanDiff): string | null {
  if (diff.kind === 'cannot-tell') return 'nobody can tell what changes'
  for (const kind of when) {
    const found = diff.resources.find(
      ({ riskKinds, hiddenValues }) => riskKinds?.includes(kind) || (kind === 'secret' && hiddenValues),
    )
    if (found) return `${lens[kind]} (${found.kind} ${found.name})`
  }
  return null
}

/** People who must approve under this policy, and why more than it names: each reason stands for one more. */
export function requiredBy(
  policy: Pick<ReleasePolicy, 'approvals' | 'groups' | 'excludeAuthors' | 'unknownAuthor' | 'raise'>,
  found: { unknownAuthors: boolean; diff: PlanDiff | undefined },
): { required: number; raised: string[] } {
  const { diff } = found
  const raised = [
    ...(policy.excludeAuthors && found.unknownAuthors && policy.unknownAuthor === 'one-more-approval'
      ? ['not everybody who wrote it is known']
      : []),
    ...(diff ? policy.raise : []).flatMap((rule) => (diff && raisedBy(rule, diff)) ?? []),
  ]
  const distinct = [...new Set(raised)]
  return { required: totalOf(policy.approvals, policy.groups) + distinct.length, raised: distinct }
}
