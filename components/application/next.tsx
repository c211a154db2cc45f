import Link from 'next/link'
import { Status } from '#components/status/status.tsx'
import { Differences } from '#components/structure/fallen.tsx'
import { standingLook } from '#components/structure/look.ts'
import { Facts } from '#components/ui/facts.tsx'
import { Panel } from '#components/ui/panel.tsx'
import { visible } from '#components/ui/visible.ts'
import { unattended } from '#lib/applications/outlook.ts'
import type { ApplicationView } from '#lib/plans/loaders.ts'
import { paths } from '#lib/platform/paths.ts'
import type { ApplicationStructure } from '#lib/structure/schema.ts'
import { SyncWindows } from './windows.tsx'

type Set = NonNullable<ApplicationStructure['set']>
type Observed = NonNullable<ApplicationView['observed']>

const policy = ({ automated, automatedPrune, selfHeal }: Observed) =>
  automated
    ? `Automatic${selfHeal ? ', puts back what is changed by hand' : ', leaves what is changed by hand'}${automatedPrune ? ', prunes' : ', does not prune'}`
    : 'Manual: Argo CD syncs it only when somebody asks'

function Owner({ set }: { set: Set }) {
  return (
    <div className="grid gap-1">
      <span className="flex flex-wrap items-center gap-x-2">
        {set.readable ? (
          <Link href={paths.applicationSet(set)} className="hover:underline">
            {visible(set.name)}
          </Link>
        ) : (
          <>
            {visible(set.name)} <span className="text-ink-muted">(could not be read)</span>
          </>
        )}
        {set.standing && (
          <Status look={standingLook(set.standing.status)}>
            {set.step ? `step ${set.step}` : 'in no step'}
          </Status>
        )}
      </span>
      {set.standing?.message && <p className="text-ink-muted text-xs">{visible(set.standing.message)}</p>}
      {set.fallen && (
        <div className="grid gap-1">
          <span>
            {visible(set.fallen.why)} <span className="text-ink-muted">{set.fallen.remedy}</span>
          </span>
          <Differences of={set.fallen.differences} />
        </div>
      )}
    </div>
  )
}

/** What happens if nobody does anything, and everything that has a say in it. */
export function NextPanel({
  view: { application, observed },
  structure,
}: {
  view: ApplicationView
  structure: ApplicationStructure | null
}) {
  if (!observed || application.gone) return null
  const { coming } = application
  // The condition stands above in full, with what to do.
  const said = observed.conditions.some(
    ({ message }) => message && application.comingReason?.includes(message),
  )
  const comingReason =
    coming === 'in-sync' ? null : said ? 'See what Argo CD says above' : application.comingReason
  return (
    <Panel title="If nobody does anything" padded>
      <p className="mb-3 max-w-[68ch] break-words text-sm">
        <span className="font-medium">{unattended(coming, application.protected)}.</span>{' '}
        {comingReason && <span className="text-ink-muted">{visible(comingReason).replace(/\.?$/, '.')}</span>}
      </p>
      <Facts
        facts={[
          { name: 'Sync policy', value: policy(observed) },
          ...(structure?.windows
            ? [{ name: 'Sync windows', value: <SyncWindows windows={structure.windows} /> }]
            : []),
          ...(structure?.set ? [{ name: 'ApplicationSet', value: <Owner set={structure.set} /> }] : []),
          ...(observed.syncOptions.length > 0
            ? [{ name: 'Sync options', value: visible(observed.syncOptions.join(', ')) }]
            : []),
        ]}
      />
    </Panel>
  )
}
