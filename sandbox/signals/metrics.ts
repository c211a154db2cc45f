import { type Answer, json, text } from './answer.ts'
import { evaluate, select } from './promql-evaluate.ts'
import { durationMs, parsePromql, SyntaxError422 } from './promql-parse.ts'
import { momentMs } from './times.ts'
import { type Series, seriesOf, type Workload } from './traffic.ts'

const maxPoints = 30_000
const defaultStepMs = 300_000

/** The read protocol of VictoriaMetrics (and so of Prometheus) over simulated traffic. `path` is without prefix. */
export function serveMetrics(
  path: string,
  params: URLSearchParams,
  workloads: readonly Workload[],
  nowMs: number,
): Answer | undefined {
  const series = within(seriesOf(workloads, nowMs), params)
  switch (path) {
    case '/health':
      return text(200, 'OK')
    case '/api/v1/query':
      return instant(params, series, nowMs)
    case '/api/v1/query_range':
      return range(params, series, nowMs)
    case '/api/v1/series':
      return matching(params, series, nowMs)
    case '/api/v1/status/buildinfo':
      return success({})
    case '/api/v1/labels':
      return success([...new Set(series.flatMap((one) => Object.keys(one.labels)))].sort())
    case '/api/v1/query_exemplars':
    case '/api/v1/metadata':
      return success([])
  }
  const label = /^\/api\/v1\/label\/([^/]+)\/values$/.exec(path)?.[1]
  if (label) return success([...new Set(series.flatMap((one) => one.labels[label] ?? []))].sort())
  return undefined
}

/** `extra_label` and `extra_filters` narrow down what every part of a query sees, as the real one does. */
function within(series: readonly Series[], params: URLSearchParams): readonly Series[] {
  const labels = params.getAll('extra_label').map((given) => {
    const [label = '', ...value] = given.split('=')
    return { label, op: '=' as const, value: value.join('=') }
  })
  const filters = [...params.getAll('extra_filters'), ...params.getAll('extra_filters[]')].map((given) => {
    const expr = parsePromql(given)
    return expr.kind === 'selector' ? expr.matchers : []
  })
  const narrowed = labels.length > 0 ? select(series, labels) : series
  return filters.length > 0 ? [...new Set(filters.flatMap((each) => select(narrowed, each)))] : narrowed
}

function instant(params: URLSearchParams, series: readonly Series[], nowMs: number): Answer {
  const query = params.get('query') ?? ''
  const atMs = momentMs(params.get('time'), nowMs) ?? nowMs
  const where = `for (time=${atMs}, step=${durationMs(params.get('step') ?? '') ?? defaultStepMs})`
  return guarded(query, where, () => {
    const result = evaluate(parsePromql(query), series, atMs)
    return success({
      resultType: 'vector',
      result: result.map(({ labels, value }) => ({ metric: labels, value: [atMs / 1000, String(value)] })),
    })
  })
}

function range(params: URLSearchParams, series: readonly Series[], nowMs: number): Answer {
  const query = params.get('query') ?? ''
  const startMs = momentMs(params.get('start'), nowMs) ?? nowMs - defaultStepMs
  const endMs = momentMs(params.get('end'), nowMs) ?? nowMs
  const step = params.get('step') ?? ''
  const stepMs = step === '' ? defaultStepMs : durationMs(step)
  if (!stepMs) return failure(`cannot parse step=${step}`)
  const where = `on the time range (start=${startMs}, end=${endMs}, step=${stepMs})`
  return guarded(query, where, () => {
    const points = Math.floor((endMs - startMs) / stepMs) + 1
    if (points > maxPoints) {
      const asked = `step=${stepMs}, start=${startMs} and end=${endMs}: ${points}`
      throw new TooManyPoints(
        `too many points for the given ${asked}; cannot exceed -search.maxPointsPerTimeseries=${maxPoints}`,
      )
    }
    const expr = parsePromql(query)
    const lines = new Map<string, { metric: Record<string, string>; values: [number, string][] }>()
    for (let atMs = startMs; atMs <= endMs; atMs += stepMs) {
      for (const { labels, value } of evaluate(expr, series, atMs)) {
        const name = JSON.stringify(Object.entries(labels).sort())
        const line = lines.get(name) ?? { metric: labels, values: [] }
        line.values.push([atMs / 1000, String(value)])
        lines.set(name, line)
      }
    }
    return success({ resultType: 'matrix', result: [...lines.values()] })
  })
}

function matching(params: URLSearchParams, series: readonly Series[], nowMs: number): Answer {
  const endMs = momentMs(params.get('end'), nowMs) ?? nowMs
  const queries = params.getAll('match[]')
  if (queries.length === 0) return failure('missing `match[]` arg')
  return guarded(queries.join(), 'of series', () => {
    const found = queries.flatMap((query) => {
      const expr = parsePromql(query)
      if (expr.kind !== 'selector') throw new SyntaxError422('expecting metricSelector')
      return select(series, expr.matchers)
    })
    const live = [...new Set(found)].filter((one) => one.valueAt(Math.min(endMs, nowMs)) !== undefined)
    return success(live.map((one) => one.labels).slice(0, Number(params.get('limit') ?? 30_000) || 30_000))
  })
}

class TooManyPoints extends Error {}

function guarded(query: string, where: string, answer: () => Answer): Answer {
  try {
    return answer()
  } catch (error) {
    const prefix = `error when executing query=${JSON.stringify(query)} ${where}: `
    if (error instanceof TooManyPoints) return failure(prefix + error.message)
    if (error instanceof SyntaxError422) return failure(`${prefix}cannot execute query: ${error.message}`)
    throw error
  }
}

const success = (data: unknown) => json(200, { status: 'success', data })
const failure = (error: string) => json(422, { status: 'error', errorType: '422', error })
