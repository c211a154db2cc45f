import { Time } from '#components/shell/time.tsx'
import { Copyable } from '#components/ui/copyable.tsx'
import { Facts } from '#components/ui/facts.tsx'
import { Panel } from '#components/ui/panel.tsx'
import { visible } from '#components/ui/visible.ts'
import type { StoredPlan } from '#lib/plans/data.ts'

/** What exactly is signed: the digest and what went into it. */
export function PlanFacts({ plan: { digest, plan, at } }: { plan: StoredPlan }) {
  const { destination, syncOptions, manifests, revisions, sources } = plan
  const cluster = destination.name ?? destination.server ?? 'unknown'
  return (
    <Panel title="Plan" note="what is signed" padded>
      <Facts
        facts={[
          { name: 'Digest', value: <Copyable value={digest} what="digest of the plan" length={20} /> },
          ...revisions.map((revision, index) => ({
            name: revisions.length > 1 ? `Revision ${index + 1}` : 'Revision',
            value: (
              <>
                <Copyable value={revision} what="revision" />{' '}
                <span className="break-all text-ink-muted">{visible(sources[index]?.repoURL ?? '')}</span>
              </>
            ),
          })),
          {
            name: 'Destination',
            value: visible([cluster, destination.namespace].filter(Boolean).join(' / ')),
          },
          {
            name: 'Manifests',
            value: (
              <>
                {manifests.count}, digest <Copyable value={manifests.digest} what="digest of the manifests" />
                {!manifests.stable && ' (they render differently each time)'}
              </>
            ),
          },
          {
            name: 'Sync',
            value: `${plan.prune ? 'prunes' : 'does not prune'}${syncOptions.length > 0 ? `, ${visible(syncOptions.join(', '))}` : ''}`,
          },
          { name: 'Made', value: <Time at={at} as="ago" /> },
        ]}
      />
    </Panel>
  )
}
