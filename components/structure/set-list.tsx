import Link from 'next/link'
import { RefreshOn } from '#components/shell/live.tsx'
import { Chip } from '#components/status/status.tsx'
import { ButtonLink } from '#components/ui/button-link.tsx'
import { Empty } from '#components/ui/empty.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { Pager } from '#components/ui/pager.tsx'
import { Panel } from '#components/ui/panel.tsx'
import { Table, Td, Th, Thead, Tr } from '#components/ui/table.tsx'
import { visible } from '#components/ui/visible.ts'
import { paths } from '#lib/platform/paths.ts'
import type { Paged, PageFilter, SetRow } from '#lib/structure/schema.ts'
import { AsOf, Gaps, NarrowForm } from './parts.tsx'
import { StructureTabs } from './structure-tabs.tsx'

/** ApplicationSets: from one pattern many applications. */
export function SetList({ filter, page }: { filter: PageFilter; page: Paged<SetRow> }) {
  const { rows, total, gaps, next, previous } = page
  return (
    <>
      <RefreshOn names={[{ catalog: true }]} />
      <PageHeader
        title="ApplicationSets"
        summary={total > 0 && `${total} ${total === 1 ? 'pattern' : 'patterns'} of applications`}
      />
      <StructureTabs here="ApplicationSets" />
      <div className="mt-3 flex flex-wrap gap-2">
        <NarrowForm action={paths.applicationSets()} label="Name or project" q={filter.q} />
      </div>
      <Gaps gaps={gaps} what="ApplicationSets" line="p, countersign, applicationsets, get, */*, allow" />
      <Panel className="mt-3">
        {rows.length === 0 ? (
          <Nothing q={filter.q} gaps={gaps.length} />
        ) : (
          <Table caption="ApplicationSets by name" list>
            <Thead>
              <Th>Name</Th>
              <Th>Project</Th>
              <Th end>Applications</Th>
              <Th>Pattern</Th>
              <Th className="max-sm:hidden">Instance</Th>
            </Thead>
            <tbody>
              {rows.map((row) => (
                <Row key={`${row.instance}/${row.namespace}/${row.name}`} row={row} />
              ))}
            </tbody>
          </Table>
        )}
      </Panel>
      {(next || previous) && (
        <Pager
          summary={`${rows.length} of ${total}, sorted by name`}
          previous={previous && paths.applicationSets({ q: filter.q, before: previous })}
          next={next && paths.applicationSets({ q: filter.q, after: next })}
        />
      )}
    </>
  )
}

function Row({ row }: { row: SetRow }) {
  const named = row.project !== '' && !row.project.includes('{{')
  return (
    <Tr>
      <Td row className="whitespace-nowrap">
        <Link href={paths.applicationSet(row)} className="font-medium hover:underline">
          {visible(row.name)}
        </Link>
        <div className="text-ink-muted text-xs sm:hidden">{visible(row.instance)}</div>
      </Td>
      <Td className="whitespace-nowrap">
        {named ? (
          <Link
            href={paths.project({ instance: row.instance, name: row.project })}
            className="hover:underline"
          >
            {visible(row.project)}
          </Link>
        ) : (
          <span className="text-ink-muted">by its pattern</span>
        )}
      </Td>
      <Td end>{row.applications}</Td>
      <Td>
        <span className="flex flex-wrap gap-1.5">
          {row.problem && (
            <Chip tone="neutral" glyph="dashed">
              Not understood
            </Chip>
          )}
          {row.trouble && (
            <Chip tone="negative" glyph="octagon" title={visible(row.trouble)}>
              In trouble
            </Chip>
          )}
          {row.unlisted > 0 && (
            <Chip tone="attention" glyph="triangle">
              {row.unlisted} fell out
            </Chip>
          )}
          {row.rolling && <Chip tone="neutral">Rolling sync</Chip>}
          {!row.problem && !row.trouble && row.unlisted === 0 && !row.rolling && (
            <span className="text-ink-muted text-xs">as the pattern says</span>
          )}
        </span>
      </Td>
      <Td className="whitespace-nowrap text-ink-muted max-sm:hidden">
        {visible(row.instance)}
        <AsOf at={row.asOf} />
      </Td>
    </Tr>
  )
}

function Nothing({ q, gaps }: { q: string | undefined; gaps: number }) {
  if (q !== undefined)
    return (
      <Empty
        kind="nothing-matches"
        title={`Nothing matches “${visible(q)}”`}
        action={<ButtonLink href={paths.applicationSets()}>Show all</ButtonLink>}
      />
    )
  if (gaps > 0)
    return (
      <Empty kind="nothing-for-you" title="Nothing could be read">
        Whether there are any cannot be told until Argo CD lets us look.
      </Empty>
    )
  return (
    <Empty kind="nothing-yet" title="No ApplicationSets">
      Argo CD has none whose applications you may see. One that is made there stands here within a minute.
    </Empty>
  )
}
