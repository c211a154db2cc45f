import type { Figure, Pipe } from './logsql.ts'

export type Row = Record<string, string>

/** Numbers and what looks like one in hexadecimal, as `collapse_nums` takes them out; units stay. */
const numbers = /(?<![\p{L}\d_])(?:0x[\da-f]+|\d+)(?![\d_])/giu

export const collapse = (text: string): string => text.replace(numbers, '<N>')

/** Whether rows only pass through, so that the newest can be taken without looking at all. */
export const onlyLines = (pipes: readonly Pipe[]): boolean =>
  pipes.every((pipe) => pipe.kind === 'limit' || (pipe.kind === 'sort' && pipe.by === '_time'))

/** Rows after all pipes, in the order in which they are written. */
export function piped(rows: Iterable<Row>, pipes: readonly Pipe[]): Row[] {
  let at: Row[] = [...rows]
  for (const pipe of pipes) {
    if (pipe.kind === 'limit') at = at.slice(0, pipe.count)
    else if (pipe.kind === 'copy') at = at.map((row) => ({ ...row, [pipe.to]: row[pipe.from] ?? '' }))
    else if (pipe.kind === 'collapse')
      at = at.map((row) => ({ ...row, [pipe.field]: collapse(row[pipe.field] ?? '') }))
    else if (pipe.kind === 'sort') {
      const order = pipe.descending ? -1 : 1
      at.sort((a, b) => order * compare(a[pipe.by] ?? '', b[pipe.by] ?? ''))
    } else at = grouped(at, pipe.by, pipe.figures)
  }
  return at
}

function grouped(rows: readonly Row[], by: readonly string[], figures: readonly Figure[]): Row[] {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const key = by.map((field) => row[field] ?? '').join('\0')
    const group = groups.get(key)
    if (group) group.push(row)
    else groups.set(key, [row])
  }
  return [...groups.values()].map((group) => ({
    ...Object.fromEntries(by.map((field) => [field, group[0]?.[field] ?? ''])),
    ...Object.fromEntries(figures.map((figure) => [figure.as, worth(group, figure)])),
  }))
}

function worth(group: readonly Row[], { of, field }: Figure): string {
  if (of === 'count') return `${group.length}`
  const values = group.map((row) => row[field] ?? '')
  const wanted = of === 'min' ? -1 : 1
  return values.reduce((best, value) => (compare(value, best) * wanted > 0 ? value : best))
}

/** Numbers as numbers, everything else as text. */
function compare(a: string, b: string): number {
  const [x, y] = [Number(a), Number(b)]
  if (a !== '' && b !== '' && Number.isFinite(x) && Number.isFinite(y)) return x - y
  return a < b ? -1 : a > b ? 1 : 0
}
