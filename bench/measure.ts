import { loadavg } from 'node:os'

/** One answer of a bench; `--json` prints it as one line. */
export type Measure = {
  id: string
  what: string
  value: number
  goal: number
  better: 'lower' | 'higher'
  unit: 'x' | 'ms' | 'nodes' | '%' | 'MiB' | '/s'
  pass: boolean
  /** Half the width of the 95 % interval by the value; 0 for what is counted. */
  noise: number
  /** The machine's one-minute load average when it was measured. */
  load: number
}

/** What a bench says for people: measures, and lines about how they came about. */
export type Outcome = { measures: Measure[]; notes: string[] }

type Estimate = { value: number; low: number; high: number }

const round = (value: number, digits: number) => Number(value.toFixed(digits))

/** A measure from an estimate: it passes only if the whole interval meets the goal. */
export function measure(
  given: Pick<Measure, 'id' | 'what' | 'goal' | 'unit'> & { better?: Measure['better'] },
  { value, low, high }: Estimate,
  trusted = true,
): Measure {
  const better = given.better ?? 'lower'
  return {
    ...given,
    value: round(value, given.unit === 'x' ? 3 : 1),
    better,
    pass: trusted && (better === 'lower' ? high <= given.goal : low >= given.goal),
    noise: round((high - low) / 2 / value, 3),
    load: round(loadavg()[0] ?? 0, 2),
  }
}

/** An estimate of what was counted, not sampled. */
export const exact = (value: number): Estimate => ({ value, low: value, high: value })

/** The value below which a share of the samples lies, e.g. `quantile(samples, 0.95)`. NaN without samples. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}

export function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]]
  return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2
}

const resamples = 2000

/** Mulberry32: the same samples give the same interval every time. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A statistic of the samples with its 95 % interval, by drawing from the samples again and again. */
export function bootstrap(samples: readonly number[], statistic: (of: number[]) => number): Estimate {
  const random = seeded(1)
  const draw = () => samples[Math.floor(random() * samples.length)] ?? Number.NaN
  const drawn = Array.from({ length: resamples }, () => statistic(samples.map(draw)))
  return { value: statistic([...samples]), low: quantile(drawn, 0.025), high: quantile(drawn, 0.975) }
}
