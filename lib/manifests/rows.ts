import type { DiffLine, ResourceDiff } from '#lib/plans/plan.ts'
import { type Span, wordsBetween } from './words.ts'

/** How a diff is drawn: one column, two, or as text that other tools take. */
export type DiffView = 'unified' | 'split' | 'raw'
export type DiffLook = { view: DiffView; onlyChanged: boolean }

/** One side of a row: the number of its line and the words in it that differ from the other side. */
export type Cell = { n: number; text: string; marks?: Span[] }
/** What is drawn on one line, `gap` for lines that are the same on both sides and that nobody kept. */
export type Row =
  | { kind: 'gap'; lines: number }
  | { kind: 'same'; before: number; after: number; text: string }
  | { kind: 'changed'; left: Cell | null; right: Cell | null }
  | { kind: 'raw'; text: string }

/** One pair of a removed and an added line, in a run of changes: the first with the first, and so on. */
type Pair = { left: DiffLine | null; right: DiffLine | null }

function* blocksOf(lines: readonly DiffLine[]): Generator<DiffLine | Pair[]> {
  let removed: DiffLine[] = []
  let added: DiffLine[] = []
  const pairs = (): Pair[] =>
    Array.from({ length: Math.max(removed.length, added.length) }, (_, i) => ({
      left: removed[i] ?? null,
      right: added[i] ?? null,
    }))
  for (const line of lines) {
    if (line.kind === 'removed' && added.length === 0) removed.push(line)
    else if (line.kind === 'added') added.push(line)
    else {
      if (removed.length + added.length > 0) yield pairs()
      removed = line.kind === 'removed' ? [line] : []
      added = []
      if (line.kind === 'same') yield line
    }
  }
  if (removed.length + added.length > 0) yield pairs()
}

/** A row whose marks are not found yet: that is the slow part, and only what is looked at needs it. */
type Plain = { row: Row; mate?: { left: string; right: string } }

const cell = (line: DiffLine | null): Cell | null =>
  line && { n: line.before ?? line.after ?? 0, text: line.text }

function plainRows({ hunks }: Pick<ResourceDiff, 'hunks'>, { view, onlyChanged }: DiffLook): Plain[] {
  const rows: Plain[] = []
  let next = 1
  for (const { lines } of hunks) {
    const first = lines.find(({ before }) => before !== undefined)?.before ?? next
    if (!onlyChanged && first > next) rows.push({ row: { kind: 'gap', lines: first - next } })
    next = (lines.findLast(({ before }) => before !== undefined)?.before ?? next - 1) + 1
    for (const block of blocksOf(lines)) {
      if (!Array.isArray(block)) {
        const { before = 0, after = 0, text } = block
        if (!onlyChanged) rows.push({ row: { kind: 'same', before, after, text } })
        continue
      }
      const whole = block.map(
        ({ left, right }): Plain => ({
          row: { kind: 'changed', left: cell(left), right: cell(right) },
          ...(left && right && { mate: { left: left.text, right: right.text } }),
        }),
      )
      if (view === 'split') rows.push(...whole)
      else
        for (const side of ['left', 'right'] as const) rows.push(...whole.flatMap((each) => half(each, side)))
    }
  }
  return rows
}

/** One column shows first what goes, then what comes. */
function half({ row, mate }: Plain, side: 'left' | 'right'): Plain[] {
  if (row.kind !== 'changed' || row[side] === null) return []
  return [
    {
      row: { ...row, [side === 'left' ? 'right' : 'left']: null },
      ...(mate && { mate }),
    },
  ]
}

const signs = { same: ' ', added: '+', removed: '-' } as const

/** The object's part of a patch, as `diff -u` writes it. */
function rawRows({ hunks, kind, namespace, name }: ResourceDiff): Row[] {
  if (hunks.length === 0) return []
  const path = [kind, namespace, name].filter(Boolean).join('/')
  const rows: Row[] = [`--- live/${path}`, `+++ plan/${path}`].map((text) => ({ kind: 'raw', text }))
  for (const { lines } of hunks) {
    const range = (side: 'before' | 'after') => {
      const numbers = lines.flatMap((line) => line[side] ?? [])
      return `${numbers[0] ?? 0},${numbers.length}`
    }
    rows.push({ kind: 'raw', text: `@@ -${range('before')} +${range('after')} @@` })
    for (const line of lines) rows.push({ kind: 'raw', text: signs[line.kind] + line.text })
  }
  return rows
}

/** Characters of one line that are drawn; the raw view has all of them. */
export const lineLengthMax = 2000
const cut = (text: string): string =>
  text.length > lineLengthMax
    ? `${text.slice(0, lineLengthMax)} … ${text.length - lineLengthMax} more characters`
    : text

/** The indentation that all lines share: taken off, what differs stays in sight on a narrow screen. */
function sharedIndent({ hunks }: Pick<ResourceDiff, 'hunks'>): number {
  let least = Number.POSITIVE_INFINITY
  for (const { lines } of hunks)
    for (const { text } of lines) {
      const indent = text.search(/\S/)
      if (indent >= 0 && indent < least) least = indent
    }
  return Number.isFinite(least) ? least : 0
}

/** What is not plain ASCII may take two places, or be spelled out; a tab takes eight. */
function widthOf({ hunks }: Pick<ResourceDiff, 'hunks'>, indent: number): number {
  let most = 0
  for (const { lines } of hunks)
    for (const { text } of lines) {
      let width = text.length - indent
      if (width > lineLengthMax) return width
      if (/[^ -~]/.test(text)) for (const each of text) if (each < ' ' || each > '~') width += 8
      if (width > most) most = width
    }
  return most
}

function finish({ row, mate }: Plain, indent: number): Row {
  if (row.kind === 'same') return { ...row, text: cut(row.text.slice(indent)) }
  if (row.kind !== 'changed') return row
  const words = mate && wordsBetween(mate.left.slice(indent), mate.right.slice(indent))
  const done = (cell: Cell | null, marks: Span[] | undefined) =>
    cell && { ...cell, text: cut(cell.text.slice(indent)), ...(marks && marks.length > 0 && { marks }) }
  return { kind: 'changed', left: done(row.left, words?.before), right: done(row.right, words?.after) }
}

/** `width`: characters of the longest line, by which columns keep their place while rows come and go. */
export type RowPage = { count: number; from: number; width: number; rows: Row[] }

/** Rows `from` to before `from + limit` of one object, and how many it has in all. */
export function rowPage(resource: ResourceDiff, look: DiffLook, from: number, limit: number): RowPage {
  if (look.view === 'raw') {
    const rows = rawRows(resource)
    return { count: rows.length, from, width: widthOf(resource, 0), rows: rows.slice(from, from + limit) }
  }
  const rows = plainRows(resource, look)
  const indent = sharedIndent(resource)
  return {
    count: rows.length,
    from,
    width: Math.min(widthOf(resource, indent), lineLengthMax + 30),
    rows: rows.slice(from, from + limit).map((each) => finish(each, indent)),
  }
}

/** Where the line of an address stands among an object's rows; -1 where it is not drawn. */
export function rowOfLine(resource: ResourceDiff, look: DiffLook, line: string): number {
  const n = Number(line.slice(1))
  return plainRows(resource, look).findIndex(({ row }) => {
    if (row.kind === 'same') return (line[0] === 'l' ? row.before : row.after) === n
    return row.kind === 'changed' && (line[0] === 'l' ? row.left : row.right)?.n === n
  })
}
