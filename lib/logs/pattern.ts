import { type Instant, instant } from '#lib/platform/clock.ts'
import type { JsonLines } from './line.ts'
import { patternsMax } from './logsql.ts'

/** A message with its numbers taken out, as one side of the comparison counted it. */
export type Pattern = { text: string; count: number; first: Instant | null; example: string }

/** One side: its patterns, how long it was, and whether there were more than are counted. */
export type Side = { patterns: Pattern[]; lengthMs: number; cut: boolean }

export type PatternChange = Pattern & {
  kind: 'new' | 'grown'
  /** Lines before, in a time as long as the one after. 0 for a new one. */
  expected: number
  /** How many times as many as expected; null for a new one. */
  ratio: number | null
}

export type Patterns = {
  changes: PatternChange[]
  /** Known before and not grown. */
  same: number
  /** Some rare patterns before were not counted: "new" then means "not among the most frequent before". */
  cut: boolean
  after: number
}

/** Growth below this may be chance: at least twice as many, three deviations above, ten lines. */
const growth = { ratio: 2, deviations: 3, linesMin: 10 }

/** One side from the rows of `patternsQuery`. Rows without a count are left out. */
export function sideOf(answer: JsonLines, lengthMs: number): Side {
  const patterns = answer.rows.flatMap((row): Pattern[] => {
    const count = Number(row.n)
    if (!Number.isFinite(count) || count <= 0) return []
    const text = row._msg ?? ''
    const firstMs = Date.parse(row.first ?? '')
    const first = Number.isNaN(firstMs) ? null : instant(firstMs)
    return [{ text, count, first, example: row.example ?? text }]
  })
  return { patterns, lengthMs, cut: answer.rows.length >= patternsMax }
}

/** What is new and what grew since the release, the most frequent first, new ones before grown ones. */
export function comparePatterns(before: Side, after: Side): Patterns {
  const known = new Map(before.patterns.map((pattern) => [pattern.text, pattern.count]))
  const share = before.lengthMs > 0 ? after.lengthMs / before.lengthMs : 0
  const changes = after.patterns.flatMap((pattern): PatternChange[] => {
    const earlier = known.get(pattern.text)
    if (earlier === undefined) return [{ ...pattern, kind: 'new', expected: 0, ratio: null }]
    const expected = earlier * share
    const enough = pattern.count >= growth.linesMin && pattern.count >= growth.ratio * expected
    if (!enough || pattern.count - expected < growth.deviations * Math.sqrt(expected + 1)) return []
    return [{ ...pattern, kind: 'grown', expected, ratio: expected > 0 ? pattern.count / expected : null }]
  })
  changes.sort((a, b) => (a.kind === b.kind ? b.count - a.count : a.kind === 'new' ? -1 : 1))
  return {
    changes,
    same: after.patterns.length - changes.length,
    cut: before.cut,
    after: after.patterns.length,
  }
}
