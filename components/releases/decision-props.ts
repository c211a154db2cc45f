import { visible } from '#components/ui/visible.ts'
import type { ReleaseView } from '#lib/releases/loaders.ts'
import { approvals } from '#lib/releases/release.ts'
import type { DecisionProps } from './decision.tsx'
import { place } from './words.ts'

/** What the decision dialog needs of the page; the digest is the one this page shows. */
export function decisionProps({
  release,
  plan,
  running,
  links,
  decisionRefusal,
  rejectionRefusal,
  newer,
}: ReleaseView): DecisionProps {
  const { service, environment } = release.application
  return {
    waiting: release.state === 'requested',
    release: release.id,
    planDigest: plan.digest,
    service,
    version: release.version.to,
    revision: plan.plan.revisions.map((revision) => visible(revision).slice(0, 7)).join(', '),
    place: place(environment, release.target),
    requester: release.requester.name,
    requestedAt: release.createdAt,
    approved: approvals(release),
    required: release.requiredApprovals,
    refusal:
      decisionRefusal ?? (newer ? 'The plan moved while this waited: see on top what changed.' : undefined),
    rejectionRefusal,
    stepUp: release.policy?.stepUp !== undefined,
    health: { status: running.health, at: running.observedAt },
    links: links.flatMap((link) => (link.href === undefined ? [] : [{ name: link.name, href: link.href }])),
  }
}
