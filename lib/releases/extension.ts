import type { Viewer } from '#lib/access/policy.ts'
import { type Instant, plus } from '#lib/platform/clock.ts'
import { ok, type Result, refuse } from '#lib/platform/result.ts'
import { authorship } from './author.ts'
import { excluded, type Refusal, type Release } from './release.ts'

/** What a release gets where its policy does not say how long approvals last. */
const byDefaultMs = 86_400_000

/**
 * May `by` give a release more time, and until when? It is an approval of the same digest: by an approver who neither
 * asked for it nor wrote it, while it can still be sent. Whoever approved it already may.
 */
export function mayExtend(release: Release, by: Viewer, now: Instant): Result<Instant, Refusal> {
  const out = excluded(release, by)
  if (out) return refuse(out)
  const own = authorship(release.authors ?? [], by)
  if (own) return refuse({ code: 'author', role: own.role, revision: own.revision })
  if (release.state !== 'requested' && release.state !== 'approved')
    return refuse({ code: 'not-extendable', state: release.state })
  if (now > release.notAfter) return refuse({ code: 'expired', at: release.notAfter })
  const until = plus(now, release.policy?.expiresAfterMs ?? byDefaultMs)
  return until > release.notAfter ? ok(until) : refuse({ code: 'not-extendable', state: release.state })
}
