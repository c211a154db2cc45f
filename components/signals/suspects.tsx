import Link from 'next/link'
import { Time } from '#components/shell/time.tsx'
import { Callout } from '#components/status/callout.tsx'
import { Chip } from '#components/status/status.tsx'
import { Breadcrumbs } from '#components/ui/breadcrumbs.tsx'
import { Empty } from '#components/ui/empty.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { Panel } from '#components/ui/panel.tsx'
import { visible } from '#components/ui/visible.ts'
import { momentText } from '#lib/past/moment.ts'
import { paths } from '#lib/platform/paths.ts'
import type { SuspectsView } from '#lib/suspects/loaders.ts'
import type { Suspect } from '#lib/suspects/suspect.ts'
import { SuspectsMoment } from './suspects-moment.tsx'

/** Which deployments may have caused errors that began at a moment, the most likely first. */
export function SuspectsPage({ view }: { view: SuspectsView }) {
  const { service, environment, environments, at, problem, suspects } = view
  const likely = suspects.filter(({ score }) => score > 0)
  return (
    <>
      <PageHeader
        breadcrumbs={
          <Breadcrumbs
            above={[
              { label: 'Services', href: paths.services() },
              { label: visible(service), href: paths.service(service) },
            ]}
            here="Suspects"
          />
        }
        title="Suspects"
        summary={`Deployments of ${visible(service)} and its neighbours in ${visible(environment)} before ${momentText(at)}`}
      />
      {problem !== undefined && (
        <Callout tone="attention" title="This address names no moment, so this is now" className="mb-4">
          {problem}
        </Callout>
      )}
      <SuspectsMoment service={service} environment={environment} environments={environments} at={at} />
      <Panel title="Most likely first" note={`${likely.length} in the day before`} className="mt-4">
        {suspects.length === 0 ? (
          <Empty kind="nothing-yet" title="Nothing was deployed near that time">
            Neither this service nor anything in its namespace, project or team was deployed in the day
            before. Look at what it depends on.
          </Empty>
        ) : (
          <ol className="divide-y divide-line">
            {suspects.map((suspect, index) => (
              <Row key={suspect.id} suspect={suspect} first={index === 0} />
            ))}
          </ol>
        )}
      </Panel>
      <p className="mt-3 max-w-prose text-ink-muted text-xs">
        Ranked by how short before and how near: the service itself, then its namespace, project and team. It
        is a place to begin, no proof: causes that are no deployment are not among them.
      </p>
    </>
  )
}

const causes: Record<string, string> = {
  release: 'a release',
  automation: 'automatic sync',
  account: 'synced by hand',
  unknown: 'nobody knows by whom',
}

function Row({ suspect, first }: { suspect: Suspect; first: boolean }) {
  const { application, name, version, before, release, cause, actor, at, resources, reasons, score } = suspect
  return (
    <li className="grid gap-1 px-4 py-3 text-sm">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        {first && score > 0 && (
          <Chip tone="attention" glyph="triangle">
            Most likely
          </Chip>
        )}
        {score === 0 && <Chip tone="neutral">Cleared</Chip>}
        <Link
          prefetch={false}
          href={release ? paths.release(release) : paths.application(application)}
          className="min-w-0 break-words rounded-sm font-medium text-accent hover:underline"
        >
          {visible(name)}
        </Link>
        <span className="font-mono text-xs">
          {before !== null && before !== version && `${visible(before)} → `}
          {version === null ? 'version not known' : visible(version)}
        </span>
        <Time at={at} as="clock" className="ml-auto text-ink-muted text-xs" />
      </div>
      <p className="text-ink-muted text-xs">
        {[
          ...reasons,
          causes[cause] ?? cause,
          cause === 'account' && actor && `Argo CD says ${visible(actor)}`,
          resources !== null && `reaches ${resources} ${resources === 1 ? 'resource' : 'resources'}`,
        ]
          .filter(Boolean)
          .join(' · ')}
      </p>
    </li>
  )
}
