import { digestOf } from '#lib/manifests/digest.ts'
import type { ReleasePolicy } from '#lib/releases/policy.ts'

/**
 * The policy under a broken glass: nobody has to approve first, and what the policy makes a gate only advises. It stays
 * the policy of that place in everything that is judged afterwards.
 */
export function underBreakGlass({ digest: _before, ...policy }: ReleasePolicy): ReleasePolicy {
  const effective = {
    ...policy,
    unknownAuthor: 'one-more-approval' as const,
    checks: { mustPass: [], healthyForMs: null, planAgeMs: null, unknown: 'allow' as const },
  }
  return { ...effective, digest: digestOf(effective) }
}
