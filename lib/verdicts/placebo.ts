/** Values of one signal on a grid of `stepMs`; `values[i]` is about [startMs + i·stepMs, + stepMs), null where there is none. */
export type Series = { startMs: number; stepMs: number; values: readonly (number | null)[] }

/** A signal as it was measured: events out of all events, or a level such as seconds. */
export type Measured =
  | { kind: 'share'; part: Series; all: Series }
  | { kind: 'count'; all: Series }
  | { kind: 'level'; values: Series }

/** Half-open, in epoch milliseconds. */
export type Span = { fromMs: number; toMs: number }

/** What a signal was over a span. `events`: how many counted, for shares; `points`: how much of the span has data, 0 to 1. */
export type Reading = { value: number; part: number; events: number; points: number }

const slotsOf = ({ startMs, stepMs, values }: Series, { fromMs, toMs }: Span) => {
  const first = Math.max(0, Math.ceil((fromMs - startMs) / stepMs))
  const past = Math.min(values.length, Math.floor((toMs - startMs) / stepMs))
  return { first, past, wanted: Math.max(1, Math.floor((toMs - fromMs) / stepMs)) }
}

function median(sorted: Float64Array): number {
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2
}

/** Sums a span; a slot counts only where both series have it. Half an event is added so that none is not nothing. */
export function readSpan(signal: Measured, span: Span): Reading {
  const main = signal.kind === 'level' ? signal.values : signal.all
  const { first, past, wanted } = slotsOf(main, span)
  if (signal.kind === 'level') {
    const found = new Float64Array(Math.max(0, past - first))
    let n = 0
    for (let i = first; i < past; i++) {
      const value = main.values[i]
      if (value !== null && value !== undefined) found[n++] = value
    }
    return { value: median(found.subarray(0, n).sort()), part: 0, events: n, points: n / wanted }
  }
  let [all, part, n] = [0, 0, 0]
  for (let i = first; i < past; i++) {
    const total = main.values[i]
    const some = signal.kind === 'share' ? signal.part.values[i] : 0
    if (total === null || total === undefined || some === null || some === undefined) continue
    all += total
    part += some
    n += 1
  }
  const value = signal.kind === 'share' ? (part + 0.5) / (all + 1) : (all + 0.5) / Math.max(1, n)
  return { value, part, events: all, points: n / wanted }
}

/** Below this a level is noise: division by nearly nothing would make a change of it look large. */
const floorOf: Record<Measured['kind'], number> = { share: 0, count: 0, level: 1e-6 }

/** How much larger it is after than before, as a logarithm; null where one side has too few points. */
export function shift(signal: Measured, before: Span, after: Span, pointsMin: number): number | null {
  const [was, is] = [readSpan(signal, before), readSpan(signal, after)]
  if (was.points < pointsMin || is.points < pointsMin) return null
  const floor = floorOf[signal.kind]
  return Math.log(Math.max(is.value, floor) / Math.max(was.value, floor))
}

const dayMs = 86_400_000
const quarterMs = 900_000
const nearMs = 7_200_000

export type Windows = { before: Span; after: Span }

const moved = ({ fromMs, toMs }: Span, byMs: number): Span => ({ fromMs: fromMs + byMs, toMs: toMs + byMs })
const touches = (a: Span, b: Span) => a.fromMs < b.toMs && b.fromMs < a.toMs
/** In UTC; 1 January 1970 was a Thursday. */
const isWeekend = (ms: number) => [0, 6].includes((Math.floor(ms / dayMs) + 4) % 7)

/**
 * The same statistic at moments like this one at which nothing was deployed: the same time of day, within two hours each
 * way every quarter of an hour, on each of the days before. Weekdays are compared with weekdays where two weeks are known.
 * Windows that touch a real deployment or lack data are left out.
 */
export function comparable(
  signal: Measured,
  windows: Windows,
  deployments: readonly Span[],
  pointsMin: number,
): number[] {
  const main = signal.kind === 'level' ? signal.values : signal.all
  const days = Math.floor((windows.before.fromMs - main.startMs - nearMs) / dayMs)
  const weekend = isWeekend(windows.after.fromMs)
  const found: number[] = []
  for (let day = 1; day <= Math.min(days, 14); day++) {
    if (days >= 14 && isWeekend(windows.after.fromMs - day * dayMs) !== weekend) continue
    for (let offset = -nearMs; offset <= nearMs; offset += quarterMs) {
      const byMs = offset - day * dayMs
      const whole = moved({ fromMs: windows.before.fromMs, toMs: windows.after.toMs }, byMs)
      if (deployments.some((each) => touches(each, whole))) continue
      const value = shift(signal, moved(windows.before, byMs), moved(windows.after, byMs), pointsMin)
      if (value !== null) found.push(value)
    }
  }
  return found
}

/** The value below which this share of `sorted` lies, between neighbours in proportion. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const place = (sorted.length - 1) * share
  const low = sorted[Math.floor(place)] ?? Number.NaN
  const high = sorted[Math.ceil(place)] ?? Number.NaN
  return low + (high - low) * (place - Math.floor(place))
}

/** The probability of a comparable moment at least as extreme, upwards and downwards; never 0 (Davison and Hinkley 1997, 4.2). */
export function unusual(
  value: number,
  others: readonly number[],
): { up: number; down: number; above: number } {
  const above = others.filter((each) => each >= value).length
  const below = others.filter((each) => each <= value).length
  return { up: (1 + above) / (others.length + 1), down: (1 + below) / (others.length + 1), above }
}

/** Holm's adjustment (1979): the probabilities corrected for how many were looked at, in the order given. */
export function holm(probabilities: readonly number[]): number[] {
  const order = probabilities.map((p, index) => ({ p, index })).sort((a, b) => a.p - b.p)
  const adjusted = new Array<number>(probabilities.length).fill(1)
  let highest = 0
  order.forEach(({ p, index }, place) => {
    highest = Math.max(highest, Math.min(1, p * (probabilities.length - place)))
    adjusted[index] = highest
  })
  return adjusted
}
