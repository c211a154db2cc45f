'use client'

import { memo } from 'react'
import { cn } from '#components/ui/cn.ts'
import { visible } from '#components/ui/visible.ts'
import type { ServiceRow } from '#lib/catalog/schema.ts'
import { paths } from '#lib/platform/paths.ts'
import { entriesOf, type Group } from './groups.ts'
import { MatrixCell } from './matrix-cell.tsx'

const td = 'border-line border-b px-3 font-normal group-last/row:border-b-0 last:pr-4'

type MatrixRowProps = {
  row: ServiceRow
  /** Place among all that fit the filter, from 1. */
  place: number
  groups: readonly Group[]
  compact: boolean
  /** px; what is inside is never higher. */
  height: number
  changed: boolean
  /** Left this page while somebody was looking at it. */
  gone: boolean
}

/** One service in all environments. Drawn again only when something of it changed. */
export const MatrixRow = memo(function MatrixRow(props: MatrixRowProps) {
  const { row, place, groups, compact, height, changed, gone } = props
  return (
    <tr
      aria-rowindex={place + 1}
      data-service={row.service}
      style={{ height }}
      className={cn(
        'group/row hover:bg-sunken/60 has-[a:focus-visible]:bg-sunken/60',
        changed && 'motion-safe:animate-tint',
      )}
    >
      <th scope="row" className={cn(td, 'sticky left-0 z-10 bg-surface pl-4 group-hover/row:bg-sunken')}>
        <a
          href={paths.service(row.service)}
          className={cn(
            'block rounded-sm hover:underline',
            compact ? 'truncate text-ink-muted text-xs' : 'text-ink',
          )}
        >
          <b className={cn('font-medium', compact ? 'mr-2 text-ink text-sm' : 'block truncate')}>
            {visible(row.service)}
          </b>
          {/* An element less in each row where most of them are on the screen. */}
          {compact ? (
            ownerOf(row)
          ) : (
            <small className="block truncate text-ink-muted text-xs">{ownerOf(row)}</small>
          )}
        </a>
      </th>
      {gone ? (
        <td className={cn(td, 'text-ink-muted')} colSpan={groups.length}>
          no longer on this page
        </td>
      ) : (
        groups.map((group) => {
          const entries = entriesOf(row, group)
          const quiet = !group.columns.some((column) => column.protected)
          return (
            <td
              key={group.key}
              className={cn(
                td,
                entries.some(({ cell }) => cell.mine) && 'mine',
                entries.length === 0 && 'text-ink-faint',
              )}
            >
              {entries.length === 0
                ? compact
                  ? 'not deployed'
                  : 'not deployed here'
                : entries.map((entry) => (
                    <MatrixCell key={entry.cell.application} entry={entry} quiet={quiet} compact={compact} />
                  ))}
            </td>
          )
        })
      )}
    </tr>
  )
})

/** Whose it is, and how much it matters. */
function ownerOf({ team, tier: said }: Pick<ServiceRow, 'team' | 'tier'>): string {
  const tier = said && (/^\d+$/.test(said) ? `tier ${said}` : said)
  return [team, tier].flatMap((part) => (part ? visible(part) : [])).join(' · ') || 'no team'
}
