import { type Expr, type Matcher, SyntaxError422 } from './promql-parse.ts'
import type { Series } from './traffic.ts'

export type Sample = { labels: Record<string, string>; value: number }

const counterWindowMs = 300_000

/** The value of a query at one moment. NaN is dropped, as VictoriaMetrics does; a number is a sample without labels. */
export function evaluate(expr: Expr, series: readonly Series[], atMs: number): Sample[] {
  return value(expr, series, atMs).filter((sample) => !Number.isNaN(sample.value))
}

function value(expr: Expr, series: readonly Series[], atMs: number): Sample[] {
  switch (expr.kind) {
    case 'number':
      return [{ labels: {}, value: expr.value }]
    case 'selector':
      return select(series, expr.matchers).flatMap(({ labels, valueAt }) => {
        const found = valueAt(atMs)
        return found === undefined ? [] : [{ labels, value: found }]
      })
    case 'call':
      return call(expr.name, expr.args, series, atMs)
    case 'aggregate':
      return aggregate(expr, value(expr.arg, series, atMs))
    case 'binary':
      return binary(expr.op, value(expr.left, series, atMs), value(expr.right, series, atMs))
  }
}

const selected = new WeakMap<readonly Matcher[], { among: readonly object[]; found: unknown[] }>()

type Labelled = Pick<Series, 'labels'>

/** Series whose labels match; an absent label equals the empty string. Looked up once for all points of a range. */
export function select<T extends Labelled>(series: readonly T[], matchers: readonly Matcher[]): T[] {
  const known = selected.get(matchers)
  if (known?.among === series) return known.found as T[]
  const found = matching(series, matchers)
  selected.set(matchers, { among: series, found })
  return found
}

function matching<T extends Labelled>(series: readonly T[], matchers: readonly Matcher[]): T[] {
  const tests = matchers.map(({ label, op, value: wanted }) => {
    const matches = op.endsWith('~') ? whole(wanted) : (found: string) => found === wanted
    const wantsMatch = op === '=' || op === '=~'
    return ({ labels }: Labelled) => matches(labels[label] ?? '') === wantsMatch
  })
  return series.filter((one) => tests.every((test) => test(one)))
}

function whole(pattern: string): (found: string) => boolean {
  try {
    const regex = new RegExp(`^(?:${pattern})$`)
    return (found) => regex.test(found)
  } catch {
    throw new SyntaxError422(`cannot parse regexp ${JSON.stringify(pattern)}`)
  }
}

function call(name: string, args: readonly Expr[], series: readonly Series[], atMs: number): Sample[] {
  const [first, second] = args
  if (!first) throw new SyntaxError422(`unexpected number of args for ${name}(); got 0; want at least 1`)
  if (name === 'rate' || name === 'increase') {
    if (first.kind !== 'selector') throw new SyntaxError422(`${name}() needs a series selector`)
    const windowMs = first.windowMs ?? counterWindowMs
    return select(series, first.matchers).flatMap(({ labels, valueAt }) => {
      const [before, now] = [valueAt(atMs - windowMs), valueAt(atMs)]
      if (before === undefined || now === undefined) return []
      const { __name__: _dropped, ...rest } = labels
      return [{ labels: rest, value: name === 'rate' ? (now - before) / (windowMs / 1000) : now - before }]
    })
  }
  if (name === 'last_over_time') {
    if (first.kind !== 'selector') throw new SyntaxError422(`${name}() needs a series selector`)
    const windowMs = first.windowMs ?? counterWindowMs
    return select(series, first.matchers).flatMap(({ labels, valueAt, lastBefore }) => {
      const lastMs = lastBefore(atMs)
      const found = lastMs > atMs - windowMs ? valueAt(lastMs) : undefined
      return found === undefined ? [] : [{ labels, value: found }]
    })
  }
  if (name === 'vector') return value(first, series, atMs)
  if (name === 'histogram_quantile' && second) {
    const [quantile] = value(first, series, atMs)
    return quantiles(quantile?.value ?? Number.NaN, value(second, series, atMs))
  }
  throw new SyntaxError422(`unsupported function ${JSON.stringify(name)}`)
}

function aggregate(expr: Expr & { kind: 'aggregate' }, samples: readonly Sample[]): Sample[] {
  const key = (labels: Record<string, string>) =>
    Object.fromEntries(
      Object.entries(labels).filter(([label]) =>
        expr.without ? label !== '__name__' && !expr.by.includes(label) : expr.by.includes(label),
      ),
    )
  return groups(samples, key).map(({ labels, members }) => {
    const values = members.map((member) => member.value)
    const sum = values.reduce((total, one) => total + one, 0)
    const results: Record<string, number> = {
      sum,
      avg: sum / values.length,
      count: values.length,
      min: Math.min(...values),
      max: Math.max(...values),
    }
    return { labels, value: results[expr.name] ?? Number.NaN }
  })
}

function groups(samples: readonly Sample[], key: (labels: Record<string, string>) => Record<string, string>) {
  const found = new Map<string, { labels: Record<string, string>; members: Sample[] }>()
  for (const sample of samples) {
    const labels = key(sample.labels)
    const name = nameOf(labels)
    const group = found.get(name) ?? { labels, members: [] }
    group.members.push(sample)
    found.set(name, group)
  }
  return [...found.values()]
}

const nameOf = (labels: Record<string, string>) => JSON.stringify(Object.entries(labels).sort())

function binary(op: string, left: readonly Sample[], right: readonly Sample[]): Sample[] {
  const known = new Map(right.map((sample) => [nameOf(withoutName(sample.labels)), sample]))
  if (op === 'or') {
    const taken = new Set(left.map((sample) => nameOf(withoutName(sample.labels))))
    return [...left, ...right.filter((sample) => !taken.has(nameOf(withoutName(sample.labels))))]
  }
  const [only] = right.length === 1 && Object.keys(right[0]?.labels ?? {}).length === 0 ? right : []
  return left.flatMap((sample) => {
    const labels = withoutName(sample.labels)
    const other = known.get(nameOf(labels)) ?? only
    return other ? [{ labels, value: compute(op, sample.value, other.value) }] : []
  })
}

function withoutName({ __name__: _dropped, ...labels }: Record<string, string>): Record<string, string> {
  return labels
}

function compute(op: string, left: number, right: number): number {
  if (op === '+') return left + right
  if (op === '-') return left - right
  return op === '*' ? left * right : left / right
}

/** Linear inside the bucket, as every implementation does; the last finite bound where the rest lies above it. */
function quantiles(quantile: number, samples: readonly Sample[]): Sample[] {
  const bound = (sample: Sample) =>
    sample.labels.le === '+Inf' ? Number.POSITIVE_INFINITY : Number(sample.labels.le)
  return groups(samples, ({ le: _bound, ...labels }) => withoutName(labels)).map(({ labels, members }) => {
    const sorted = members.toSorted((a, b) => bound(a) - bound(b))
    const rank = quantile * (sorted.at(-1)?.value ?? 0)
    const index = sorted.findIndex((sample) => sample.value >= rank)
    const [at, below] = [sorted[index], sorted[index - 1]]
    if (!at || rank === 0) return { labels, value: Number.NaN }
    const [from, to] = [below ? bound(below) : 0, bound(at)]
    if (!Number.isFinite(to)) return { labels, value: from }
    const start = below?.value ?? 0
    return { labels, value: from + ((to - from) * (rank - start)) / (at.value - start) }
  })
}
