import type uPlot from 'uplot'
import type { Unit } from '#lib/metrics/panel.ts'
import type { Grid } from '#lib/metrics/window.ts'
import { clockIn, measure } from './words.ts'

/** A vertical line in a chart: the release that the page is about is drawn through, others in dashes. */
export type ChartMark = { atMs: number; main: boolean }
export type ChartData = {
  unit: Unit
  /** Drawn on every chart of a page, so that one moment stands above the other. */
  grid: Grid
  lines: { name: string; values: (number | null)[] }[]
  usual: { low: (number | null)[]; median: (number | null)[]; high: (number | null)[] } | null
  marks: readonly ChartMark[]
}

/** Colours as the browser computed them; a canvas knows no tokens. */
export type ChartColours = Record<'ink' | 'faint' | 'line' | 'first' | 'second' | 'band', string>

export const chartHeight = 150

/** Steps of an axis that are round in their unit. */
const steps: Partial<Record<Unit, number[]>> = {
  bytes: Array.from({ length: 50 }, (_, power) => 2 ** power),
  count: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 10_000],
}

/** Columns as uPlot takes them: seconds, lines, and what is usual behind them. */
export function columns({ grid, lines, usual }: ChartData): uPlot.AlignedData {
  const points = Math.max(0, ...lines.map(({ values }) => values.length))
  const x = Array.from({ length: points }, (_, index) => (grid.fromMs + index * grid.stepMs) / 1000)
  return [x, ...(usual ? [usual.low, usual.high, usual.median] : []), ...lines.map(({ values }) => values)]
}

/** Options of one chart. Lines differ in dash as well as in colour; null is a gap and nothing bridges it. */
export function chartOptions(
  data: ChartData,
  colours: ChartColours,
  given: { width: number; zone: string; font: string; onCursor: (index: number | null) => void },
): uPlot.Options {
  const clock = clockIn(given.zone)
  const axis = {
    stroke: colours.faint,
    font: given.font,
    grid: { stroke: colours.line, width: 1 },
    ticks: { show: false },
  }
  const bare = { spanGaps: false, points: { show: false } }
  const usual: uPlot.Series[] = data.usual
    ? [
        { ...bare, stroke: 'transparent' },
        { ...bare, stroke: 'transparent' },
        { ...bare, stroke: colours.faint, width: 1, dash: [2, 3] },
      ]
    : []
  const strokes = [colours.first, colours.second]
  return {
    width: given.width,
    height: chartHeight,
    // Half a label of the time stands to the right of the last moment.
    padding: [10, 20, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 }, focus: { prox: -1 } },
    scales: {
      x: { time: true, range: [data.grid.fromMs / 1000, data.grid.toMs / 1000] },
      y: {
        // From zero, so that a small change does not look like a large one; nothing at all still has a scale.
        range: (_, __, max) => [0, Number.isFinite(max) && max > 0 ? max * 1.1 : 1],
      },
    },
    axes: [
      { ...axis, size: 24, space: 56, values: (_, at) => at.map((second) => clock(second * 1000)) },
      {
        ...axis,
        ...{ size: 58, space: 34 },
        ...(steps[data.unit] && { incrs: steps[data.unit] }),
        values: (_, at) => at.map((value) => measure(value, data.unit)),
      },
    ],
    ...(data.usual && { bands: [{ series: [2, 1] as [number, number], fill: colours.band }] }),
    series: [
      {},
      ...usual,
      ...data.lines.map(
        (_, index): uPlot.Series => ({
          spanGaps: false,
          stroke: strokes[index % 2] ?? colours.first,
          width: index === 0 ? 2 : 1.5,
          ...(index > 0 && { dash: [6, 4] }),
          points: { size: 4 },
        }),
      ),
    ],
    hooks: {
      setCursor: [(plot) => given.onCursor(plot.cursor.idx ?? null)],
      draw: [(plot) => drawMarks(plot, data.marks, colours)],
    },
  }
}

function drawMarks(plot: uPlot, marks: readonly ChartMark[], colours: ChartColours): void {
  const { ctx, bbox } = plot
  const pixels = devicePixelRatio
  ctx.save()
  for (const { atMs, main } of marks) {
    const x = Math.round(plot.valToPos(atMs / 1000, 'x', true))
    if (x < bbox.left || x > bbox.left + bbox.width) continue
    ctx.strokeStyle = main ? colours.ink : colours.faint
    ctx.fillStyle = ctx.strokeStyle
    ctx.lineWidth = (main ? 1.5 : 1) * pixels
    ctx.setLineDash(main ? [] : [3 * pixels, 3 * pixels])
    ctx.beginPath()
    ctx.moveTo(x, bbox.top)
    ctx.lineTo(x, bbox.top + bbox.height)
    ctx.stroke()
    if (!main) continue
    const half = 5 * pixels
    ctx.beginPath()
    ctx.moveTo(x - half, bbox.top - half)
    ctx.lineTo(x + half, bbox.top - half)
    ctx.lineTo(x, bbox.top + half)
    ctx.fill()
  }
  ctx.restore()
}
