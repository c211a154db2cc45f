import { Breadcrumbs } from '#components/ui/breadcrumbs.tsx'
import { Empty } from '#components/ui/empty.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { Pager } from '#components/ui/pager.tsx'
import { Panel } from '#components/ui/panel.tsx'
import { plus } from '#lib/platform/clock.ts'
import { paths } from '#lib/platform/paths.ts'
import type { SamplesView } from '#lib/samples/loaders.ts'
import { method, populations, populationWords } from '#lib/samples/sample.ts'
import { DrawForm } from './draw-form.tsx'
import { SampleList } from './sample-list.tsx'

const quarterMs = 90 * 86_400_000

/** Draws samples, and lists those that were drawn. */
export function Samples({ view }: { view: SamplesView }) {
  const { samples, before, next, environments, refusal, now } = view
  return (
    <>
      <PageHeader
        breadcrumbs={<Breadcrumbs above={[{ label: 'Audit', href: paths.audit() }]} here="Samples" />}
        title="Samples"
        summary="Drawn at random, so that anybody can draw them again"
      >
        <p className="text-sm">{method} Postgres draws, and every draw is an entry of the log.</p>
      </PageHeader>
      <div className="grid gap-3">
        <Panel title="Draw a sample" padded>
          <DrawForm
            kinds={populations.map((value) => ({ value, label: populationWords[value] }))}
            environments={environments}
            from={plus(now, -quarterMs).slice(0, 10)}
            to={now.slice(0, 10)}
            refusal={refusal}
          />
        </Panel>
        <Panel title="Drawn samples">
          {samples.length > 0 ? (
            <SampleList samples={samples} />
          ) : (
            <Empty kind="nothing-yet" title="No sample was drawn yet">
              A sample that was drawn stays here for good, signed off or not.
            </Empty>
          )}
        </Panel>
      </div>
      {(before || next) && (
        <Pager
          summary="Newest first"
          previous={before ? paths.samples() : undefined}
          next={next ? paths.samples({ before: next }) : undefined}
        />
      )}
    </>
  )
}
