import type { PlanDiff } from '#lib/plans/plan.ts'
import { type PolicyPlace, type PolicyRule, policyFor, requiredBy } from '#lib/releases/policy.ts'
import { missing } from '#lib/releases/quorum.ts'

/** A release of the past, as far as a policy looks at it. */
export type PastRelease = {
  id: string
  where: PolicyPlace
  /** What it took then. */
  required: number
  /** Who approved, each with the groups of that moment. */
  approvals: readonly { person: string; groups: readonly string[] }[]
  unknownAuthors: boolean
  ticket: boolean
  diff: PlanDiff | undefined
}

/** What would have been asked: `asks` approvals where it was `was`, and how many people those who approved fell short. */
export type Simulated = {
  id: string
  was: number
  asks: number
  raised: string[]
  lacking: number
  stopped: string[]
}

/**
 * What these rules would have asked of releases that were. Checks are not judged anew: what they looked at then is gone.
 */
export function simulate(rules: readonly PolicyRule[], releases: readonly PastRelease[]): Simulated[] {
  return releases.map(({ id, where, required: was, approvals, unknownAuthors, ticket, diff }) => {
    const policy = policyFor(rules, where)
    const { required, raised } = requiredBy(policy, { unknownAuthors, diff })
    const lacking = missing({ total: required, groups: policy.groups }, approvals)
    const stopped = [
      ...(policy.ticket === 'required' && !ticket ? ['it names no ticket'] : []),
      ...(policy.excludeAuthors && unknownAuthors && policy.unknownAuthor === 'block'
        ? ['not everybody who wrote it is known']
        : []),
    ]
    return { id, was, asks: required, raised, lacking, stopped }
  })
}

/** The sum for people. `fewer` is what to look at first: rules that ask less than before. */
export function summarise(all: readonly Simulated[]) {
  return {
    releases: all.length,
    same: all.filter(({ was, asks }) => asks === was).length,
    more: all.filter(({ was, asks }) => asks > was).length,
    fewer: all.filter(({ was, asks }) => asks < was).length,
    lacking: all.filter(({ lacking, stopped }) => lacking > 0 || stopped.length > 0).length,
  }
}
export type SimulationSummary = ReturnType<typeof summarise>
