import { z } from 'zod'
import type { Labels } from './label.ts'
import { type Grid, pointsOf } from './window.ts'

const metric = z.record(z.string(), z.string())
const sample = z.tuple([z.number(), z.string()])
const answer = <T extends z.ZodType>(resultType: 'matrix' | 'vector', result: T) =>
  z.object({
    status: z.literal('success'),
    isPartial: z.boolean().optional(),
    data: z.object({ resultType: z.literal(resultType), result }),
  })
const matrix = answer('matrix', z.array(z.object({ metric, values: z.array(sample) })))
const vector = answer('vector', z.array(z.object({ metric, value: sample })))

/** One series as answered; NaN and infinities are null, as nothing can be drawn or counted of them. */
export type Line = { labels: Labels; points: readonly (readonly [atS: number, value: number | null])[] }
/** `partial`: a cluster answered although some of its nodes did not. `odd`: values that were no finite number. */
export type Lines = { lines: Line[]; partial: boolean; odd: number }

/** Numbers come as texts, `NaN`, `+Inf` and `-Inf` among them. */
function finite(text: string): number | null {
  const value = text.trim() === '' ? Number.NaN : Number(text)
  return Number.isFinite(value) ? value : null
}

const nameOf = (labels: Labels) => JSON.stringify(Object.entries(labels).sort())

/** The answer of `/api/v1/query_range`; throws when it is anything else. Sorted by labels, as no order is promised. */
export function parseRange(text: string): Lines {
  const { data, isPartial } = matrix.parse(JSON.parse(text))
  const lines = data.result
    .map(({ metric, values }) => ({
      labels: metric,
      points: values.map(([atS, value]) => [atS, finite(value)] as const),
    }))
    .sort((a, b) => (nameOf(a.labels) < nameOf(b.labels) ? -1 : 1))
  const odd = lines.reduce((sum, line) => sum + line.points.filter(([, value]) => value === null).length, 0)
  return { lines, partial: isPartial === true, odd }
}

/** The values of one label in the answer of `/api/v1/query`, each with its number. */
export function parseNames(text: string, label = '__name__'): string[] {
  const { data } = vector.parse(JSON.parse(text))
  return data.result.flatMap(({ metric }) => metric[label] ?? [])
}

/** A series laid on a grid: null where there is no sample. A gap is never filled and never becomes zero. */
export function onGrid(line: Line | undefined, grid: Grid, shiftMs = 0): (number | null)[] {
  const values: (number | null)[] = Array.from({ length: pointsOf(grid) }, () => null)
  for (const [atS, value] of line?.points ?? []) {
    const at = (atS * 1000 + shiftMs - grid.fromMs) / grid.stepMs
    const index = Math.round(at)
    // What lies between two moments is about neither of them.
    if (Math.abs(at - index) < 0.01 && index >= 0 && index < values.length) values[index] = value
  }
  return values
}

/** `part` of `whole` point by point; null where there is no whole, because nothing of nothing is not zero. */
export function shareOf(
  part: readonly (number | null)[],
  whole: readonly (number | null)[],
  /** Nobody ever counted a part: then all of the whole is without it. */
  noPart: boolean,
): (number | null)[] {
  return whole.map((all, index) => {
    if (all === null || all <= 0) return null
    const some = noPart ? 0 : (part[index] ?? null)
    return some === null ? null : some / all
  })
}
