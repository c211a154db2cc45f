import type { ResourceDiff } from '#lib/plans/plan.ts'
import type { RiskKind } from './risk.ts'

/** What is lost for good weighs most, then who may do what, then what makes it run differently. */
const weights = {
  'volume-claim-removed': 10,
  removed: 9,
  'custom-resource-definition': 8,
  privileged: 8,
  rbac: 8,
  'replicas-zero': 7,
  'network-policy': 6,
  secret: 6,
  hook: 5,
  limits: 4,
  'image-not-pinned': 3,
  image: 2,
} as const satisfies Record<RiskKind, number>

const weightOf = (kind: string): number => (Object.hasOwn(weights, kind) ? weights[kind as RiskKind] : 1)

type Judged = Pick<ResourceDiff, 'risks' | 'riskKinds'>

/** How much a change weighs: its heaviest risk counts; 0 without any. */
export const riskOf = ({ risks, riskKinds }: Judged): number =>
  Math.max(risks.length > 0 ? 1 : 0, ...(riskKinds ?? []).map(weightOf))

/** What runs stands before what it reads, and that before who reaches it; anything else follows by name. */
const kinds = ['Deployment', 'StatefulSet', 'DaemonSet', 'Rollout', 'CronJob', 'Job', 'ConfigMap', 'Secret']
const rankOf = (kind: string): number => (kinds.includes(kind) ? kinds.indexOf(kind) : kinds.length)

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Objects in the order in which they should be read: by risk, then by kind, then by name. */
export const inReadingOrder = <T extends ResourceDiff>(resources: readonly T[]): T[] =>
  [...resources].sort(
    (a, b) =>
      riskOf(b) - riskOf(a) ||
      rankOf(a.kind) - rankOf(b.kind) ||
      compare(a.kind, b.kind) ||
      compare(a.namespace, b.namespace) ||
      compare(a.name, b.name),
  )
