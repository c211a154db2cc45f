import type { Cell, Column, ServiceRow } from '#lib/catalog/schema.ts'
import { columnName } from './look.ts'

export type Folded = {
  /** What differs, the last environment first. */
  lines: { column: Column; cell: Cell }[]
  /** The rest, in sentences. */
  sentences: string[]
  /** What may be out of date, and since when: one entry for each time; no `where` when it is everything. */
  stale: { where: string | null; asOf: string }[]
}

const list = new Intl.ListFormat('en', { type: 'conjunction' })

const isCalm = (cell: Cell) =>
  cell.health === 'Healthy' &&
  cell.version !== null &&
  !cell.mine &&
  cell.more === 0 &&
  (cell.relation === null || cell.relation.kind === 'same')

/**
 * A service on a narrow screen: one line for each environment with something to say. Several that run the same and
 * are well become a sentence, as do those without it.
 */
export function fold(row: ServiceRow, columns: readonly Column[]): Folded {
  const here = columns.flatMap((column) => {
    const cell = row.cells[column.key]
    return cell ? [{ column, cell }] : []
  })
  const calm = Map.groupBy(
    here.filter(({ cell }) => isCalm(cell)),
    ({ cell }) => cell.version,
  )
  const groups = [...calm.values()].filter((group) => group.length > 1)
  const folded = new Set(groups.flat())
  const missing = columns.filter((column) => !row.cells[column.key])
  const names = (of: readonly Column[]) => list.format(of.map(columnName))
  const sentences = groups.map((group) => {
    const where =
      group.length === columns.length ? 'Everywhere' : `${names(group.map(({ column }) => column))}:`
    return `${where} ${group[0]?.cell.version}, healthy`
  })
  if (missing.length > 0) sentences.push(`Not deployed in ${names(missing)}`)
  const old = Map.groupBy(
    here.flatMap(({ column, cell }) => (cell.asOf ? [{ column, asOf: cell.asOf }] : [])),
    ({ asOf }) => asOf,
  )
  const stale = [...old].map(([asOf, group]) => ({
    where: group.length === here.length ? null : names(group.map(({ column }) => column)),
    asOf,
  }))
  return { stale, lines: here.filter((each) => !folded.has(each)).reverse(), sentences }
}
