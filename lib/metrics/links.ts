import { type Instant, instant } from '#lib/platform/clock.ts'
import { type Labels, selector } from './label.ts'

/** The time a link is about, both ends included. */
export type Window = { from: Instant; to: Instant }

/** What a release is judged by at a glance, for links; verdicts have their own queries. */
export function releaseQueries(labels: Labels): string[] {
  const where = selector(labels)
  const errors = selector({ ...labels }).replace(
    /\}$/,
    `${Object.keys(labels).length > 0 ? ',' : ''}code=~"5.."}`,
  )
  return [
    `sum(rate(http_requests_total${where}[5m]))`,
    `sum(rate(http_requests_total${errors}[5m]))`,
    `histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket${where}[5m])))`,
    `max(container_memory_working_set_bytes${where})`,
  ]
}

/**
 * VictoriaMetrics' own UI. `url` is where people open it, for a cluster with `/select/<tenant>`. Without
 * queries it opens empty. (Format: vmui source; see docs of `g0.relative_time`.)
 */
export function vmuiLink(given: {
  url: string
  queries: readonly string[]
  window: Window
  stepMs?: number
}): string {
  const queries = given.queries.map((query, i): [string, string] => [`g${i}.expr`, query])
  const step: [string, string][] =
    given.stepMs === undefined ? [] : [['g0.step_input', duration(given.stepMs)]]
  const parameters = [
    ...queries,
    ...windowParameters(given.window),
    ...step,
    ['g0.tab', '0'] as [string, string],
  ]
  return `${given.url.replace(/\/$/, '')}/vmui/#/?${hashQuery(parameters)}`
}

/**
 * The window as the Victoria UIs take it: a length and an end in UTC without a zone, to the second, widened
 * so that nothing is cut off. Without `relative_time=none` their default of 30 minutes would win.
 */
export function windowParameters({ from, to }: Window): [string, string][] {
  const startMs = Math.floor(Date.parse(from) / 1000) * 1000
  const endMs = Math.ceil(Date.parse(to) / 1000) * 1000
  return [
    ['g0.range_input', duration(Math.max(1000, endMs - startMs))],
    ['g0.end_input', instant(endMs).slice(0, 19)],
    ['g0.relative_time', 'none'],
  ]
}

/** Parameters behind the `#`, where a plus sign would stay a plus sign. */
export function hashQuery(parameters: readonly (readonly [string, string])[]): string {
  return parameters.map(([name, value]) => `${name}=${encodeURIComponent(value.toWellFormed())}`).join('&')
}

function duration(lengthMs: number): string {
  const units = [
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1000],
  ] as const
  for (const [unit, unitMs] of units) if (lengthMs % unitMs === 0) return `${lengthMs / unitMs}${unit}`
  return `${lengthMs}ms`
}
