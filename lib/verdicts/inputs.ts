import type { Measurement } from '#lib/metrics/read.ts'
import type { Measured, Series, Span } from './placebo.ts'
import { type Checkpoint, type SignalName, signals, type VerdictInput } from './verdict.ts'

export const stepMs = 300_000
const minuteMs = 60_000
const dayMs = 86_400_000
/** Comparable moments lie up to two hours beside the same time two weeks ago, and need six hours before them. */
const reachMs = 14 * dayMs + 8 * 3_600_000
/** Scrapes and rules need a moment until they are there. */
export const settleMs = 90_000

/** Slots are multiples of their length: the last whole one before the sync, the first whole one after the pods were ready. */
export const aligned = (syncedMs: number, finishedMs: number) => ({
  deployedMs: Math.floor(syncedMs / stepMs) * stepMs,
  readyMs: Math.ceil(finishedMs / stepMs) * stepMs,
})

/** From when everything that a checkpoint looks at has happened. */
export const dueMs = (finishedMs: number, checkpoint: number): number =>
  aligned(finishedMs, finishedMs).readyMs + checkpoint * minuteMs + settleMs

/** The moments to ask for: a rate at a moment is about the slot that ends there. */
export function gridFor(readyMs: number, deployedMs: number, checkpoint: Checkpoint) {
  return { fromMs: deployedMs - reachMs, toMs: readyMs + checkpoint * minuteMs, stepMs }
}

type Grid = ReturnType<typeof gridFor>

function seriesOf(grid: Grid, values: readonly (number | null)[] | undefined, times = 1): Series {
  const scaled = (values ?? []).map((value) => (value === null ? null : Math.max(0, value * times)))
  return { startMs: grid.fromMs - stepMs, stepMs, values: scaled }
}

/** Requests a second become requests in a slot; shares keep both of their parts. */
export function measuredOf(
  signal: SignalName,
  given: Extract<Measurement, { is: 'measured' }>,
  grid: Grid,
): Measured {
  const [first, second] = given.lines
  const perSlot = stepMs / 1000
  if (given.ask.shape === 'share') {
    const all = seriesOf(grid, second, perSlot)
    // Where nothing ever failed, nobody counts failures: what was asked and answered is then all well.
    const part = given.noPart
      ? { ...all, values: all.values.map((value) => (value === null ? null : 0)) }
      : seriesOf(grid, first, perSlot)
    return { kind: 'share', part, all }
  }
  if (given.ask.unit === 'per-second' && signal !== 'saturation')
    return { kind: 'count', all: seriesOf(grid, first, perSlot) }
  return { kind: 'level', values: seriesOf(grid, first) }
}

/** What was asked of which signal and what came, to be kept with the verdict. */
export type Asked = { signal: SignalName; profile: string; queries: { name: string; query: string }[] }

/** Signals that could be read, in the order in which they are shown. */
export function collect(
  read: Partial<Record<SignalName, Measurement>>,
  grid: Grid,
): Pick<VerdictInput, 'measured'> & {
  units: NonNullable<VerdictInput['units']>
  asked: Asked[]
  failed: string[]
} {
  const measured: VerdictInput['measured'] = {}
  const units: NonNullable<VerdictInput['units']> = {}
  const asked: Asked[] = []
  const failed: string[] = []
  for (const signal of signals) {
    const given = read[signal]
    if (given?.is === 'failed') failed.push(`${signal}: ${given.detail}`)
    if (given?.is !== 'measured') continue
    measured[signal] = measuredOf(signal, given, grid)
    units[signal] = given.ask.unit
    asked.push({ signal, profile: given.profile, queries: given.ask.queries })
  }
  return { measured, units, asked, failed }
}

/** What an application was deployed otherwise, as spans of time; its release itself is none of them. */
export const spansOf = (rows: readonly { from: Date; to: Date }[]): Span[] =>
  rows.map(({ from, to }) => ({ fromMs: from.getTime(), toMs: Math.max(to.getTime(), from.getTime() + 1) }))
