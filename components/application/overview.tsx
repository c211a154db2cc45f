import { ApplicationFacts, PlanNotice } from '#components/plans/application-facts.tsx'
import { ChecksPanel } from '#components/plans/checks.tsx'
import { CommitsPanel } from '#components/plans/commits.tsx'
import { DiffPanel } from '#components/plans/diff.tsx'
import { ImagesPanel } from '#components/plans/images.tsx'
import { PlanFacts } from '#components/plans/plan-facts.tsx'
import { LinksPanel } from '#components/releases/links-panel.tsx'
import { ReleaseTable } from '#components/releases/release-table.tsx'
import { Panel } from '#components/ui/panel.tsx'
import type { Overview } from '#lib/applications/loaders.ts'
import type { ApplicationView } from '#lib/plans/loaders.ts'
import { Conditions } from './conditions.tsx'
import { IllPanel } from './ill.tsx'
import { LifeNotice } from './life.tsx'
import { NextPanel } from './next.tsx'
import { OperationPanel } from './operation.tsx'
import { ProjectPanel } from './project.tsx'
import { SourcesPanel } from './sources.tsx'

/** The first tab: trouble and what is in flight, then the plan, then all that explains it. */
export function OverviewPage({ view, overview }: { view: ApplicationView; overview: Overview }) {
  const { plan, releases, observed, application } = view
  const { operation, structure, life } = overview
  // What ended well stands in the history.
  const shown = operation && (operation.inFlight || operation.phase !== 'Succeeded') ? operation : null
  const project = structure && <ProjectPanel structure={structure} />
  return (
    <>
      <LifeNotice life={life} gone={application.gone} />
      <PlanNotice view={view} />
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_20.5rem]">
        <div className="grid min-w-0 gap-4">
          {shown && <OperationPanel operation={shown} />}
          <IllPanel id={application.id} ill={overview.ill} count={overview.illCount} />
          <Conditions conditions={observed?.conditions ?? []} />
          {plan && (
            <>
              <CommitsPanel given={plan.document.commits} />
              <DiffPanel diff={plan.document.diff} plan={plan.digest} />
            </>
          )}
          <NextPanel view={view} structure={structure} />
          <SourcesPanel sources={overview.sources} meanings={overview.meanings} />
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
              <PlanFacts plan={plan} />
            </>
          )}
          <ApplicationFacts view={view} owned={structure !== null} />
          {project}
          <LinksPanel links={[view.argoCd, ...view.links]} />
        </aside>
      </div>
    </>
  )
}
