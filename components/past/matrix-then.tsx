import Link from 'next/link'
import { Button } from '#components/ui/button.tsx'
import { ButtonLink } from '#components/ui/button-link.tsx'
import { Empty } from '#components/ui/empty.tsx'
import { FilterInput } from '#components/ui/filter-input.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { Pager } from '#components/ui/pager.tsx'
import { Panel } from '#components/ui/panel.tsx'
import { stacked } from '#components/ui/stacked.ts'
import { Table, Td, Th, Thead, Tr } from '#components/ui/table.tsx'
import { visible } from '#components/ui/visible.ts'
import { momentIn, momentText } from '#lib/past/moment.ts'
import type { Moment, MatrixThen as Page } from '#lib/past/schema.ts'
import { paths } from '#lib/platform/paths.ts'
import { MomentCell } from './cell-then.tsx'
import { Ribbon } from './ribbon.tsx'

type Props = { moment: Moment; page: Page; q: string | undefined }

const notThen = 'Nothing can be done in the past. Go back to now first.'

/** Every service in every environment as it was at a moment. */
export function MatrixThen({ moment, page, q }: Props) {
  const { rows, environments, next } = page
  const at = momentIn(page.at)
  return (
    <>
      <Ribbon moment={moment} />
      <PageHeader title="Services" summary={`as of ${momentText(page.at)}, by name`} />
      <search className="flex flex-wrap items-center gap-2">
        {/* Not Next's form: its code would come with the matrix of now. */}
        <form action={paths.services()} className="max-sm:w-full">
          <input type="hidden" name="at" value={at} />
          <FilterInput key={q} label="Filter by name" name="q" defaultValue={q} maxLength={200} />
        </form>
        {q !== undefined && (
          <ButtonLink variant="quiet" prefetch={false} href={paths.services({ at })}>
            Clear filter
          </ButtonLink>
        )}
        <Button reason="Counted for now only. Go back to now first.">Needs action</Button>
        <ButtonLink prefetch={false} href={paths.compare({ at })}>
          Compare
        </ButtonLink>
        <Button reason={notThen}>Export</Button>
        <Button reason={notThen}>Views</Button>
      </search>
      <Panel className="mt-3">
        {rows.length === 0 ? (
          <Nothing q={q} at={at} more={next !== undefined} />
        ) : (
          <Table caption={`Services as of ${momentText(page.at)}`} list className={stacked}>
            <Thead>
              <Th className="sticky left-0 z-10 bg-surface">Service</Th>
              {environments.map(({ name, protected: guarded }) => (
                <Th key={name}>
                  <span className="font-semibold text-ink">{visible(name)}</span>
                  {guarded && <span className="ml-2 font-normal">four eyes</span>}
                </Th>
              ))}
            </Thead>
            <tbody>
              {rows.map((row) => (
                <Tr key={row.service}>
                  <Td
                    row
                    className="align-top max-md:col-span-2 md:sticky md:left-0 md:z-10 md:bg-surface md:group-hover/row:bg-sunken"
                  >
                    <Link
                      href={paths.service(row.service, { at })}
                      prefetch={false}
                      className="block rounded-sm hover:underline md:max-w-48"
                    >
                      <b className="block truncate font-medium text-ink">{visible(row.service)}</b>
                      <small className="block truncate text-ink-muted text-xs">
                        {row.team === null ? 'no team' : visible(row.team)}
                      </small>
                    </Link>
                  </Td>
                  {environments.map(({ name }) => (
                    <Td key={name} data-column={visible(name)} className="min-w-52 align-top">
                      {(row.cells[name] ?? []).map((cell) => (
                        <MomentCell key={cell.application} cell={cell} at={page.at} />
                      ))}
                      {row.cells[name] === undefined && (
                        <span className="text-ink-faint text-xs">not deployed here</span>
                      )}
                    </Td>
                  ))}
                </Tr>
              ))}
            </tbody>
          </Table>
        )}
      </Panel>
      <Pager
        summary={`${rows.length} ${rows.length === 1 ? 'service' : 'services'} on this page, sorted by name`}
        next={next === undefined ? undefined : paths.services({ at, q, after: next })}
      />
    </>
  )
}

function Nothing({ q, at, more }: { q: string | undefined; at: string; more: boolean }) {
  if (more)
    return (
      <Empty kind="nothing-matches" title="Nothing of this page was there then">
        The next page may have more.
      </Empty>
    )
  if (q !== undefined)
    return (
      <Empty
        kind="nothing-matches"
        title={`Nothing named “${visible(q)}” was there then`}
        action={<ButtonLink href={paths.services({ at })}>Show all</ButtonLink>}
      />
    )
  return (
    <Empty kind="nothing-yet" title="Nothing is known of this moment">
      It lies before the first deployment that Countersign knows of. Choose a later one.
    </Empty>
  )
}
