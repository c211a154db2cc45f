'use client'

import Link from 'next/link'
import { memo } from 'react'
import { Time } from '#components/shell/time.tsx'
import { Status } from '#components/status/status.tsx'
import { healthLook } from '#components/status/tones.ts'
import { cn } from '#components/ui/cn.ts'
import { visible } from '#components/ui/visible.ts'
import type { Cell, Column, ServiceRow } from '#lib/catalog/schema.ts'
import { paths } from '#lib/platform/paths.ts'
import { RelationChip, Version } from './cell.tsx'
import { Chunk } from './chunk.tsx'
import { fold } from './fold.ts'
import { columnName } from './look.ts'
import type { SteadyRow } from './steady.ts'

function Line({ column, cell }: { column: Column; cell: Cell }) {
  return (
    <Link
      href={paths.application(cell.application)}
      prefetch={false}
      className="-mx-1 grid min-h-7 pointer-coarse:min-h-11 grid-cols-[5rem_1fr_auto] items-center gap-x-2 rounded-sm px-1 text-sm"
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

/** Cards that are drawn, or not, together. */
const chunkSize = 8

type MatrixCardsProps = {
  columns: readonly Column[]
  rows: readonly SteadyRow[]
  changed: ReadonlySet<string>
}

/** The matrix where there is no room for one: a card for each service, a line for each environment that differs. */
export function MatrixCards({ columns, rows, changed }: MatrixCardsProps) {
  const chunks = Array.from({ length: Math.ceil(rows.length / chunkSize) }, (_, index) =>
    rows.slice(index * chunkSize, (index + 1) * chunkSize),
  )
  return (
    <div className="grid grid-cols-1 gap-2.5">
      {chunks.map((chunk, index) => (
        <Chunk
          key={chunk[0]?.row.service}
          near={index === 0}
          className="grid grid-cols-1 content-start gap-2.5"
        >
          {chunk.map(({ row, gone }) => (
            <Card
              key={row.service}
              row={row}
              gone={gone}
              columns={columns}
              changed={changed.has(row.service)}
            />
          ))}
        </Chunk>
      ))}
    </div>
  )
}

type CardProps = { row: ServiceRow; gone: boolean; columns: readonly Column[]; changed: boolean }

const Card = memo(function Card({ row, gone, columns, changed }: CardProps) {
  const { lines, sentences, stale } = fold(row, columns)
  const mine = columns.some(({ key }) => row.cells[key]?.mine)
  const owner = [row.team, row.tier && `tier ${row.tier}`].filter(Boolean).join(' · ')
  return (
    <li
      className={cn(
        'rounded-lg border border-line bg-surface px-4 py-3',
        mine && !gone && 'mine',
        changed && 'motion-safe:animate-tint',
      )}
    >
      <Link
        href={paths.service(row.service)}
        prefetch={false}
        className="mb-1 inline-flex min-h-6 pointer-coarse:min-h-11 max-w-full pointer-coarse:items-center items-baseline gap-1.5 text-base"
      >
        <span className="truncate font-semibold text-ink">{visible(row.service)}</span>
        <span className="shrink-0 text-ink-muted">{visible(owner)}</span>
      </Link>
      {gone && <p className="py-1 text-ink-muted text-sm">No longer on this page</p>}
      {!gone && (
        <>
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
        </>
      )}
    </li>
  )
})
