import Link from 'next/link'
import { Tally } from '#components/status/status.tsx'
import { healthLook } from '#components/status/tones.ts'
import { cn } from '#components/ui/cn.ts'
import { visible } from '#components/ui/visible.ts'
import { toggled } from '#lib/catalog/filter.ts'
import type { MatrixFilter } from '#lib/catalog/schema.ts'
import { paths } from '#lib/platform/paths.ts'
import { type Board, toSearch, turned } from '#lib/views/board.ts'
import { type Group, healthsOf } from './groups.ts'
import { columnName, columnRule } from './look.ts'

// What is well first, then what to look at; a word we do not know comes last.
const order = ['Healthy', 'Progressing', 'Degraded', 'Missing', 'Suspended', 'Unknown']
const place = (health: string) => (order.includes(health) ? order.indexOf(health) : order.length)

const th =
  'h-8 whitespace-nowrap border-line border-b bg-surface px-3 text-left font-medium text-ink-muted text-xs'

/** With more columns, there is room for names and counters alone. */
const tightFrom = 4

type HeadProps = { groups: readonly Group[]; filter: MatrixFilter; board: Board; sticky: boolean }

/** What the columns are, who lets something happen there, and how many are how. */
export function MatrixHead({ groups, filter, board, sticky }: HeadProps) {
  const sorted = filter.sort === 'name'
  return (
    <thead className={cn(sticky && 'sticky top-12 z-20')}>
      <tr aria-rowindex={1}>
        <th
          scope="col"
          aria-sort={sorted ? 'ascending' : 'none'}
          className={cn(th, 'sticky left-0 z-10 rounded-tl-lg pl-4')}
        >
          <Link
            href={paths.services(toSearch(toggled(filter, 'sort', 'name'), board))}
            prefetch={false}
            title={sorted ? 'Sort by what needs action' : 'Sort by name'}
            className="inline-flex items-center gap-1 rounded-sm hover:text-ink"
          >
            Service
            {sorted && <span aria-hidden="true">↑</span>}
          </Link>
        </th>
        {groups.map((group) => (
          <GroupHead
            key={group.key}
            group={group}
            filter={filter}
            board={board}
            tight={groups.length > tightFrom}
          />
        ))}
      </tr>
    </thead>
  )
}

type GroupHeadProps = { group: Group; tight: boolean } & Pick<HeadProps, 'filter' | 'board'>

function GroupHead({ group, filter, board, tight }: GroupHeadProps) {
  const { environment, columns, folded, targets, first } = group
  const [column] = columns
  const healths = Object.entries(healthsOf(group)).sort(([a], [b]) => place(a) - place(b))
  const fold = targets > 1 && first
  return (
    <th scope="col" className={cn(th, 'last:rounded-tr-lg last:pr-4')}>
      <span className="flex items-center gap-x-2">
        <span className="font-semibold text-ink">
          {folded ? visible(environment) : column && columnName(column)}
        </span>
        {folded && <span className="font-normal">{targets} targets</span>}
        {fold && (
          <Link
            href={paths.services(toSearch(filter, turned(board, environment, targets)))}
            prefetch={false}
            aria-label={
              folded
                ? `Open the targets of ${environment}`
                : `Fold the targets of ${environment} into one column`
            }
            className="rounded-sm px-1 font-normal underline decoration-line-strong underline-offset-2 hover:text-ink"
          >
            {folded ? 'open' : 'fold'}
          </Link>
        )}
        {!fold && !tight && (
          <span className="min-w-0 truncate font-normal">{column && columnRule(column)}</span>
        )}
        <span className="ml-auto flex items-center">
          {healths.map(([health, count]) => {
            const tally = <Tally look={healthLook(health)} count={count} />
            const value = `${group.key}:${health}`
            // A filter names one column; of a fold the sum is said, and opening it gives the filters.
            if (folded)
              return (
                <span key={health} className="px-1">
                  {tally}
                </span>
              )
            return (
              <Link
                key={health}
                href={paths.services(toSearch(toggled(filter, 'health', value), board))}
                prefetch={false}
                aria-current={filter.health === value ? 'true' : undefined}
                className="inline-flex min-h-6 items-center rounded-sm px-1 font-normal hover:bg-sunken aria-[current]:bg-sunken aria-[current]:outline aria-[current]:outline-line-strong"
              >
                {tally}
              </Link>
            )
          })}
        </span>
      </span>
    </th>
  )
}
