import type { Metadata } from 'next'
import { CommitsPanel } from '#components/plans/commits.tsx'
import { ImagesPanel } from '#components/plans/images.tsx'
import { PlanFacts } from '#components/plans/plan-facts.tsx'
import { ReleaseAside } from '#components/releases/aside.tsx'
import { Changes } from '#components/releases/changes.tsx'
import { Decision } from '#components/releases/decision.tsx'
import { decisionProps } from '#components/releases/decision-props.ts'
import { ReleaseHead } from '#components/releases/head.tsx'
import { Moved } from '#components/releases/moved.tsx'
import { ReleaseRefresh } from '#components/releases/refresh.tsx'
import { ReleaseNotices } from '#components/releases/release-notices.tsx'
import { Review } from '#components/releases/review.tsx'
import { WhatHappened } from '#components/releases/what-happened.tsx'
import { place } from '#components/releases/words.ts'
import { Signals } from '#components/signals/signals.tsx'
import { VerdictPanel } from '#components/signals/verdict.tsx'
import { visible } from '#components/ui/visible.ts'
import { loadEmergencyOf } from '#lib/emergencies/loaders.ts'
import { loadOffer } from '#lib/evidence/loaders.ts'
import { loadNewerPlan, loadRelease } from '#lib/releases/loaders.ts'
import { loadReleaseSignals } from '#lib/signals/loaders.ts'
import { loadStandardChangeOf } from '#lib/standard-changes/loaders.ts'
import { loadVerdict } from '#lib/verdicts/loaders.ts'

type Props = {
  params: Promise<{ release: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}

export async function generateMetadata({ params }: Pick<Props, 'params'>): Promise<Metadata> {
  const { release } = await loadRelease((await params).release)
  const where = place(release.application.environment, release.target)
  return { title: visible(`${release.application.service} ${release.version.to} to ${where} · Release`) }
}

/** A release: while it waits for people, the page on which they decide; afterwards, what became of it. */
export default async function ReleasePage({ params, searchParams }: Props) {
  const view = await loadRelease((await params).release)
  const { release, plan } = view
  const done = release.state === 'succeeded' || release.state === 'degraded'
  const asked = { kind: 'release', release: release.id } as const
  const search = await searchParams
  const [evidence, signals, moved, verdict, emergency, standing] = await Promise.all([
    loadOffer(asked, release.application.project),
    loadReleaseSignals(release, search),
    loadNewerPlan(view, search),
    loadVerdict(release),
    loadEmergencyOf(view),
    loadStandardChangeOf(release.id),
  ])
  return (
    <>
      <ReleaseRefresh view={view} />
      <ReleaseHead view={view} />
      <ReleaseNotices view={view} emergency={emergency} standing={standing} />
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_20.5rem] lg:grid-rows-[auto_1fr]">
        <div className="grid min-w-0 gap-4">
          {view.review && <Review view={view} review={view.review} />}
          {release.state !== 'requested' && <WhatHappened release={release} history={view.history} />}
          {verdict && <VerdictPanel view={verdict} />}
          {signals && <Signals view={signals} />}
          <CommitsPanel given={plan.document.commits} done={done} back={release.rollback !== null} />
          {moved && <Moved signed={plan} now={moved} />}
          <Changes view={view} search={search} />
        </div>
        <ReleaseAside
          view={view}
          harmed={release.state !== 'succeeded' || verdict?.newest?.answer === 'worse'}
          evidence={evidence}
        />
        <div className="grid items-start gap-4 md:grid-cols-2">
          <PlanFacts plan={plan} />
          <ImagesPanel images={plan.document.images} />
        </div>
      </div>
      <Decision {...decisionProps(view)} />
    </>
  )
}
