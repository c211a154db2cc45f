/** What a page can be looked at over; the choice is in its address. Every step divides an hour. */
export const ranges = ['15m', '1h', '6h', '24h'] as const
export type Range = (typeof ranges)[number]

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
const measures: Record<Range, { lengthMs: number; stepMs: number }> = {
  '15m': { lengthMs: 15 * minuteMs, stepMs: minuteMs / 2 },
  '1h': { lengthMs: hourMs, stepMs: minuteMs },
  '6h': { lengthMs: 6 * hourMs, stepMs: 5 * minuteMs },
  '24h': { lengthMs: dayMs, stepMs: 10 * minuteMs },
}
/** Earlier days that a moment is compared with. */
const daysBack = 7

/** Moments a step apart, both ends included, all multiples of the step: then every backend keeps to it. */
export type Grid = { fromMs: number; toMs: number; stepMs: number }

export const readRange = (text: string | undefined): Range => ranges.find((range) => range === text) ?? '1h'

/** The last `range` before now, or `range` with `aroundMs` in its middle, as far as it has been. */
export function gridOf(range: Range, nowMs: number, aroundMs?: number): Grid {
  const { lengthMs, stepMs } = measures[range]
  const floor = (ms: number) => Math.floor(ms / stepMs) * stepMs
  const latestMs = floor(nowMs)
  if (aroundMs === undefined) return { fromMs: latestMs - lengthMs, toMs: latestMs, stepMs }
  const fromMs = floor(Math.min(aroundMs, nowMs) - lengthMs / 2)
  return { fromMs, toMs: Math.max(fromMs + stepMs, Math.min(fromMs + lengthMs, latestMs)), stepMs }
}

export const pointsOf = ({ fromMs, toMs, stepMs }: Grid): number => Math.round((toMs - fromMs) / stepMs) + 1

/**
 * The same time of day on the days before, one grid for each, `shiftMs` earlier. They begin and end on full hours: what
 * was asked for a minute ago is then asked for in the same words, and found.
 */
export function earlierGrids(grid: Grid): { grid: Grid; shiftMs: number }[] {
  return Array.from({ length: daysBack }, (_, index) => {
    const shiftMs = (index + 1) * dayMs
    const fromMs = Math.floor((grid.fromMs - shiftMs) / hourMs) * hourMs
    const toMs = Math.ceil((grid.toMs - shiftMs) / hourMs) * hourMs
    return { grid: { fromMs, toMs, stepMs: grid.stepMs }, shiftMs }
  })
}

/** A window of `rate(…[w])` that does not overlap the next, and holds at least two scrapes of half a minute. */
export function rateWindow({ stepMs }: Grid): string {
  return `${Math.max(60, stepMs / 1000)}s`
}
