import Link from 'next/link'
import { RefreshOn } from '#components/shell/live.tsx'
import { Time } from '#components/shell/time.tsx'
import { Status } from '#components/status/status.tsx'
import { syncLook } from '#components/status/tones.ts'
import { Breadcrumbs } from '#components/ui/breadcrumbs.tsx'
import { Facts } from '#components/ui/facts.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { Panel } from '#components/ui/panel.tsx'
import { visible } from '#components/ui/visible.ts'
import type { Cell, ServicePage } from '#lib/catalog/schema.ts'
import { paths } from '#lib/platform/paths.ts'
import { HealthStatus, RelationChip, Version } from './cell.tsx'
import { columnName, columnRule } from './look.ts'
import { ServiceReleases } from './service-releases.tsx'

/** One service: what runs in every environment, and its newest releases. */
export function ServiceView({ page }: { page: ServicePage }) {
  const { service, columns } = page
  const tier = page.tier && (/^\d+$/.test(page.tier) ? `tier ${page.tier}` : page.tier)
  const owner = [page.team, tier].flatMap((part) => (part ? visible(part) : [])).join(' · ')
  return (
    <>
      <RefreshOn names={[{ catalog: true }, { application: '*' }, { release: '*' }]} />
      <PageHeader
        breadcrumbs={
          <Breadcrumbs above={[{ label: 'Services', href: paths.services() }]} here={visible(service)} />
        }
        title={visible(service)}
        summary={owner}
      />
      <div className="grid gap-4 md:grid-cols-2 xl:grid-cols-3">
        {columns.map((column) => (
          <Panel
            key={column.key}
            title={columnName(column)}
            note={columnRule(column)}
            mine={column.cells.some((cell) => cell.mine)}
          >
            {column.cells.length === 0 ? (
              <p className="p-4 text-ink-faint text-sm">not deployed here</p>
            ) : (
              <div className="divide-y divide-line">
                {column.cells.map((cell) => (
                  <Application key={cell.application} cell={cell} />
                ))}
              </div>
            )}
          </Panel>
        ))}
      </div>
      <ServiceReleases service={service} releases={page.releases} more={page.more} />
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
