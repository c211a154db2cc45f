import type { Cell, Column, MatrixPage, ServiceRow } from '#lib/catalog/schema.ts'
import { type Board, isFolded } from '#lib/views/board.ts'

/** One column as it is drawn: an environment, one target of it, or all of its targets folded into one. */
export type Group = {
  key: string
  environment: string
  columns: readonly Column[]
  folded: boolean
  /** How many targets the environment has, and whether this is the first of them. */
  targets: number
  first: boolean
}

/** What is drawn for the columns of a page. A layout that names none of them shows all. */
export function groupsOf(columns: readonly Column[], board: Board): Group[] {
  const environments = Map.groupBy(columns, ({ environment }) => environment)
  const wanted = [...environments.keys()].filter((name) => board.columns?.includes(name) ?? true)
  const shown = wanted.length > 0 ? wanted : [...environments.keys()]
  return shown.flatMap((environment): Group[] => {
    const own = environments.get(environment) ?? []
    const targets = own.length
    const [only] = own
    if (!only) return []
    if (isFolded(board, environment, targets))
      return [{ key: environment, environment, columns: own, folded: true, targets, first: true }]
    return own.map((column, index) => ({
      key: column.key,
      environment,
      columns: [column],
      folded: false,
      targets,
      first: index === 0,
    }))
  })
}

/** How many applications of a drawn column have each health. */
export function healthsOf(group: Group): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const { healths } of group.columns)
    for (const [health, count] of Object.entries(healths)) sums[health] = (sums[health] ?? 0) + count
  return sums
}

/** One thing to read in a cell. */
export type Entry = {
  cell: Cell
  /** Which target it is, where that is not said by the column; which ones when several say the same. */
  where?: string
  /** How many more targets of the fold are not worse. */
  rest?: number
}

const troubled = new Set(['Degraded', 'Missing'])
const loud = new Set(['drift', 'not-understood', 'waiting'])
const calm = new Set(['same', undefined])

/** What asks most for somebody comes first. */
function severity({ health, relation }: Cell): number {
  if (troubled.has(health)) return 0
  if (relation && loud.has(relation.kind)) return 1
  if (relation?.kind === 'behind' || relation?.kind === 'diverged') return 2
  return health === 'Healthy' && calm.has(relation?.kind) ? 4 : 3
}

/**
 * What a cell of the row says: one application, or of a fold each that waits for the viewer, and then the worst of the
 * others for all of them. Empty where it is not deployed.
 */
export function entriesOf(row: Pick<ServiceRow, 'cells'>, group: Group): Entry[] {
  const here = group.columns.flatMap((column) => {
    const cell = row.cells[column.key]
    return cell ? [{ cell, target: column.target ?? group.environment }] : []
  })
  if (!group.folded) return here.map(({ cell }) => ({ cell }))
  const mine = here.filter(({ cell }) => cell.mine)
  const [worst, ...others] = here
    .filter(({ cell }) => !cell.mine)
    .sort((a, b) => severity(a.cell) - severity(b.cell))
  const entries: Entry[] = mine.map(({ cell, target }) => ({ cell, where: target }))
  if (!worst) return entries
  const alike = others.every(
    ({ cell }) => cell.version === worst.cell.version && severity(cell) === severity(worst.cell),
  )
  const all = others.length + 1
  if (alike && all > 1)
    return [...entries, { cell: worst.cell, where: all === group.targets ? `all ${all}` : `${all} targets` }]
  return [
    ...entries,
    { cell: worst.cell, where: worst.target, ...(others.length > 0 && { rest: others.length }) },
  ]
}

/** How many lines the tallest cell of a row has. */
export const linesOf = (row: Pick<ServiceRow, 'cells'>, groups: readonly Group[]): number =>
  groups.some(({ folded }) => folded)
    ? Math.max(1, ...groups.map((group) => (group.folded ? entriesOf(row, group).length : 1)))
    : 1

/** "212", or "1,000+" where counting stopped. */
export const totalText = ({ total, totalIsMinimum }: Pick<MatrixPage, 'total' | 'totalIsMinimum'>): string =>
  `${total.toLocaleString('en')}${totalIsMinimum ? '+' : ''}`
