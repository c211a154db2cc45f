import type { ServiceRow } from '#lib/catalog/schema.ts'

/** A row where it was; `gone` when the newest answer has it no longer on this page. */
export type SteadyRow = { row: ServiceRow; gone: boolean }

/** Length of the longest run of numbers that rise, in any distance from each other. */
function longestRise(values: readonly number[]): number {
  const ends: number[] = []
  for (const value of values) {
    const at = ends.findIndex((end) => end >= value)
    if (at === -1) ends.push(value)
    else ends[at] = value
  }
  return ends.length
}

/**
 * What came last in the order that is on the screen: rows change in their places, those that left keep theirs, those
 * that arrived wait. `moved` counts the rows that the newest order would put, take away or bring elsewhere.
 */
export function inOrder(
  shown: readonly ServiceRow[],
  latest: readonly ServiceRow[],
): { rows: SteadyRow[]; moved: number } {
  const places = new Map(latest.map((row, index) => [row.service, index]))
  const rows = shown.map((was): SteadyRow => {
    const row = latest[places.get(was.service) ?? -1]
    return row ? { row, gone: false } : { row: was, gone: true }
  })
  const kept = rows.flatMap(({ row, gone }) => (gone ? [] : [places.get(row.service) ?? 0]))
  const left = rows.length - kept.length
  const arrived = latest.length - kept.length
  return { rows, moved: kept.length - longestRise(kept) + Math.max(left, arrived) }
}
