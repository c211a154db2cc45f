import type { Relation } from './relation.ts'
import type { Cell, Column, MatrixPage, ServiceRow } from './schema.ts'

export const exportFormats = ['csv', 'json'] as const
export type ExportFormat = (typeof exportFormats)[number]

/** Invisible characters could make one name read as another; a spreadsheet does not show them. */
const hidden = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu
/** What spreadsheets take for the beginning of a formula, also behind spaces and in full width. */
const formula = /^\s*[=+\-@\t\r＝＋－＠]/

/** One field by RFC 4180. What would be a formula becomes text: an apostrophe stands before it. */
export function csvField(value: string | number | null | undefined): string {
  if (typeof value === 'number') return String(value)
  const text = value ?? ''
  const safe = (formula.test(text) ? `'${text}` : text).replaceAll(
    hidden,
    (character) => `‹U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}›`,
  )
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

const line = (values: readonly (string | number | null | undefined)[]) =>
  `${values.map(csvField).join(',')}\r\n`

/** A relation as one word with what belongs to it: `behind 2`, `waiting 1 of 2`. */
function relationText(relation: Relation | null): string {
  if (!relation) return ''
  if (relation.kind === 'waiting') return `waiting ${relation.approved} of ${relation.required}`
  const { kind, ...more } = relation
  return [kind.replaceAll('-', ' '), ...Object.values(more)].join(' ')
}

/** What is said of each environment, in the order of the columns. */
const fields: Record<string, (cell: Cell) => string | number | null> = {
  version: (cell) => cell.version ?? 'cannot tell',
  health: (cell) => cell.health,
  'health since': (cell) => cell.healthSince,
  sync: (cell) => cell.sync,
  'deployed at': (cell) => cell.deployedAt,
  relation: (cell) => relationText(cell.relation),
  'waits for me': (cell) => (cell.mine ? 'yes' : 'no'),
  'known until': (cell) => cell.asOf,
  application: (cell) => cell.name,
  instance: (cell) => cell.instance,
  'more applications': (cell) => cell.more,
}
const names = Object.keys(fields)

const csvHead = (columns: readonly Column[]) =>
  line(['service', 'team', 'tier', ...columns.flatMap(({ key }) => names.map((name) => `${key} ${name}`))])

function csvRow(row: ServiceRow, columns: readonly Column[]): string {
  const cells = columns.flatMap(({ key }) => {
    const cell = row.cells[key]
    return names.map((name) => (cell ? fields[name]?.(cell) : ''))
  })
  return line([row.service, row.team, row.tier, ...cells])
}

/** Which columns an export has: those of the environments that are shown. */
export const shownColumns = (columns: readonly Column[], environments: readonly string[] | undefined) => {
  const shown = columns.filter(({ environment }) => environments?.includes(environment) ?? true)
  return shown.length > 0 ? shown : columns
}

type Page = Pick<MatrixPage, 'at' | 'columns' | 'rows' | 'next'>

/**
 * The matrix as text, a page at a time: `read` gives the page after a cursor, and is asked for the next one only when
 * the last was taken away. Columns are those of the first page, so that every line has the same.
 */
export async function* exportText(
  format: ExportFormat,
  first: Page,
  environments: readonly string[] | undefined,
  read: (after: string) => Promise<Page>,
): AsyncGenerator<string> {
  const columns = shownColumns(first.columns, environments)
  const keys = new Set(columns.map(({ key }) => key))
  yield format === 'csv' ? csvHead(columns) : `{"at":${JSON.stringify(first.at)},"rows":[`
  let page: Page | undefined = first
  let written = 0
  while (page) {
    const { rows, next }: Page = page
    if (format === 'csv') yield rows.map((row) => csvRow(row, columns)).join('')
    else
      for (const row of rows) {
        const cells = Object.entries(row.cells).filter(([key]) => keys.has(key))
        yield `${written > 0 ? ',' : ''}\n${JSON.stringify({ ...row, cells: Object.fromEntries(cells) })}`
        written += 1
      }
    page = next === undefined ? undefined : await read(next)
  }
  if (format === 'json') yield '\n]}\n'
}
