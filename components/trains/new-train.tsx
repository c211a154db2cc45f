import { Breadcrumbs } from '#components/ui/breadcrumbs.tsx'
import { Empty } from '#components/ui/empty.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { Panel } from '#components/ui/panel.tsx'
import { paths } from '#lib/platform/paths.ts'
import type { NewTrainView } from '#lib/trains/loaders.ts'
import { TrainForm } from './train-form.tsx'

/** Several releases asked for at once: which, in which order, and why. */
export function NewTrain({ view }: { view: NewTrainView }) {
  const { candidates, cut, refusal } = view
  return (
    <>
      <PageHeader
        breadcrumbs={<Breadcrumbs above={[{ label: 'Releases', href: paths.releases() }]} here="New train" />}
        title="Request a train"
      >
        <p className="text-sm">
          Several releases that are approved together, go stage by stage, and stop at the first that does
          harm. Each is a release of its own, with its own plan.
        </p>
      </PageHeader>
      {candidates.length === 0 ? (
        <Panel>
          <Empty kind="nothing-yet" title="Nothing to take along">
            {refusal ?? 'No application that you may ask for has a plan that nobody has asked for yet.'}
          </Empty>
        </Panel>
      ) : (
        <TrainForm candidates={candidates} refusal={refusal} cut={cut} />
      )}
    </>
  )
}
