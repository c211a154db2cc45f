import Link from 'next/link'
import { dayPast } from '#components/past/field.ts'
import { findingsOf } from '#components/service/findings.ts'
import { HistoryGrid } from '#components/service/history-grid.tsx'
import { Findings, People, SignalLinks } from '#components/service/lately.tsx'
import { Line } from '#components/service/line.tsx'
import { RefreshOn } from '#components/shell/live.tsx'
import { Time } from '#components/shell/time.tsx'
import { Status } from '#components/status/status.tsx'
import { syncLook } from '#components/status/tones.ts'
import { Breadcrumbs } from '#components/ui/breadcrumbs.tsx'
import { ButtonLink } from '#components/ui/button-link.tsx'
import { Facts } from '#components/ui/facts.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { visible } from '#components/ui/visible.ts'
import type { Cell, ServicePage } from '#lib/catalog/schema.ts'
import type { FindingRow } from '#lib/findings/finding.ts'
import type { ServiceLately } from '#lib/past/loaders.ts'
import { momentIn } from '#lib/past/moment.ts'
import { paths } from '#lib/platform/paths.ts'
import { HealthStatus, RelationChip, Version } from './cell.tsx'
import { columnName, columnRule } from './look.ts'
import { ServiceReleases } from './service-releases.tsx'

type Props = { page: ServicePage; lately: ServiceLately; unexplained: readonly FindingRow[] }

/** One service: what runs in every environment, what ever did, its releases and the people around it. */
export function ServiceView({ page, lately, unexplained }: Props) {
  const { service, columns } = page
  const tier = page.tier && (/^\d+$/.test(page.tier) ? `tier ${page.tier}` : page.tier)
  const owner = [page.team, tier].flatMap((part) => (part ? visible(part) : [])).join(' · ')
  const { grid, people, applications } = lately
  const findings = findingsOf(
    columns.flatMap((column) =>
      column.cells.map((cell) => ({
        place: columnName(column),
        cell,
        gaveUp: applications.find(({ id }) => id === cell.application)?.gaveUp ?? null,
      })),
    ),
    unexplained,
  )
  return (
    <>
      <RefreshOn names={[{ catalog: true }, { application: '*' }, { release: '*' }]} />
      <PageHeader
        breadcrumbs={
          <Breadcrumbs above={[{ label: 'Services', href: paths.services() }]} here={visible(service)} />
        }
        title={visible(service)}
        summary={owner}
        actions={
          <>
            <ButtonLink
              variant="quiet"
              prefetch={false}
              title="What ran at an earlier moment"
              href={paths.service(service, { at: momentIn(dayPast(lately.at)) })}
            >
              As of…
            </ButtonLink>
            <ButtonLink
              variant="quiet"
              prefetch={false}
              title="Errors began: which deployments may have caused them"
              href={paths.suspects(service)}
            >
              Suspects
            </ButtonLink>
            <ButtonLink prefetch={false} href={paths.compare({ q: service, only: 'all' })}>
              Compare
            </ButtonLink>
          </>
        }
      />
      <Line
        stops={columns.map((column) => ({
          key: column.key,
          title: columnName(column),
          note: columnRule(column),
          mine: column.cells.some((cell) => cell.mine),
          content:
            column.cells.length === 0 ? (
              <p className="p-4 text-ink-faint text-sm">not deployed here</p>
            ) : (
              <div className="divide-y divide-line">
                {column.cells.map((cell) => (
                  <Application key={cell.application} cell={cell} />
                ))}
              </div>
            ),
        }))}
      />
      <HistoryGrid
        service={service}
        grid={grid}
        at={lately.at}
        next={grid.next === undefined ? undefined : paths.service(service, { after: grid.next })}
      />
      <div className="mt-4 grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_20.5rem]">
        <ServiceReleases service={service} releases={page.releases} more={page.more} />
        <aside aria-label="Around this service" className="grid min-w-0 gap-4">
          <Findings findings={findings} />
          <People people={people} />
          <SignalLinks applications={applications} />
        </aside>
      </div>
    </>
  )
}

function Application({ cell }: { cell: Cell }) {
  const why = cell.problem ?? cell.why
  return (
    <div className="grid gap-3 p-4">
      <div className="flex flex-wrap items-center gap-x-2 gap-y-1 text-lg">
        <Version cell={cell} />
        <RelationChip cell={cell} />
      </div>
      <Facts
        facts={[
          {
            name: 'Health',
            value: <HealthStatus cell={cell} className="text-sm" />,
          },
          { name: 'Sync', value: <Status look={syncLook(cell.sync)} className="text-sm" /> },
          {
            name: 'Deployed',
            value: cell.deployedAt ? <Time at={cell.deployedAt} as="ago" /> : 'no completed sync is known',
          },
          ...(why ? [{ name: 'Against Git', value: visible(why) }] : []),
          {
            name: 'Application',
            value: (
              <>
                <Link
                  href={paths.application(cell.application)}
                  className="rounded-sm font-medium text-accent hover:underline"
                >
                  {visible(cell.name)}
                </Link>
                <span className="text-ink-faint"> on {visible(cell.instance)}</span>
              </>
            ),
          },
          ...(cell.release
            ? [
                {
                  name: 'Release',
                  value: (
                    <Link
                      href={paths.release(cell.release)}
                      className="rounded-sm font-medium text-accent hover:underline"
                    >
                      {cell.mine ? 'Waits for you' : 'Open release'}
                    </Link>
                  ),
                },
              ]
            : []),
        ]}
      />
    </div>
  )
}
