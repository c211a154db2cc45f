import { readFilter } from '#lib/catalog/filter.ts'
import type { MatrixFilter } from '#lib/catalog/schema.ts'

/** How the matrix is laid out; stands in the address beside the filter. */
export type Board = {
  /** Environments that are shown; all of them when left out. */
  columns?: string[]
  /** Environments whose targets are drawn as one column, and those whose targets are drawn apart though they are many. */
  fold?: string[]
  open?: string[]
  density?: 'compact'
  /** The saved view that this came from; what is on the screen may have moved on from it. */
  view?: string
}

type Search = Record<string, string | string[] | undefined>

const namesMax = 50
const nameLengthMax = 253

function names(value: string | undefined): string[] | undefined {
  const read = (value ?? '').split(',').map((name) => name.trim().slice(0, nameLengthMax))
  const known = [...new Set(read)].filter(Boolean).slice(0, namesMax)
  return known.length > 0 ? known : undefined
}

/** The layout that an address holds. What is not understood changes nothing. */
export function readBoard(search: Search): Board {
  const text = (name: string) => [search[name]].flat()[0]
  const [columns, fold, open] = [names(text('columns')), names(text('fold')), names(text('open'))]
  const view = text('view')
  return {
    ...(columns && { columns }),
    ...(fold && { fold }),
    ...(open && { open }),
    ...(text('density') === 'compact' && { density: 'compact' }),
    ...(view && /^vie_[0-9a-z]{1,40}$/.test(view) && { view }),
  }
}

/** Filter and layout as the names and values of an address (`paths.services`). */
export const toSearch = (filter: MatrixFilter, board: Board): Record<string, string | undefined> => ({
  ...filter,
  columns: board.columns?.join(','),
  fold: board.fold?.join(','),
  open: board.open?.join(','),
  density: board.density,
  view: board.view,
})

/** An address as a view keeps it: only what is understood, always in the same order, from the first page on. */
export function viewQuery(query: string): string {
  const search = Object.fromEntries(new URLSearchParams(query))
  const { view: _view, ...board } = readBoard(search)
  const values = Object.entries(toSearch({ ...readFilter(search), after: undefined }, board))
  const kept = values.flatMap(([name, value]) => (value ? [[name, value]] : []))
  return new URLSearchParams(kept.sort(([a = ''], [b = '']) => (a < b ? -1 : 1))).toString()
}

/** Many targets of one environment are one column until somebody opens it. */
const targetsApart = 3

/** Whether the targets of an environment stand in one column. */
export const isFolded = (board: Board, environment: string, targets: number): boolean =>
  targets > 1 &&
  (board.fold?.includes(environment) || (targets > targetsApart && !board.open?.includes(environment)))

/** The layout with the targets of an environment folded if they were apart, and the other way round. */
export function turned(board: Board, environment: string, targets: number): Board {
  const folded = isFolded(board, environment, targets)
  const without = (list: string[] | undefined) => list?.filter((name) => name !== environment) ?? []
  const [fold, open] = [without(board.fold), without(board.open)]
  if (!folded) fold.push(environment)
  else if (targets > targetsApart) open.push(environment)
  const { fold: _fold, open: _open, ...rest } = board
  return { ...rest, ...(fold.length > 0 && { fold }), ...(open.length > 0 && { open }) }
}

/** The layout with an environment shown or not. All of them is the same as naming none; at least one stays. */
export function withColumn(board: Board, environment: string, all: readonly string[]): Board {
  const shown = all.filter((name) => board.columns?.includes(name) ?? true)
  const next = shown.includes(environment)
    ? shown.filter((name) => name !== environment)
    : all.filter((name) => shown.includes(name) || name === environment)
  const { columns, ...rest } = board
  if (next.length === 0) return board
  return next.length === all.length ? rest : { ...rest, columns: next }
}
