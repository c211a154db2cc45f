import { digestOf } from '#lib/manifests/digest.ts'
import { matchesGlob } from '#lib/platform/pattern.ts'
import { type Demand, totalOf } from './quorum.ts'

/** What it means that nobody knows who wrote a part of a plan. */
export type UnknownAuthor = 'block' | 'one-more-approval'

/** Who must approve where, as configured. Globs in `services` and `projects`. */
export type PolicyRule = {
  environments: string[]
  services: string[]
  projects: string[]
  approvals: number
  groups: Demand[]
  excludeAuthors: boolean
  unknownAuthor: UnknownAuthor
  expiresAfterMs: number
  ticket: 'optional' | 'required'
}

/** What holds for one release. It is frozen into the release; `digest` is the SHA-256 of its canonical JSON. */
export type ReleasePolicy = {
  approvals: number
  groups: Demand[]
  excludeAuthors: boolean
  unknownAuthor: UnknownAuthor
  expiresAfterMs: number
  ticket: 'optional' | 'required'
  digest: string
}

/** Where no policy says anything, two people approve. Silence never means "no approval needed". */
const silence = {
  approvals: 2,
  groups: [],
  excludeAuthors: false,
  unknownAuthor: 'block',
  expiresAfterMs: 86_400_000,
  ticket: 'optional',
} as const

/** The policy for one application: the first that names its environment, service and project decides. */
export function policyFor(
  rules: readonly PolicyRule[],
  where: { environment: string; service: string; project: string },
): ReleasePolicy {
  const rule =
    rules.find(
      (candidate) =>
        candidate.environments.includes(where.environment) &&
        candidate.services.some((glob) => matchesGlob(glob, where.service)) &&
        candidate.projects.some((glob) => matchesGlob(glob, where.project)),
    ) ?? silence
  const effective = {
    approvals: Math.max(1, rule.approvals),
    // Sorted: the order in which groups are written down is no change of policy.
    groups: [...rule.groups]
      .sort((a, b) => (a.group < b.group ? -1 : 1))
      .map(({ group, count }) => ({ group, count })),
    excludeAuthors: rule.excludeAuthors,
    unknownAuthor: rule.unknownAuthor,
    expiresAfterMs: rule.expiresAfterMs,
    ticket: rule.ticket,
  }
  return { ...effective, digest: digestOf(effective) }
}

/** People who must approve under this policy, and why more than it names: each reason stands for one more. */
export function requiredBy(
  policy: Pick<ReleasePolicy, 'approvals' | 'groups' | 'excludeAuthors' | 'unknownAuthor'>,
  found: { unknownAuthors: boolean },
): { required: number; raised: string[] } {
  const raised =
    policy.excludeAuthors && found.unknownAuthors && policy.unknownAuthor === 'one-more-approval'
      ? ['not everybody who wrote it is known']
      : []
  return { required: totalOf(policy.approvals, policy.groups) + raised.length, raised }
}
