import { MomentCell } from '#components/past/cell-then.tsx'
import { Ribbon } from '#components/past/ribbon.tsx'
import { Callout } from '#components/status/callout.tsx'
import { Breadcrumbs } from '#components/ui/breadcrumbs.tsx'
import { Button } from '#components/ui/button.tsx'
import { ButtonLink } from '#components/ui/button-link.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { visible } from '#components/ui/visible.ts'
import type { ServiceThenPage } from '#lib/past/loaders.ts'
import { momentIn, momentText } from '#lib/past/moment.ts'
import { paths } from '#lib/platform/paths.ts'
import { HistoryGrid } from './history-grid.tsx'
import { Line } from './line.tsx'

/** One service as it was at a moment. */
export function ServiceThen({ found }: { found: ServiceThenPage }) {
  const { moment, service, page, grid } = found
  const [row] = page.rows
  const at = momentIn(moment.at)
  return (
    <>
      <Ribbon moment={moment} />
      <PageHeader
        breadcrumbs={
          <Breadcrumbs
            above={[{ label: 'Services', href: paths.services({ at }) }]}
            here={visible(service)}
          />
        }
        title={visible(service)}
        summary={`as of ${momentText(moment.at)}`}
        actions={
          <>
            <ButtonLink prefetch={false} href={paths.compare({ q: service, at, only: 'all' })}>
              Compare
            </ButtonLink>
            <Button reason="Nothing can be released in the past. Go back to now first.">
              Request release…
            </Button>
          </>
        }
      />
      {row ? (
        <Line
          stops={page.environments.map(({ name, protected: guarded }) => ({
            key: name,
            title: visible(name),
            note: guarded ? 'four eyes' : 'no approval',
            content: row.cells[name] ? (
              <div className="grid gap-2 px-4 py-3">
                {row.cells[name].map((cell) => (
                  <MomentCell key={cell.application} cell={cell} at={moment.at} full />
                ))}
              </div>
            ) : (
              <p className="p-4 text-ink-faint text-sm">not deployed here</p>
            ),
          }))}
        />
      ) : (
        <Callout tone="neutral" title="Nothing of this service is known at this moment">
          It was not there yet, or had been deleted. Step to a deployment to see it.
        </Callout>
      )}
      <HistoryGrid
        service={service}
        grid={grid}
        at={moment.at}
        next={grid.next === undefined ? undefined : paths.service(service, { at, after: grid.next })}
      />
    </>
  )
}
