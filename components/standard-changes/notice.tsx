import Link from 'next/link'
import { Callout } from '#components/status/callout.tsx'
import { visible } from '#components/ui/visible.ts'
import { shortDigest } from '#lib/plans/plan.ts'
import { paths } from '#lib/platform/paths.ts'
import type { StandardChange } from '#lib/standard-changes/standard-change.ts'

/** On the page of a release that went under a standard change: which, and who signed it. */
export function StandardChangeNotice({ of }: { of: StandardChange | undefined }) {
  if (!of) return null
  const signers = of.votes.filter(({ kind }) => kind === 'approve').map(({ name }) => visible(name))
  return (
    <Callout tone="neutral" className="mb-4" title="Standard change">
      <p>
        {signers.join(' and ')} signed{' '}
        <Link href={paths.standardChanges()} className="text-accent underline">
          {of.id}
        </Link>{' '}
        (<span title={of.digest}>{shortDigest(of.digest)}</span>); their signatures count as the approvals.
      </p>
      {of.stop && <p>It was stopped since: {visible(of.stop.why)}</p>}
    </Callout>
  )
}
