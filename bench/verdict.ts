import type { Measured, Series } from '#lib/verdicts/placebo.ts'
import { judge, type VerdictInput } from '#lib/verdicts/verdict.ts'
import type { Measure, Outcome } from './measure.ts'

const stepMs = 300_000
const dayMs = 86_400_000
const daySlots = dayMs / stepMs
/** Two weeks before, and an hour after. */
const slots = 14 * daySlots + 60
const releaseSlot = 14 * daySlots + 24

/** Mulberry32: the same seed gives the same services for ever. */
function randomOf(seed: number) {
  let state = seed >>> 0
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
  let spare: number | undefined
  const normal = () => {
    if (spare !== undefined) {
      const kept = spare
      spare = undefined
      return kept
    }
    const length = Math.sqrt(-2 * Math.log(1 - uniform()))
    const angle = 2 * Math.PI * uniform()
    spare = length * Math.sin(angle)
    return length * Math.cos(angle)
  }
  const poisson = (mean: number) => {
    if (mean > 60) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal()))
    const limit = Math.exp(-mean)
    let count = 0
    for (let product = uniform(); product > limit; product *= uniform()) count += 1
    return count
  }
  const between = (low: number, high: number) => low * (high / low) ** uniform()
  return { uniform, normal, poisson, between }
}

/** What a service is like: requests a second, share that fails, how strongly each swings, how long a swing lasts. */
type Nature = {
  rps: number
  errors: number
  season: number
  noise: number
  memory: number
  drift: number
  bursts: number
}

function natureOf({ uniform, between }: ReturnType<typeof randomOf>): Nature {
  return {
    rps: between(1, 100),
    errors: between(0.005, 0.05),
    season: 0.1 + 0.4 * uniform(),
    noise: between(0.05, 0.25),
    memory: [0, 0.5, 0.8, 0.95][Math.floor(uniform() * 4)] ?? 0,
    drift: 0.02 * uniform(),
    bursts: uniform() < 0.5 ? 0.5 : 0,
  }
}

/** What the release does to errors and to latency, times; 1 is nothing. */
type Injected = { errors: number; latency: number }

/** Two weeks of a service with daily rhythm, lasting noise, drift and bursts, and an hour with what the release did. */
function simulate(random: ReturnType<typeof randomOf>, nature: Nature, injected: Injected) {
  const { rps, errors, season, noise, memory, drift, bursts } = nature
  const { normal, uniform, poisson } = random
  const fresh = Math.sqrt(1 - memory * memory) * noise
  const phase = uniform() * 2 * Math.PI
  const [all, failed, latency] = [
    new Array<number>(slots),
    new Array<number>(slots),
    new Array<number>(slots),
  ]
  let [level, ofErrors, ofLatency, wander, burst] = [
    noise * normal(),
    noise * normal(),
    noise * normal(),
    0,
    0,
  ]
  for (let slot = 0; slot < slots; slot++) {
    level = memory * level + fresh * normal()
    ofErrors = memory * ofErrors + fresh * normal()
    ofLatency = memory * ofLatency + fresh * normal()
    wander += (drift * normal()) / Math.sqrt(daySlots)
    burst = burst > 0 ? burst - 1 : uniform() < bursts / daySlots ? 1 + Math.floor(3 * uniform()) : 0
    const rhythm = 1 + season * Math.sin(phase + (2 * Math.PI * slot) / daySlots)
    const [timesErrors, timesLatency] = slot >= releaseSlot ? [injected.errors, injected.latency] : [1, 1]
    const requests = poisson(rps * (stepMs / 1000) * rhythm * Math.exp(level / 2 + wander))
    const share = Math.min(0.9, errors * timesErrors * Math.exp(ofErrors + wander) * (burst > 0 ? 4 : 1))
    all[slot] = requests
    failed[slot] = Math.min(requests, poisson(requests * share))
    latency[slot] = 0.2 * timesLatency * rhythm ** 0.5 * Math.exp(ofLatency + wander) * (burst > 0 ? 1.5 : 1)
  }
  return { all, failed, latency }
}

function inputOf({ all, failed, latency }: ReturnType<typeof simulate>): VerdictInput {
  // A Monday, so that the two weeks before hold all days.
  const startMs = Date.UTC(2026, 9, 26)
  const series = (values: number[]): Series => ({ startMs, stepMs, values })
  const atMs = startMs + releaseSlot * stepMs
  const errors: Measured = { kind: 'share', part: series(failed), all: series(all) }
  return {
    checkpoint: 15,
    ...{ deployedMs: atMs, readyMs: atMs, deployments: [], events: [], beside: [] },
    measured: {
      errors,
      latency: { kind: 'level', values: series(latency) },
      traffic: { kind: 'count', all: series(all) },
    },
  }
}

/** What a dashboard's before and after come to: the shares differ (z > 1.64), or the latency points do (Mann-Whitney, 5 %). */
function naive({ all, failed, latency }: ReturnType<typeof simulate>): boolean {
  const sum = (values: number[], from: number, to: number) =>
    values.slice(from, to).reduce((a, b) => a + b, 0)
  const [before, after] = [releaseSlot - 6, releaseSlot + 3]
  const [na, ea] = [sum(all, releaseSlot, after), sum(failed, releaseSlot, after)]
  const [nb, eb] = [sum(all, before, releaseSlot), sum(failed, before, releaseSlot)]
  const pooled = (ea + eb) / (na + nb)
  const z = (ea / na - eb / nb) / Math.sqrt(pooled * (1 - pooled) * (1 / na + 1 / nb))
  const [was, is] = [latency.slice(before, releaseSlot), latency.slice(releaseSlot, after)]
  const u = is.reduce((wins, each) => wins + was.filter((other) => each > other).length, 0)
  // Of the 84 ways to order three among six, 4 have at least 16 of 18 wins.
  return z > 1.64 || u >= 16
}

type Arm = { found: number; naive: number; silent: number; of: number }
const share = ({ found, of }: { found: number; of: number }) => (100 * found) / of
const percent = (
  id: string,
  what: string,
  value: number,
  goal: number,
  better: Measure['better'],
  telling = true,
): Measure => ({
  ...{ id, what, value: Number(value.toFixed(2)), goal, better, unit: '%', noise: 0, load: 0 },
  pass: telling && (better === 'lower' ? value <= goal : value >= goal),
})

/**
 * How often a verdict of 15 minutes says "worse" of simulated releases: of those that did nothing, and of those that
 * doubled the errors. Services are drawn anew for each release. The naive test on the same data is the control.
 */
export async function verdicts(say: (line: string) => void, releases = 12_000): Promise<Outcome> {
  const arms: Record<string, { injected: Injected } & Arm> = {
    nothing: { injected: { errors: 1, latency: 1 }, found: 0, naive: 0, silent: 0, of: 0 },
    errors: { injected: { errors: 2, latency: 1 }, found: 0, naive: 0, silent: 0, of: 0 },
    latency: { injected: { errors: 1, latency: 1.5 }, found: 0, naive: 0, silent: 0, of: 0 },
  }
  const cells = new Map<string, { found: number; of: number }>()
  const names = Object.keys(arms)
  for (let n = 0; n < releases; n++) {
    const arm = arms[names[n % names.length] ?? '']
    if (!arm) continue
    const random = randomOf(n + 1)
    const nature = natureOf(random)
    const made = simulate(random, nature, arm.injected)
    const { answer } = judge(inputOf(made))
    arm.of += 1
    if (answer === 'worse') arm.found += 1
    if (answer === 'inconclusive') arm.silent += 1
    if (naive(made)) arm.naive += 1
    if (arm === arms.errors) {
      const cell = `${nature.rps < 3 ? '1–3' : nature.rps < 10 ? '3–10' : '10–100'} requests/s, ${nature.errors < 0.015 ? '0.5–1.5' : '1.5–5'} % errors`
      const known = cells.get(cell) ?? { found: 0, of: 0 }
      cells.set(cell, { found: known.found + (answer === 'worse' ? 1 : 0), of: known.of + 1 })
    }
    if (n % 3000 === 2999) say(`${n + 1} simulated releases judged`)
  }
  const { nothing, errors, latency } = arms
  if (!nothing || !errors || !latency) throw new Error('an arm is missing')
  const naiveOf = (arm: Arm) => (100 * arm.naive) / arm.of
  // Where a test that is known to be wrong raises no false alarms either, the services are too tame to count.
  const telling = naiveOf(nothing) > 5
  return {
    measures: [
      percent(
        'V1',
        `false alarms of ${nothing.of} releases that did nothing`,
        share(nothing),
        5,
        'lower',
        telling,
      ),
      percent(
        'V2',
        `found of ${errors.of} releases that doubled the errors, in 15 minutes`,
        share(errors),
        90,
        'higher',
      ),
    ],
    notes: [
      `naive before and after: ${naiveOf(nothing).toFixed(1)} % false alarms, ${naiveOf(errors).toFixed(1)} % of doubled errors found`,
      `latency times 1.5: ${share(latency).toFixed(1)} % found, naive ${naiveOf(latency).toFixed(1)} %`,
      `said to be inconclusive: ${((100 * nothing.silent) / nothing.of).toFixed(1)} % of those that did nothing, ${((100 * errors.silent) / errors.of).toFixed(1)} % with doubled errors`,
      ...[...cells]
        .sort()
        .map(
          ([cell, counted]) => `doubled errors at ${cell}: ${share(counted).toFixed(1)} % of ${counted.of}`,
        ),
    ],
  }
}
