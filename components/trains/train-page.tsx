import Link from 'next/link'
import { stopAfter } from '#components/releases/words.ts'
import { RefreshOn } from '#components/shell/live.tsx'
import { Time } from '#components/shell/time.tsx'
import { Chip, Status } from '#components/status/status.tsx'
import { releaseLook, type Tone } from '#components/status/tones.ts'
import { Breadcrumbs } from '#components/ui/breadcrumbs.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { Panel } from '#components/ui/panel.tsx'
import { stacked } from '#components/ui/stacked.ts'
import { Table, Td, Th, Thead } from '#components/ui/table.tsx'
import { visible } from '#components/ui/visible.ts'
import { paths } from '#lib/platform/paths.ts'
import { approvals } from '#lib/releases/release.ts'
import type { CarView, TrainView } from '#lib/trains/loaders.ts'
import type { TrainState } from '#lib/trains/train.ts'
import { DecideTrain } from './decide-train.tsx'
import { ReadMark } from './read-mark.tsx'
import { ResumeTrain } from './resume-train.tsx'

const looks: Record<TrainState['is'], { tone: Tone; label: string }> = {
  'waiting-for-people': { tone: 'attention', label: 'Waiting for approval' },
  'under-way': { tone: 'active', label: 'Under way' },
  stopped: { tone: 'negative', label: 'Stopped' },
  arrived: { tone: 'positive', label: 'All released' },
  ended: { tone: 'neutral', label: 'Ended' },
}

function standingWords(standing: TrainState): string {
  switch (standing.is) {
    case 'waiting-for-people':
      return 'Nothing is sent before all of it is approved.'
    case 'under-way':
      return `Stage ${standing.stage} is next or under way.`
    case 'stopped':
      return `Nothing more is sent: ${standing.by.name} did not end well.`
    case 'arrived':
      return 'Every release of it is out and healthy.'
    case 'ended':
      return 'No release of it is open any more.'
  }
}

/** A train: its stages with where each release stands, and the one decision on all that wait. */
export function TrainPage({ view }: { view: TrainView }) {
  const { cars, standing, requester, reason, parallel, decision, digest } = view
  const waiting = cars.filter(({ state }) => state === 'requested')
  const stageOf = Map.groupBy(cars, ({ stage }) => stage)
  return (
    <>
      <RefreshOn names={cars.map(({ release }) => ({ release }))} />
      <PageHeader
        breadcrumbs={<Breadcrumbs above={[{ label: 'Releases', href: paths.releases() }]} here={view.id} />}
        title={`Train of ${cars.length} releases`}
        chip={<Chip tone={looks[standing.is].tone}>{looks[standing.is].label}</Chip>}
      >
        <p>
          {visible(requester.name)} asked <Time at={view.at} as="ago" />: “{visible(reason)}”
          {stopAfter(reason)} {parallel} at a time. {visible(standingWords(standing))}
        </p>
      </PageHeader>
      <div className="grid gap-4">
        {[...stageOf].map(([stage, members]) => (
          <Panel key={stage} title={`Stage ${stage}`}>
            <Stage train={view.id} stage={stage} cars={members} />
          </Panel>
        ))}
        {decision && (
          <Panel title="Your decision" padded>
            <DecideTrain
              train={view.id}
              digest={digest}
              members={waiting.map(({ release, name, plan }) => ({ release, name, plan }))}
              refusal={decision.approve}
              rejectionRefusal={decision.reject}
            />
          </Panel>
        )}
      </div>
    </>
  )
}

function Stage({ train, stage, cars }: { train: string; stage: number; cars: readonly CarView[] }) {
  return (
    <Table caption={`Releases of stage ${stage}`} list className={stacked}>
      <Thead>
        <Th>Application</Th>
        <Th>Version</Th>
        <Th>State</Th>
        <Th>Approvals</Th>
        <Th>Where it stands</Th>
      </Thead>
      <tbody>
        {cars.map((car) => (
          <Car key={car.release} train={train} car={car} />
        ))}
      </tbody>
    </Table>
  )
}

function Car({ train, car }: { train: string; car: CarView }) {
  const { row, resumed, past } = car
  const tally = { approved: approvals(row), required: row.requiredApprovals }
  return (
    <tr>
      <Td data-column="Application">
        <Link href={paths.release(car.release)} className="text-accent hover:underline">
          {visible(car.name)}
        </Link>
      </Td>
      <Td data-column="Version" className="font-mono text-xs">
        {visible(`${row.version.from ?? 'nothing'} → ${row.version.to}`)}
      </Td>
      <Td data-column="State">
        <Status look={releaseLook(row.state, tally)} />
      </Td>
      <Td data-column="Approvals">
        {tally.approved} of {tally.required}
      </Td>
      <Td data-column="Where it stands" className="whitespace-normal text-ink-muted">
        {row.state === 'requested' && <ReadMark plan={car.plan} />}
        {row.waitingFor && visible(row.waitingFor)}
        {row.ending && visible(row.ending)}
        {resumed && (
          <span className="block">
            {visible(resumed.by)} let the train go on: {visible(resumed.reason)}
          </span>
        )}
        {past && <ResumeTrain train={train} release={car.release} name={car.name} refusal={past.refusal} />}
      </Td>
    </tr>
  )
}
