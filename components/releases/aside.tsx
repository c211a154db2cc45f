import type { ComponentProps } from 'react'
import { EvidencePanel } from '#components/audit/evidence-panel.tsx'
import { ChecksPanel } from '#components/plans/checks.tsx'
import { OutcomePanel } from '#components/plans/outcome.tsx'
import type { ReleaseView } from '#lib/releases/loaders.ts'
import { FourEyes } from './four-eyes.tsx'
import { LinksPanel } from './links-panel.tsx'
import { Questions } from './questions.tsx'
import { RollbackPanel } from './rollback-panel.tsx'
import { GoesWrong } from './running.tsx'

type AsideProps = {
  view: ReleaseView
  /** Whether it did harm: then the way back stands out. */
  harmed: boolean
  evidence: ComponentProps<typeof EvidencePanel>
}

/** What a release rests on, beside what it is. While it waits for people, links come last: decide first. */
export function ReleaseAside({ view, harmed, evidence }: AsideProps) {
  const { release, running } = view
  const waiting = release.state === 'requested'
  const links = <LinksPanel links={[view.argoCd, ...view.links]} />
  return (
    <aside aria-label="What it rests on" className="grid min-w-0 gap-4 lg:row-span-2">
      {waiting && <OutcomePanel diff={view.plan.document.diff} count={view.plan.plan.manifests.count} />}
      <RollbackPanel back={view.back} harmed={harmed} />
      {!waiting && links}
      <ChecksPanel checks={view.plan.document.checks} asOf={view.checkedAt} />
      <FourEyes view={view} />
      <Questions release={release.id} messages={view.messages} />
      {waiting && <GoesWrong running={running} application={release.application.name} />}
      {waiting && links}
      <EvidencePanel {...evidence} />
    </aside>
  )
}
