import { diffArrays } from 'diff'

/** Part of a line: from this character to before that one. */
export type Span = readonly [from: number, to: number]

/** Longer lines are marked as a whole: nobody reads words in them, and finding them takes time. */
const lengthMax = 2000
const editsMax = 60
/** Two lines with less in common than this were not edited into one another. */
const commonMin = 0.3

const tokens = (line: string): string[] => line.match(/[\p{L}\p{N}_]+|\s+|./gu) ?? []

/**
 * The words that differ between a removed line and the added one in its place; null when the lines have so little in
 * common that marks would say nothing.
 */
export function wordsBetween(before: string, after: string): { before: Span[]; after: Span[] } | null {
  if (before.length > lengthMax || after.length > lengthMax) return null
  const parts = diffArrays(tokens(before), tokens(after), { maxEditLength: editsMax })
  if (!parts) return null
  const found = { before: [] as Span[], after: [] as Span[] }
  const at = { before: 0, after: 0 }
  let common = 0
  for (const { value, added, removed } of parts) {
    const text = value.join('')
    for (const side of ['before', 'after'] as const) {
      if (side === 'before' ? added : removed) continue
      if (added || removed) found[side].push([at[side], at[side] + text.length])
      at[side] += text.length
    }
    if (!added && !removed) common += text.trim().length
  }
  const whole = Math.max(before.trim().length, after.trim().length)
  return whole > 0 && common / whole < commonMin ? null : found
}
