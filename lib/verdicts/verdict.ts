import type { Unit } from '#lib/metrics/panel.ts'
import {
  comparable,
  holm,
  type Measured,
  quantile,
  readSpan,
  type Span,
  shift,
  unusual,
  type Windows,
} from './placebo.ts'

/** Changes when the same inputs would give another answer: an old verdict is recomputed by the version it names. */
export const verdictVersion = 1

export const signals = ['errors', 'latency', 'traffic', 'saturation'] as const
export type SignalName = (typeof signals)[number]
/** Those that decide; a change of the others is told, and condemns nothing. */
export const deciding: readonly SignalName[] = ['errors', 'latency']

export type Answer = 'worse' | 'no-change' | 'improved' | 'inconclusive'

/** When each release is judged, in minutes after its pods were ready; once each, never anew with more data. */
export const checkpointsMin = [5, 15, 60, 1440] as const
export type Checkpoint = (typeof checkpointsMin)[number]

/** A fact that needs no statistics: an alert that began afterwards, pods that did not come up. */
export type HardEvent = { kind: 'alert' | 'health'; text: string; atMs: number }

export type VerdictInput = {
  checkpoint: Checkpoint
  /** The sync began; the pods were ready. */
  deployedMs: number
  readyMs: number
  measured: Partial<Record<SignalName, Measured>>
  /** What levels are measured in; shares and counts need none. */
  units?: Partial<Record<SignalName, Unit>>
  /** When else this application was deployed, as far back as the signals go, and after. */
  deployments: readonly Span[]
  events: readonly HardEvent[]
  /** What else was under way, in words: other releases of the namespace, an incident that began before. */
  beside: readonly string[]
}

export type SignalVerdict = {
  signal: SignalName
  answer: Answer
  /** Of `before` and `after`; a count is told as so many a second. */
  unit: Unit
  /** How many times what it would have been without the release; null when nothing can be said. */
  effect: number | null
  /** In which range that lies, as far as comparable moments scatter: 95 of 100. */
  interval: readonly [number, number] | null
  before: number | null
  after: number | null
  /** Comparable moments, and how many of them changed at least as much for the worse. */
  comparable: number
  above: number
  /** A change smaller than this many times could not be told from chance. */
  detectable: number | null
  /** Why it is not more, a sentence each. */
  because: string[]
}

export type Verdict = {
  version: typeof verdictVersion
  checkpoint: Checkpoint
  answer: Answer
  signals: SignalVerdict[]
  events: HardEvent[]
  beside: string[]
}

const minuteMs = 60_000
const alpha = 0.05
const pointsMin = 0.5
const requestsMin = 100
/** A few errors in an hour say little, those of six hours more. Less where another deployment came in between. */
const beforeMs = 360 * minuteMs
const beforeLeastMs = 30 * minuteMs

/** Worse by at least this much, or it does not matter: times, and in the signal's own unit. */
const matters: Record<SignalName, { times: number; least: number; detectableMax: number }> = {
  errors: { times: 1.5, least: 0.001, detectableMax: 2 },
  latency: { times: 1.1, least: 0.02, detectableMax: 2 },
  traffic: { times: 1.5, least: 0, detectableMax: 4 },
  saturation: { times: 1.2, least: 0.05, detectableMax: 2 },
}
const errorsMin = 10
/** Each half of the time after must have gone the same way, if by less: a single burst is no release. */
const halfTimes = 1.1

export function windowsOf({
  deployedMs,
  readyMs,
  checkpoint,
  deployments,
}: Pick<VerdictInput, 'deployedMs' | 'readyMs' | 'checkpoint' | 'deployments'>): Windows {
  const earlier = deployments.filter(({ fromMs }) => fromMs < deployedMs).map(({ toMs }) => toMs)
  const fromMs = Math.min(Math.max(deployedMs - beforeMs, ...earlier), deployedMs - beforeLeastMs)
  return {
    before: { fromMs, toMs: deployedMs },
    after: { fromMs: readyMs, toMs: readyMs + checkpoint * minuteMs },
  }
}

const nothing = {
  effect: null,
  interval: null,
  before: null,
  after: null,
  comparable: 0,
  above: 0,
  detectable: null,
}

type Judged = SignalVerdict & { up: number; down: number; matters: 'worse' | 'better' | null }

function judgeSignal(signal: SignalName, measured: Measured, windows: Windows, input: VerdictInput): Judged {
  const unit = unitOf(signal, measured, input)
  const unable = (because: string, more: Partial<Judged> = {}): Judged => ({
    ...{ signal, unit, answer: 'inconclusive', ...nothing, up: 1, down: 1, matters: null, ...more },
    because: [because],
  })
  const [was, is] = [readSpan(measured, windows.before), readSpan(measured, windows.after)]
  const told = (value: number) =>
    Number.isNaN(value) ? null : measured.kind === 'count' ? (value * 1000) / measured.all.stepMs : value
  const seen = { before: told(was.value), after: told(is.value) }
  const value = shift(measured, windows.before, windows.after, pointsMin)
  if (value === null) {
    const side = was.points < pointsMin ? 'before' : 'after'
    return unable(`Less than half of the time ${side} has data.`, seen)
  }
  if (measured.kind === 'share' && is.events < requestsMin)
    return unable(`${Math.round(is.events)} requests since are too few to judge by.`, seen)
  const others = comparable(measured, windows, input.deployments, pointsMin)
  const enough = Math.ceil(deciding.length / alpha) - 1
  if (others.length < enough)
    return unable(`${others.length} comparable moments are known; it takes ${enough}.`, seen)

  const sorted = Float64Array.from(others).sort()
  const middle = quantile(sorted, 0.5)
  const effect = Math.exp(value - middle)
  const interval = [
    Math.exp(value - quantile(sorted, 0.975)),
    Math.exp(value - quantile(sorted, 0.025)),
  ] as const
  const detectable = Math.exp(quantile(sorted, 0.95) - middle)
  const { up, down, above } = unusual(value, others)
  const limit = matters[signal]
  const change = Math.abs(is.value - is.value / effect)
  const large = change >= limit.least
  const counted = measured.kind === 'share' ? is.part : is.events
  const countable = measured.kind === 'level' || Math.max(counted, counted / effect) >= errorsMin
  const half = halfway(windows)
  const lasts = half.every((span) => {
    const part = shift(measured, windows.before, span, pointsMin)
    return (
      part === null ||
      (effect > 1 ? part - middle > Math.log(halfTimes) : middle - part > Math.log(halfTimes))
    )
  })
  const judged = {
    ...seen,
    signal,
    unit,
    effect,
    interval,
    comparable: others.length,
    above,
    detectable,
    up,
    down,
  }
  if (effect >= limit.times && large && countable && lasts)
    return { ...judged, answer: 'no-change', matters: 'worse', because: [] }
  if (effect <= 1 / limit.times && large && countable && lasts)
    return { ...judged, answer: 'no-change', matters: 'better', because: [] }
  if (detectable > limit.detectableMax)
    return {
      ...judged,
      answer: 'inconclusive',
      matters: null,
      because: [
        `Only a change of ${detectable.toFixed(1)} times would stand out here: it scatters that much by itself.`,
      ],
    }
  return { ...judged, answer: 'no-change', matters: null, because: [] }
}

const levelUnits = { errors: 'number', latency: 'seconds', traffic: 'number', saturation: 'number' } as const

const unitOf = (signal: SignalName, { kind }: Measured, { units }: VerdictInput): Unit =>
  kind === 'share' ? 'share' : kind === 'count' ? 'per-second' : (units?.[signal] ?? levelUnits[signal])

/** The two halves of the time after, where it has more than one slot. */
function halfway({ after: { fromMs, toMs } }: Windows): Span[] {
  if (toMs - fromMs < 10 * minuteMs) return []
  const steps = Math.ceil((toMs - fromMs) / (5 * minuteMs) / 2)
  const middleMs = fromMs + steps * 5 * minuteMs
  return [
    { fromMs, toMs: middleMs },
    { fromMs: middleMs, toMs },
  ]
}

/**
 * Whether a release did harm, by comparing the change that came with it with changes at comparable moments at which
 * nothing was released (a placebo test; facts/observability.md 6.3). Pure: the same input gives the same verdict. Traffic
 * and saturation are judged the same way and told, and do not decide.
 */
export function judge(input: VerdictInput): Verdict {
  const windows = windowsOf(input)
  const next = input.deployments.find(
    ({ fromMs }) => fromMs > input.deployedMs && fromMs < windows.after.toMs,
  )
  const all = signals.flatMap((signal) => {
    const measured = input.measured[signal]
    return measured ? [judgeSignal(signal, measured, windows, input)] : []
  })
  for (const group of [
    all.filter(({ signal }) => deciding.includes(signal)),
    all.filter(({ signal }) => !deciding.includes(signal)),
  ]) {
    const worse = holm(group.map(({ up }) => up))
    const better = holm(group.map(({ down }) => down))
    group.forEach((each, place) => {
      if (each.matters === 'worse' && (worse[place] ?? 1) <= alpha) each.answer = 'worse'
      else if (each.matters === 'better' && (better[place] ?? 1) <= alpha) each.answer = 'improved'
    })
  }
  const told = all.map(
    ({ up: _up, down: _down, matters: _matters, ...each }): SignalVerdict =>
      next && each.answer !== 'inconclusive'
        ? { ...each, answer: 'inconclusive', because: ['Another deployment came before this time was over.'] }
        : each,
  )
  return {
    version: verdictVersion,
    checkpoint: input.checkpoint,
    answer: inSum(told, input.events),
    signals: told,
    events: [...input.events],
    beside: [...input.beside],
  }
}

/** The worst that decides. Nothing is averaged: one bad signal would drown among good ones. */
function inSum(told: readonly SignalVerdict[], events: readonly HardEvent[]): Answer {
  const answers = told.filter(({ signal }) => deciding.includes(signal)).map(({ answer }) => answer)
  if (events.length > 0 || answers.includes('worse')) return 'worse'
  if (answers.length === 0 || answers.includes('inconclusive')) return 'inconclusive'
  return answers.includes('improved') ? 'improved' : 'no-change'
}
