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
import type { Paged, PageFilter, ProjectRow } from '#lib/structure/schema.ts'
import { AsOf, Gaps, NarrowForm } from './parts.tsx'
import { StructureTabs } from './structure-tabs.tsx'

/** AppProjects: what may be deployed where, when, and by whom. */
export function ProjectList({ filter, page }: { filter: PageFilter; page: Paged<ProjectRow> }) {
  const { rows, total, gaps, next, previous } = page
  return (
    <>
      <RefreshOn names={[{ catalog: true }]} />
      <PageHeader
        title="Projects"
        summary={total > 0 && `${total} ${total === 1 ? 'project' : 'projects'}`}
      />
      <StructureTabs here="Projects" />
      <div className="mt-3 flex flex-wrap gap-2">
        <NarrowForm action={paths.projects()} label="Name" q={filter.q} />
      </div>
      <Gaps gaps={gaps} what="projects" line="p, countersign, projects, get, *, allow" />
      <Panel className="mt-3">
        {rows.length === 0 ? (
          <Nothing q={filter.q} />
        ) : (
          <Table caption="Projects by name" list>
            <Thead>
              <Th>Name</Th>
              <Th end>Applications</Th>
              <Th>Sync windows</Th>
              <Th className="max-sm:hidden">Instance</Th>
            </Thead>
            <tbody>
              {rows.map((row) => (
                <Row key={`${row.instance}/${row.name}`} row={row} />
              ))}
            </tbody>
          </Table>
        )}
      </Panel>
      {(next || previous) && (
        <Pager
          summary={`${rows.length} of ${total}, sorted by name`}
          previous={previous && paths.projects({ q: filter.q, before: previous })}
          next={next && paths.projects({ q: filter.q, after: next })}
        />
      )}
    </>
  )
}

function Row({ row }: { row: ProjectRow }) {
  return (
    <Tr>
      <Td row>
        <Link href={paths.project(row)} className="whitespace-nowrap font-medium hover:underline">
          {visible(row.name)}
        </Link>
        {row.description && <div className="text-ink-muted text-xs">{visible(row.description)}</div>}
        <div className="text-ink-muted text-xs sm:hidden">{visible(row.instance)}</div>
      </Td>
      <Td end>{row.applications}</Td>
      <Td>
        <span className="flex flex-wrap items-center gap-1.5 text-ink-muted text-xs">
          {!row.read && !row.problem && 'not read'}
          {row.problem && (
            <Chip tone="neutral" glyph="dashed">
              Not understood
            </Chip>
          )}
          {row.read && row.windows === 0 && 'none'}
          {row.windows > 0 && `${row.windows}`}
          {row.on.map((each, at) => (
            <Chip
              // biome-ignore lint/suspicious/noArrayIndexKey: two windows may be named alike
              key={at}
              tone={each.kind === 'deny' ? 'paused' : 'neutral'}
              title={visible(each.words)}
            >
              {each.kind === 'deny' ? 'denies now' : 'allows now'}
            </Chip>
          ))}
        </span>
      </Td>
      <Td className="whitespace-nowrap text-ink-muted max-sm:hidden">
        {visible(row.instance)}
        <AsOf at={row.asOf} />
      </Td>
    </Tr>
  )
}

function Nothing({ q }: { q: string | undefined }) {
  if (q !== undefined)
    return (
      <Empty
        kind="nothing-matches"
        title={`Nothing matches “${visible(q)}”`}
        action={<ButtonLink href={paths.projects()}>Show all</ButtonLink>}
      />
    )
  return (
    <Empty kind="nothing-yet" title="No projects">
      None is known in which you may read anything. Once Argo CD is connected, they stand here within a
      minute.
    </Empty>
  )
}
