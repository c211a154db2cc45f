import { Cron } from 'croner'
import { instant } from '#lib/platform/clock.ts'
import { ok, type Result, refuse } from '#lib/platform/result.ts'

/** A five-field cron schedule over a clock without daylight saving: `next` is strictly after, `last` at or before. */
export type Schedule = {
  everyMinute: boolean
  next: (ms: number) => number | null
  last: (ms: number) => number | null
}

const fields = [
  { max: 59, names: '' },
  { max: 23, names: '' },
  { max: 31, names: '' },
  { max: 12, names: 'jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec' },
  { max: 6, names: 'sun|mon|tue|wed|thu|fri|sat' },
] as const

/** A part as Argo CD's parser takes it. Croner knows more (L, W, #), which Argo CD would refuse. */
function part(text: string, { max, names }: (typeof fields)[number]): string | undefined {
  const value = names ? `(?:\\d{1,2}|${names})` : '\\d{1,2}'
  const match = new RegExp(`^(?:(\\*|\\?)|(${value})(?:-(${value}))?)(?:/(\\d{1,4}))?$`, 'i').exec(text)
  if (!match) return undefined
  const [, star, from, to, step] = match
  if (max === 6 && [from, to].includes('7')) return undefined
  const suffix = step === undefined ? '' : `/${step}`
  if (star) return `*${suffix}`
  // `5/15` means from 5 to the end there; croner wants the end said.
  return to === undefined && step !== undefined ? `${from}-${max}${suffix}` : `${text}`
}

/** Reads a schedule with Argo CD's grammar: five fields, no `@daily`, Sunday is 0, `?` is `*`. */
export function readSchedule(text: string): Result<Schedule, string> {
  const given = text.trim().split(/\s+/)
  const parts = given.map((field, index) => {
    const kind = fields[index]
    const read = kind && field.split(',').map((each) => part(each, kind))
    return read?.every((each) => each !== undefined) ? read.join(',') : undefined
  })
  if (given.length !== 5 || parts.includes(undefined))
    return refuse(`“${text}” is no schedule of five fields`)
  try {
    const cron = new Cron(parts.join(' '), { utcOffset: 0, mode: '5-part', paused: true })
    return ok({
      everyMinute: parts.every((each) => each === '*'),
      next: (ms) => cron.nextRun(instant(ms))?.getTime() ?? null,
      last: (ms) => cron.previousRuns(1, instant(ms + 1))[0]?.getTime() ?? null,
    })
  } catch {
    return refuse(`“${text}” is no schedule of five fields`)
  }
}

const units = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1, us: 1e-3, µs: 1e-3, ns: 1e-6 } as const

/** Milliseconds of a Go duration such as `1h30m`; undefined when it is none, or none that a window can last. */
export function readDuration(text: string): number | undefined {
  if (!/^\+?(?:\d+(?:\.\d*)?(?:h|ms|m|s|us|µs|ns))+$/.test(text)) return undefined
  let total = 0
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d*)?)(h|ms|m|s|us|µs|ns)/g))
    total += Number(amount) * (units[unit as keyof typeof units] ?? 0)
  return Number.isFinite(total) && total >= 1 ? Math.floor(total) : undefined
}
