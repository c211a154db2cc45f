'use client'

import { useEffect, useMemo, useRef, useState } from 'react'
import { cn } from '#components/ui/cn.ts'
import type { MatrixFilter } from '#lib/catalog/schema.ts'
import type { Board } from '#lib/views/board.ts'
import glyphs from './glyphs.module.css'
import { type Group, linesOf } from './groups.ts'
import { MatrixHead } from './matrix-head.tsx'
import { MatrixRow } from './matrix-row.tsx'
import type { SteadyRow } from './steady.ts'
import { useWindow } from './use-window.ts'
import { edgesOf, piecesOf } from './window.ts'

/** Heights in px at a root font of 16 px: of a row, and of each further line in its tallest cell. */
const measures = {
  compact: { row: 30, line: 24 },
  comfortable: { row: 50, line: 40 },
} as const
/** Widths in rem: of the first column, and at least of each other. */
const serviceRem = { compact: 16, comfortable: 12 } as const
const columnRem = 13.5

type MatrixTableProps = {
  groups: readonly Group[]
  /** The same without what heads alone show, so that it changes less often. */
  rowGroups: readonly Group[]
  rows: readonly SteadyRow[]
  /** Place of the first row among all that fit the filter, from 1, and how many those are; -1 when nobody counted. */
  from: number
  total: number
  filter: MatrixFilter
  board: Board
  /** Services that have just changed. */
  changed: ReadonlySet<string>
}

/**
 * Services by environments. Only rows on the screen are drawn; their heights are known, so that nothing is measured. The
 * first link of a row leads to the service, those of its cells to applications.
 */
export function MatrixTable(props: MatrixTableProps) {
  const { groups, rowGroups, rows, from, total, filter, board, changed } = props
  const body = useRef<HTMLTableSectionElement>(null)
  const density = board.density ?? 'comfortable'
  const widthRem = serviceRem[density] + columnRem * groups.length
  const { frame, fits, rootPx } = useFrame(widthRem)
  const edges = useMemo(() => {
    const { row, line } = measures[density]
    return edgesOf(rows.map((each) => ((row + line * (linesOf(each.row, rowGroups) - 1)) * rootPx) / 16))
  }, [rows, rowGroups, density, rootPx])
  const services = useMemo(() => rows.map(({ row }) => row.service), [rows])
  const { pinned, ...range } = useWindow(body, edges, services)
  return (
    <section
      ref={frame}
      aria-label="Services by environment"
      // What scrolls must be reachable by keyboard.
      tabIndex={fits ? undefined : 0}
      className={cn('relative rounded-lg focus-visible:-outline-offset-2', !fits && 'overflow-x-auto')}
    >
      <table
        data-list=""
        aria-rowcount={total === -1 ? -1 : total + 1}
        style={{ minWidth: `${widthRem}rem` }}
        className={cn(glyphs.glyphs, 'w-full table-fixed border-separate border-spacing-0 text-left text-sm')}
      >
        <caption className="sr-only">Services by environment</caption>
        <colgroup>
          <col style={{ width: `${serviceRem[density]}rem` }} />
          {groups.map(({ key }) => (
            <col key={key} />
          ))}
        </colgroup>
        <MatrixHead groups={groups} filter={filter} board={board} sticky={fits} />
        <tbody ref={body}>
          {piecesOf(edges, range, pinned).map((piece) => {
            if ('gap' in piece)
              return (
                <tr key={piece.key}>
                  <td colSpan={groups.length + 1} style={{ height: piece.gap }} className="p-0" />
                </tr>
              )
            const each = rows[piece.row]
            if (!each) return null
            return (
              <MatrixRow
                key={each.row.service}
                row={each.row}
                gone={each.gone}
                place={from + piece.row}
                groups={rowGroups}
                compact={density === 'compact'}
                height={(edges[piece.row + 1] ?? 0) - (edges[piece.row] ?? 0)}
                changed={changed.has(each.row.service)}
              />
            )
          })}
        </tbody>
      </table>
    </section>
  )
}

/** Whether the table is as wide as there is room for: only then may its head stay at the top of the screen. */
function useFrame(widthRem: number) {
  const frame = useRef<HTMLElement>(null)
  const [fits, setFits] = useState(false)
  const [rootPx, setRootPx] = useState(16)
  useEffect(() => {
    const element = frame.current
    if (!element) return
    const look = () => {
      const px = Number.parseFloat(getComputedStyle(document.documentElement).fontSize)
      setRootPx(px)
      setFits(element.clientWidth >= widthRem * px)
    }
    const observer = new ResizeObserver(look)
    observer.observe(element)
    return () => observer.disconnect()
  }, [widthRem])
  return { frame, fits, rootPx }
}
