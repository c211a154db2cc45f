import Link from 'next/link'
import { RefreshOn } from '#components/shell/live.tsx'
import { Time } from '#components/shell/time.tsx'
import { Chip } from '#components/status/status.tsx'
import { Empty } from '#components/ui/empty.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { Panel } from '#components/ui/panel.tsx'
import { visible } from '#components/ui/visible.ts'
import { shortDigest } from '#lib/plans/plan.ts'
import { paths } from '#lib/platform/paths.ts'
import type { StandardChangeView } from '#lib/standard-changes/loaders.ts'
import { ActOn } from './act-on.tsx'
import { ProposeStandardChange } from './propose.tsx'

const states = {
  open: ['Waits for signatures', 'attention'],
  'in-force': ['In force', 'positive'],
  rejected: ['Rejected', 'neutral'],
  stopped: ['Stopped', 'negative'],
  expired: ['Expired', 'neutral'],
} as const

function One({ of }: { of: StandardChangeView }) {
  const [word, tone] = states[of.state]
  return (
    <Panel
      title={`${visible(of.service)} in ${visible(of.environment)}`}
      aside={<Chip tone={tone}>{word}</Chip>}
      className="mb-4"
      padded
    >
      <div className="grid gap-3 text-sm">
        <p>
          Only image versions change, at most {of.perDay} a day ({visible(of.timeZone)}), ends{' '}
          <Time at={of.expiresAt} as="ago" />. Used {of.usedToday} times today.
        </p>
        <p className="text-ink-muted">
          Proposed by {visible(of.proposer.name)} <Time at={of.at} as="ago" />: {visible(of.reason)} · Digest{' '}
          <span className="font-mono" title={of.digest}>
            {shortDigest(of.digest)}
          </span>
        </p>
        {of.votes.length > 0 && (
          <ul className="grid gap-1">
            {of.votes.map(({ person, name, kind, reason }) => (
              <li key={person}>
                {visible(name)} {kind === 'approve' ? 'signed' : 'rejected'}
                {reason && <>: {visible(reason)}</>}
              </li>
            ))}
          </ul>
        )}
        {of.stop && (
          <p>
            {of.stop.name ? `Stopped by ${visible(of.stop.name)}: ` : 'Stopped by itself: '}
            {visible(of.stop.why)}
          </p>
        )}
        {of.uses.length > 0 && (
          <ul aria-label="Releases that used it" className="grid gap-1">
            {of.uses.map(({ release, application, state, at }) => (
              <li key={release}>
                <Link href={paths.release(release)} className="text-accent underline">
                  {visible(application)}
                </Link>{' '}
                {state} <Time at={at} as="ago" />
              </li>
            ))}
          </ul>
        )}
        <div className="flex flex-wrap gap-2">
          <ActOn id={of.id} digest={of.digest} kind="approve" refusal={of.signing} />
          <ActOn id={of.id} digest={of.digest} kind="reject" refusal={of.signing} />
          <ActOn id={of.id} digest={of.digest} kind="stop" refusal={of.stopping} />
        </div>
      </div>
    </Panel>
  )
}

type Props = {
  listed: readonly StandardChangeView[]
  /** Those where people approve. */
  environments: readonly string[]
  /** Why the viewer can propose none. */
  proposing: string | undefined
}

/** Standard changes, newest first, with what became of each. */
export function StandardChanges({ listed, environments, proposing }: Props) {
  return (
    <>
      <RefreshOn names={[{ instance: '*' }]} />
      <PageHeader
        title="Standard changes"
        actions={<ProposeStandardChange environments={environments} refusal={proposing} />}
      >
        <p className="text-sm">
          Two people sign one beforehand; releases that keep its limits then need no further approvals. The
          first that does harm stops it.
        </p>
      </PageHeader>
      {listed.length === 0 && (
        <Empty kind="nothing-yet" title="No standard changes">
          What changes often and harmlessly can be signed beforehand: propose it.
        </Empty>
      )}
      {listed.map((of) => (
        <One key={of.id} of={of} />
      ))}
    </>
  )
}
