import type { PageFilter } from './schema.ts'

/** Rows of one page of a list. */
export const pageSize = 50

type Search = Record<string, string | string[] | undefined>

/** Reads what narrows and places a list from an address; what is not understood is left out. */
export function readPageFilter(search: Search): PageFilter {
  const one = (value: string | string[] | undefined) => {
    const text = (Array.isArray(value) ? value[0] : value)?.trim().slice(0, 200)
    return text === '' ? undefined : text
  }
  return { q: one(search.q), after: one(search.after), before: one(search.before) }
}

/** A key as text for an address. */
export const cursorOf = (key: readonly string[]): string => JSON.stringify(key)

/** The key that a cursor holds; undefined when somebody wrote it by hand and wrongly. */
export function readCursor(text: string | undefined, parts: number): string[] | undefined {
  try {
    const key: unknown = JSON.parse(text ?? '')
    const whole = Array.isArray(key) && key.length === parts && key.every((part) => typeof part === 'string')
    return whole ? key : undefined
  } catch {
    return undefined
  }
}

/**
 * One page of rows that were read one more than a page, backwards when `before` was asked for, with the cursors of
 * what lies around it.
 */
export function pageOf<Row>(
  found: readonly Row[],
  filter: PageFilter,
  key: (row: Row) => readonly string[],
): { rows: Row[]; next?: string; previous?: string } {
  const back = filter.before !== undefined
  const more = found.length > pageSize
  const rows = back ? found.slice(0, pageSize).reverse() : found.slice(0, pageSize)
  const [first, last] = [rows[0], rows.at(-1)]
  const hasNext = back ? true : more
  const hasPrevious = back ? more : filter.after !== undefined
  return {
    rows,
    ...(hasNext && last ? { next: cursorOf(key(last)) } : {}),
    ...(hasPrevious && first ? { previous: cursorOf(key(first)) } : {}),
  }
}
