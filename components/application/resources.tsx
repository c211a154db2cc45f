import Form from 'next/form'
import Link from 'next/link'
import { Time } from '#components/shell/time.tsx'
import { Chip, Status } from '#components/status/status.tsx'
import { healthLook, syncLook } from '#components/status/tones.ts'
import { cn } from '#components/ui/cn.ts'
import { Empty } from '#components/ui/empty.tsx'
import { FilterInput } from '#components/ui/filter-input.tsx'
import { Pager } from '#components/ui/pager.tsx'
import { Panel } from '#components/ui/panel.tsx'
import { Table, Td, Th, Thead, Tr } from '#components/ui/table.tsx'
import { visible } from '#components/ui/visible.ts'
import type { ResourcesView } from '#lib/applications/loaders.ts'
import { type Resource, resourcesMax } from '#lib/applications/resource.ts'
import { paths } from '#lib/platform/paths.ts'

type Props = { id: string; view: ResourcesView }

const addressOf = (
  id: string,
  asked: { q?: string | undefined; kind?: string | undefined; from?: string | undefined },
) => paths.application(id, { tab: 'resources', ...asked })

function Kinds({ id, view: { page, filter } }: Props) {
  const all = { kind: undefined, total: page.total, trouble: page.trouble }
  return (
    <nav aria-label="Kinds" className="flex flex-wrap gap-1.5 border-line border-b px-4 py-2.5">
      {[all, ...page.kinds].map(({ kind, total, trouble }) => (
        <Link
          key={kind ?? ''}
          href={addressOf(id, { q: filter.q, kind })}
          aria-current={filter.kind === kind ? 'page' : undefined}
          className={cn(
            'inline-flex h-6 pointer-coarse:h-11 max-w-full items-center gap-1.5 rounded-sm border border-line px-2 text-ink-muted text-xs hover:text-ink',
            'aria-[current=page]:border-line-strong aria-[current=page]:bg-sunken aria-[current=page]:font-medium aria-[current=page]:text-ink',
          )}
        >
          <span className="truncate">{kind === undefined ? 'All' : visible(kind)}</span>
          <span>{total}</span>
          {trouble > 0 && <span className="font-medium text-attention">{trouble} not well</span>}
        </Link>
      ))}
    </nav>
  )
}

function Line({ resource }: { resource: Resource }) {
  const { kind, namespace, name, sync, health, message, hook, prune, confirmDeletion } = resource
  return (
    <Tr>
      <Td row className="min-w-44">
        <span className="break-words">{visible(name)}</span>
        <span className="block text-ink-muted text-xs">
          {visible(kind)}
          {namespace && ` in ${visible(namespace)}`}
        </span>
        {message && (
          <span className="block break-words text-ink-muted text-xs sm:hidden">{visible(message)}</span>
        )}
      </Td>
      <Td>
        {health === null ? (
          <span className="text-ink-faint text-xs">none</span>
        ) : (
          <Status look={healthLook(health)} />
        )}
      </Td>
      <Td>
        <span className="flex flex-wrap items-center gap-1.5">
          {hook ? <Chip tone="neutral">hook</Chip> : <Status look={syncLook(sync)} />}
          {prune && <Chip tone="attention">no longer in Git</Chip>}
          {confirmDeletion && <Chip tone="attention">deletion waits for a person</Chip>}
        </span>
      </Td>
      <Td className="min-w-52 break-words text-ink-muted text-xs max-sm:hidden">{visible(message)}</Td>
    </Tr>
  )
}

/** What the application consists of, trouble first; filter, kind and page are in the address. */
export function ResourcesPanel({ id, view }: Props) {
  const { filter, page, healthAt, known } = view
  const { rows, found, from, total } = page
  if (total === 0)
    return (
      <Panel>
        <Empty kind="nothing-yet" title={known ? 'It has no resources' : 'Its resources are not known yet'}>
          {known
            ? 'Argo CD names none: nothing was compared, or Git has none for it.'
            : 'They are shown as soon as the worker has read them from Argo CD.'}
        </Empty>
      </Panel>
    )
  const turned = (at: number) => addressOf(id, { ...filter, from: at > 0 ? String(at) : undefined })
  return (
    <>
      <Panel
        title="Resources"
        note={
          <>
            {page.trouble === 0 ? 'all well' : `${page.trouble} of ${total} not well`}
            {healthAt ? (
              <span className="text-ink-faint">
                health last changed <Time at={healthAt} as="ago" />
              </span>
            ) : (
              <span className="text-ink-faint">health of single resources is not known yet</span>
            )}
          </>
        }
        aside={
          <search>
            <Form action={paths.application(id)}>
              <input type="hidden" name="tab" value="resources" />
              {filter.kind && <input type="hidden" name="kind" value={filter.kind} />}
              <FilterInput
                key={filter.q}
                label="Filter resources"
                name="q"
                defaultValue={filter.q}
                maxLength={200}
              />
            </Form>
          </search>
        }
      >
        <Kinds id={id} view={view} />
        {rows.length === 0 ? (
          <Empty
            kind="nothing-matches"
            title="No resource fits"
            action={
              <Link href={addressOf(id, {})} className="text-accent hover:underline">
                Show all {total}
              </Link>
            }
          />
        ) : (
          <Table caption="Resources, those with trouble first">
            <Thead>
              <Th>Resource</Th>
              <Th>Health</Th>
              <Th>Sync</Th>
              <Th className="max-sm:hidden">Argo CD says</Th>
            </Thead>
            <tbody>
              {rows.map((resource, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: Argo CD may name a resource twice
                <Line key={at} resource={resource} />
              ))}
            </tbody>
          </Table>
        )}
      </Panel>
      {found > resourcesMax && (
        <Pager
          summary={`${from + 1}–${from + rows.length} of ${found}, trouble first`}
          previous={from > 0 ? turned(from - resourcesMax) : undefined}
          next={from + resourcesMax < found ? turned(from + resourcesMax) : undefined}
        />
      )}
    </>
  )
}
