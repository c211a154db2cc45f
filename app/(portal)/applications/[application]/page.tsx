import type { Metadata } from 'next'
import { ApplicationTabs, readTab } from '#components/application/application-tabs.tsx'
import { HistoryPanel } from '#components/application/history.tsx'
import { OverviewPage } from '#components/application/overview.tsx'
import { ResourcesPanel } from '#components/application/resources.tsx'
import { EvidencePanel } from '#components/audit/evidence-panel.tsx'
import { OpenFindings } from '#components/findings/open-findings.tsx'
import { ApplicationHead } from '#components/plans/application-head.tsx'
import { StaleNotice } from '#components/releases/running.tsx'
import { place } from '#components/releases/words.ts'
import { RefreshOn } from '#components/shell/live.tsx'
import { Signals } from '#components/signals/signals.tsx'
import { visible } from '#components/ui/visible.ts'
import { loadHistoryOf, loadOverview, loadResources } from '#lib/applications/loaders.ts'
import { loadBreakGlass } from '#lib/emergencies/loaders.ts'
import { loadOffer } from '#lib/evidence/loaders.ts'
import { loadOpenFindings } from '#lib/findings/loaders.ts'
import { loadApplication } from '#lib/plans/loaders.ts'
import { loadWaysBack } from '#lib/rollbacks/loaders.ts'
import { loadSignals } from '#lib/signals/loaders.ts'

type Props = {
  params: Promise<{ application: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { application } = await loadApplication((await params).application)
  const { service, environment, target, name } = application
  return { title: visible(service ? `${service} in ${place(environment ?? '', target)}` : name) }
}

/** One application: what runs and the plan that would change it, what it consists of, and all that ever ran. */
export default async function ApplicationPage({ params, searchParams }: Props) {
  const search = await searchParams
  const tab = readTab(search.tab)
  const view = await loadApplication((await params).application)
  const { id } = view.application
  return (
    <>
      <RefreshOn
        names={[
          { application: id },
          ...(view.before ? [{ application: view.before }] : []),
          ...view.releases.map((release) => ({ release: release.id })),
        ]}
      />
      <ApplicationHead view={view} breakGlass={await loadBreakGlass(view)} />
      <OpenFindings findings={await loadOpenFindings({ application: id })} />
      <StaleNotice running={view.running} />
      <ApplicationTabs id={id} current={tab} resources={view.observed?.resources.total} />
      {tab === 'overview' && <OverviewPage view={view} overview={await loadOverview(id)} />}
      {tab === 'signals' && <Signals view={await loadSignals(id, search)} />}
      {tab === 'resources' && <ResourcesPanel id={id} view={await loadResources(id, search)} />}
      {tab === 'history' && (
        <div className="grid gap-4">
          <HistoryPanel id={id} view={await loadHistoryOf(id, search)} ways={await loadWaysBack(id)} />
          <EvidencePanel
            {...(await loadOffer({ kind: 'application', application: id }, view.application.project))}
          />
        </div>
      )}
    </>
  )
}
