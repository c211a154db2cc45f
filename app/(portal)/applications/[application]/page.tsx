import type { Metadata } from 'next'
import { ApplicationFacts, Conditions, PlanNotice } from '#components/plans/application-facts.tsx'
import { ApplicationHead } from '#components/plans/application-head.tsx'
import { ChecksPanel } from '#components/plans/checks.tsx'
import { CommitsPanel } from '#components/plans/commits.tsx'
import { DiffPanel } from '#components/plans/diff.tsx'
import { ImagesPanel } from '#components/plans/images.tsx'
import { PlanFacts } from '#components/plans/plan-facts.tsx'
import { LinksPanel } from '#components/releases/links-panel.tsx'
import { ReleaseTable } from '#components/releases/release-table.tsx'
import { StaleNotice } from '#components/releases/running.tsx'
import { place } from '#components/releases/words.ts'
import { RefreshOn } from '#components/shell/live.tsx'
import { cn } from '#components/ui/cn.ts'
import { Panel } from '#components/ui/panel.tsx'
import { visible } from '#components/ui/visible.ts'
import { loadApplication } from '#lib/plans/loaders.ts'

type Props = { params: Promise<{ application: string }> }

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { application } = await loadApplication((await params).application)
  const { service, environment, target, name } = application
  return { title: visible(service ? `${service} in ${place(environment ?? '', target)}` : name) }
}

/** One application: what runs, what the plan would change, and the way to ask for its release. */
export default async function ApplicationPage({ params }: Props) {
  const view = await loadApplication((await params).application)
  const { plan, observed, releases, application } = view
  return (
    <>
      <RefreshOn
        names={[
          { application: application.id },
          ...(view.before ? [{ application: view.before }] : []),
          ...releases.map(({ id }) => ({ release: id })),
        ]}
      />
      <ApplicationHead view={view} />
      <StaleNotice running={view.running} />
      <PlanNotice view={view} />
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_20.5rem]">
        <div className="grid min-w-0 gap-4">
          {plan && (
            <>
              <CommitsPanel given={plan.document.commits} />
              <DiffPanel diff={plan.document.diff} />
            </>
          )}
          <Conditions observed={observed} />
          <div className={cn('grid items-start gap-4', plan && 'md:grid-cols-2')}>
            <ApplicationFacts view={view} />
            {plan && <PlanFacts plan={plan} />}
          </div>
          {releases.length > 0 && (
            <Panel title="Releases" note="newest first">
              <ReleaseTable caption="Latest releases of this application" releases={releases} />
            </Panel>
          )}
        </div>
        <aside aria-label="What it rests on" className="grid min-w-0 gap-4">
          {plan && (
            <>
              <ChecksPanel checks={plan.document.checks} />
              <ImagesPanel images={plan.document.images} />
            </>
          )}
          <LinksPanel links={[view.argoCd, ...view.links]} />
        </aside>
      </div>
    </>
  )
}
