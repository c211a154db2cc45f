import Link from 'next/link'
import { Tally } from '#components/status/status.tsx'
import { healthLook } from '#components/status/tones.ts'
import { cn } from '#components/ui/cn.ts'
import { Table, Td, Th, Thead, Tr } from '#components/ui/table.tsx'
import { visible } from '#components/ui/visible.ts'
import { toggled } from '#lib/catalog/filter.ts'
import type { Column, MatrixFilter, ServiceRow } from '#lib/catalog/schema.ts'
import { paths } from '#lib/platform/paths.ts'
import { MatrixCell } from './cell.tsx'
import { columnName, columnRule } from './look.ts'

// What is well first, then what to look at; a word we do not know comes last.
const order = ['Healthy', 'Progressing', 'Degraded', 'Missing', 'Suspended', 'Unknown']
const place = (health: string) => (order.includes(health) ? order.indexOf(health) : order.length)

function ColumnHead({ column, filter }: { column: Column; filter: MatrixFilter }) {
  const healths = Object.entries(column.healths).sort(([a], [b]) => place(a) - place(b))
  return (
    <Th className="min-w-56">
      <span className="flex items-center gap-2">
        <span className="font-semibold text-ink">{columnName(column)}</span>
        <span className="font-normal">{columnRule(column)}</span>
        <span className="ml-auto flex items-center gap-1">
          {healths.map(([health, count]) => {
            const value = `${column.key}:${health}`
            return (
              <Link
                key={health}
                href={paths.services(toggled(filter, 'health', value))}
                prefetch={false}
                aria-current={filter.health === value ? 'true' : undefined}
                className="rounded-sm px-1 py-0.5 font-normal hover:bg-sunken aria-[current]:bg-sunken aria-[current]:outline aria-[current]:outline-line-strong"
              >
                <Tally look={healthLook(health)} count={count} />
              </Link>
            )
          })}
        </span>
      </span>
    </Th>
  )
}

type MatrixTableProps = {
  columns: readonly Column[]
  rows: readonly ServiceRow[]
  filter: MatrixFilter
  /** Services that have just changed. */
  changed: ReadonlySet<string>
}

/** Services by environments. The first link of a row leads to the service, those of its cells to applications. */
export function MatrixTable({ columns, rows, filter, changed }: MatrixTableProps) {
  const sorted = filter.sort === 'name'
  return (
    <Table caption="Services by environment" list>
      <Thead>
        <Th
          aria-sort={sorted ? 'ascending' : 'none'}
          className="min-w-44 max-lg:sticky max-lg:left-0 max-lg:z-10 max-lg:bg-surface"
        >
          <Link
            href={paths.services(toggled(filter, 'sort', 'name'))}
            prefetch={false}
            title={sorted ? 'Sort by what needs action' : 'Sort by name'}
            className="inline-flex items-center gap-1 rounded-sm hover:text-ink"
          >
            Service
            {sorted && <span aria-hidden="true">↑</span>}
          </Link>
        </Th>
        {columns.map((column) => (
          <ColumnHead key={column.key} column={column} filter={filter} />
        ))}
      </Thead>
      <tbody>
        {rows.map((row) => (
          <Tr key={row.service} changed={changed.has(row.service)}>
            <Td row className="max-w-64 max-lg:sticky max-lg:left-0 max-lg:z-10 max-lg:bg-surface">
              <Link
                href={paths.service(row.service)}
                prefetch={false}
                className="block truncate rounded-sm font-medium text-ink hover:underline"
              >
                {visible(row.service)}
              </Link>
              <Owner row={row} />
            </Td>
            {columns.map((column) => {
              const cell = row.cells[column.key]
              return (
                <Td key={column.key} className={cn('max-w-80', cell?.mine && 'mine')}>
                  {cell ? (
                    <MatrixCell cell={cell} quiet={!column.protected} />
                  ) : (
                    <span className="text-ink-faint">not deployed here</span>
                  )}
                </Td>
              )
            })}
          </Tr>
        ))}
      </tbody>
    </Table>
  )
}

/** Whose it is, and how much it matters. */
export function Owner({ row }: { row: Pick<ServiceRow, 'team' | 'tier'> }) {
  const tier = row.tier && (/^\d+$/.test(row.tier) ? `tier ${row.tier}` : row.tier)
  const words = [row.team, tier].flatMap((part) => (part ? visible(part) : []))
  return <span className="block truncate text-ink-muted text-xs">{words.join(' · ') || 'no team'}</span>
}
