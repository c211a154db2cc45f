import Link from 'next/link'
import { Time } from '#components/shell/time.tsx'
import { Status } from '#components/status/status.tsx'
import { healthLook } from '#components/status/tones.ts'
import { cn } from '#components/ui/cn.ts'
import { visible } from '#components/ui/visible.ts'
import type { Cell, Column, ServiceRow } from '#lib/catalog/schema.ts'
import { paths } from '#lib/platform/paths.ts'
import { RelationChip, Version } from './cell.tsx'
import { fold } from './fold.ts'
import { columnName } from './look.ts'

function Line({ column, cell }: { column: Column; cell: Cell }) {
  return (
    <Link
      href={paths.application(cell.application)}
      prefetch={false}
      className="-mx-1 grid min-h-7 grid-cols-[5rem_1fr_auto] items-center gap-x-2 rounded-sm px-1 text-sm"
    >
      <span className="truncate text-ink-muted">{columnName(column)}</span>
      <span className="flex min-w-0 flex-wrap items-center gap-x-2 gap-y-0.5">
        <Version cell={cell} />
        <RelationChip cell={cell} quiet />
      </span>
      <Status look={healthLook(cell.health)} />
    </Link>
  )
}

/** The matrix where there is no room for one: a card for each service, a line for each environment that differs. */
export function MatrixCards({ columns, rows }: { columns: readonly Column[]; rows: readonly ServiceRow[] }) {
  return (
    <ul className="grid gap-2.5">
      {rows.map((row) => {
        const { lines, sentences, stale } = fold(row, columns)
        const mine = Object.values(row.cells).some((cell) => cell.mine)
        const owner = [row.team, row.tier && `tier ${row.tier}`].filter(Boolean).join(' · ')
        return (
          <li
            key={row.service}
            className={cn('rounded-lg border border-line bg-surface px-4 py-3', mine && 'mine')}
          >
            <Link
              href={paths.service(row.service)}
              prefetch={false}
              className="mb-1 inline-flex min-h-6 max-w-full items-baseline gap-1.5 text-base"
            >
              <span className="truncate font-semibold text-ink">{visible(row.service)}</span>
              <span className="shrink-0 text-ink-muted">{visible(owner)}</span>
            </Link>
            {lines.map(({ column, cell }) => (
              <Line key={column.key} column={column} cell={cell} />
            ))}
            {sentences.map((sentence) => (
              <p key={sentence} className="py-1 text-ink-muted text-sm">
                {visible(sentence)}
              </p>
            ))}
            {stale.map(({ where, asOf }) => (
              <p key={asOf} className="py-1 text-ink-muted text-sm">
                {where === null ? 'As of ' : `${where}: as of `}
                <Time at={asOf} as="clock" />, unreachable
              </p>
            ))}
          </li>
        )
      })}
    </ul>
  )
}
