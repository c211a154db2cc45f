'use client'

import type { MatrixFilter, MatrixPage } from '#lib/catalog/schema.ts'
import type { Board } from '#lib/views/board.ts'
import type { Views } from '#lib/views/view.ts'
import type { Go } from './matrix-filters.tsx'
import { DisplayMenu, ExportMenu } from './matrix-menus.tsx'
import { ViewsMenu } from './views-menu.tsx'

export type MatrixToolsProps = {
  filter: MatrixFilter
  board: Board
  page: MatrixPage
  views: Views
  go: Go
}

/** How the matrix is laid out, taken away and kept. */
export function MatrixTools({ filter, board, page, views, go }: MatrixToolsProps) {
  return (
    <>
      <DisplayMenu filter={filter} board={board} page={page} go={go} />
      <ExportMenu filter={filter} board={board} page={page} />
      <ViewsMenu filter={filter} board={board} initial={views} />
    </>
  )
}
