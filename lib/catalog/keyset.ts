import type { MatrixFilter } from './schema.ts'

/** A part of the list with an order of its own; parts stand one after another. */
export type Part = {
  /** 0 and up; holds its meaning while somebody pages. */
  n: number
  which: 'pinned' | 'all' | 'my-teams' | 'other-teams'
  rank?: number
  /** What the part is ordered by, all of it ascending; the last one tells services apart. */
  by: readonly KeyName[]
}
export type KeyName = 'rank' | 'team' | 'recency' | 'service'

/** Where a page begins: after (or, going back, before) this service. */
export type Cursor = { back: boolean; from: number; part: number; key: readonly (string | number)[] }

const ranksInOrder = [1, 2, 3, 4]

/**
 * The parts of the matrix in an order. By need: first what waits for the viewer, then by rank, and of one rank the
 * viewer's own teams first.
 */
export function partsOf(sort: MatrixFilter['sort'], has: { pinned: boolean; myTeams: boolean }): Part[] {
  if (sort === 'name') return [{ n: 0, which: 'all', by: ['service'] }]
  if (sort === 'deployed') return [{ n: 0, which: 'all', by: ['recency', 'service'] }]
  if (sort === 'team')
    return has.myTeams
      ? [
          { n: 0, which: 'my-teams', by: ['team', 'rank', 'service'] },
          { n: 1, which: 'other-teams', by: ['team', 'rank', 'service'] },
        ]
      : [{ n: 1, which: 'all', by: ['team', 'rank', 'service'] }]
  const pinned: Part[] = has.pinned ? [{ n: 0, which: 'pinned', by: ['service'] }] : []
  if (!has.myTeams) return [...pinned, { n: 1, which: 'all', by: ['rank', 'service'] }]
  const teams = ranksInOrder.flatMap((rank): Part[] => [
    { n: 2 * rank, which: 'my-teams', rank, by: ['service'] },
    { n: 2 * rank + 1, which: 'other-teams', rank, by: ['service'] },
  ])
  return [...pinned, ...teams]
}

/** The parts that a page still needs, in the order in which it reads them. */
export function partsFrom(parts: readonly Part[], cursor: Cursor | undefined): Part[] {
  if (!cursor) return [...parts]
  const { back, part } = cursor
  const left = parts.filter(({ n }) => (back ? n <= part : n >= part))
  return back ? left.reverse() : left
}

const toText = (bytes: string) => Buffer.from(bytes).toString('base64url')

/** A cursor as it stands in an address. */
export const writeCursor = ({ back, from, part, key }: Cursor): string =>
  toText(JSON.stringify([back ? 1 : 0, from, part, ...key]))

/** What an address says; anything that we did not write is the first page. */
export function readCursor(text: string | undefined): Cursor | undefined {
  if (!text) return undefined
  let read: unknown
  try {
    read = JSON.parse(Buffer.from(text, 'base64url').toString())
  } catch {
    return undefined
  }
  if (!Array.isArray(read) || read.length < 4 || read.length > 6) return undefined
  const [back, from, part, ...key] = read as unknown[]
  const whole = [from, part].every((each) => Number.isSafeInteger(each) && Number(each) >= 0)
  const known = key.every((each) => typeof each === 'string' || Number.isSafeInteger(each))
  if (!whole || !known || typeof key.at(-1) !== 'string') return undefined
  // Postgres takes no NUL in a text.
  if (key.some((each) => String(each).includes('\0'))) return undefined
  return { back: back === 1, from: Number(from), part: Number(part), key: key as (string | number)[] }
}

/** Whether the key is one of a part with this order. */
export const fits = (key: Cursor['key'], by: readonly KeyName[]): boolean =>
  key.length === by.length &&
  by.every((name, index) => {
    const value = key[index]
    if (name === 'recency') return /^-?\d{1,19}$/.test(String(value))
    return name === 'rank' ? Number.isInteger(value) && Number(value) < 10 : typeof value === 'string'
  })
