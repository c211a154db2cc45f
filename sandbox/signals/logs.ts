import { type Answer, json, text } from './answer.ts'
import { type LogLine, linesBackwards } from './log-lines.ts'
import { onlyLines, piped } from './log-pipes.ts'
import { type Filter, holds, LogSyntaxError, type Pipe, parseLogsql } from './logsql.ts'
import { durationMs } from './promql-parse.ts'
import { momentMs } from './times.ts'
import type { Workload } from './traffic.ts'

/** An answer longer than this is cut; the real one would stream everything. */
const maxLines = 20_000
const defaultStepMs = 86_400_000
const stream = { 'content-type': 'application/stream+json' }

/** The read protocol of VictoriaLogs over simulated lines: `/select/logsql/query` and `/hits`. */
export function serveLogs(
  path: string,
  params: URLSearchParams,
  workloads: readonly Workload[],
  nowMs: number,
): Answer | undefined {
  if (path === '/health') return text(200, 'OK')
  if (path !== '/select/logsql/query' && path !== '/select/logsql/hits') return undefined
  try {
    const query = parseLogsql(params.get('query') ?? '')
    const filters = [...query.filters, ...extraFilters(params)]
    const open = query.ignoresTimeRange
    const fromMs = open ? 0 : (momentMs(params.get('start'), nowMs) ?? 0)
    const toMs = open ? nowMs : Math.min(momentMs(params.get('end'), nowMs) ?? nowMs, nowMs)
    const possible = workloads.filter((workload) => mayMatch(workload, filters))
    const matches = (line: LogLine) => holds(filters, line.fields)
    if (path.endsWith('/hits')) {
      return hits(
        possible.map((workload) => matching(linesBackwards(workload, fromMs, toMs), matches)),
        params,
      )
    }
    const lines = matching(newestFirst(possible, fromMs, toMs), matches)
    if (!onlyLines(query.pipes)) return worked(lines, query.pipes)
    const limits = query.pipes.flatMap((pipe) => (pipe.kind === 'limit' ? [pipe.count] : []))
    const limit = Math.min(maxLines, Number(params.get('limit') || maxLines), ...limits)
    const found = [...take(lines, limit)]
    const sort = query.pipes.find((pipe) => pipe.kind === 'sort')
    if (!(sort?.kind === 'sort' && sort.descending)) found.reverse()
    return {
      status: 200,
      headers: stream,
      body: found.map(toJsonLine).join(''),
    }
  } catch (error) {
    if (error instanceof LogSyntaxError) return text(400, error.message)
    throw error
  }
}

function worked(lines: Iterable<LogLine>, pipes: readonly Pipe[]): Answer {
  const rows = (function* () {
    for (const line of take(lines, maxLines * 5)) yield { _time: timeOf(line), ...line.fields }
  })()
  return { status: 200, headers: stream, body: piped(rows, pipes).map(encoded).join('') }
}

/** Lines of two moments, the earlier left out, oldest first; what `tail` hands on. Null: the query cannot be tailed. */
export function tailed(
  params: URLSearchParams,
  workloads: () => readonly Workload[],
): { next: (fromMs: number, toMs: number) => string } | Answer {
  try {
    const text_ = params.get('query') ?? ''
    const query = parseLogsql(text_)
    if (query.pipes.length > 0)
      return text(
        400,
        `the query [${text_}] cannot be used in live tailing; see https://docs.victoriametrics.com/victorialogs/querying/#live-tailing for details\n`,
      )
    const filters = [...query.filters, ...extraFilters(params)]
    const possible = () => workloads().filter((workload) => mayMatch(workload, filters))
    return {
      next: (fromMs, toMs) =>
        [...newestFirst(possible(), fromMs + 1, toMs)]
          .filter((line) => holds(filters, line.fields))
          .reverse()
          .map(toJsonLine)
          .join(''),
    }
  } catch (error) {
    if (error instanceof LogSyntaxError) return text(400, error.message)
    throw error
  }
}

function* matching(lines: Iterable<LogLine>, test: (line: LogLine) => boolean): Generator<LogLine> {
  for (const line of lines) if (test(line)) yield line
}

function* take(lines: Iterable<LogLine>, count: number): Generator<LogLine> {
  let left = count
  if (left <= 0) return
  for (const line of lines) {
    yield line
    left -= 1
    if (left <= 0) return
  }
}

/** Several workloads' lines in one order, without making more of them than are taken. */
function* newestFirst(workloads: readonly Workload[], fromMs: number, toMs: number): Generator<LogLine> {
  const heads = workloads.flatMap((workload) => {
    const lines = linesBackwards(workload, fromMs, toMs)
    const first = lines.next()
    return first.done ? [] : [{ lines, line: first.value }]
  })
  while (heads.length > 0) {
    const newest = heads.reduce((best, head) => (head.line.atMs > best.line.atMs ? head : best))
    yield newest.line
    const following = newest.lines.next()
    if (following.done) heads.splice(heads.indexOf(newest), 1)
    else newest.line = following.value
  }
}

/** Conditions on what all lines of a workload share decide before any line is made. */
function mayMatch({ app, namespace }: Workload, filters: readonly Filter[]): boolean {
  const constant: Record<string, string> = {
    'kubernetes.pod_namespace': namespace,
    'kubernetes.container_name': app,
    'kubernetes.pod_labels.app.kubernetes.io/name': app,
  }
  return filters.every(({ field, test }) => !(field in constant) || test(constant[field] ?? '', constant))
}

function extraFilters(params: URLSearchParams): Filter[] {
  return ['extra_filters', 'extra_stream_filters'].flatMap((name) => {
    const given = params.get(name) ?? ''
    if (!given.startsWith('{"')) return given ? parseLogsql(given).filters : []
    return Object.entries(JSON.parse(given) as Record<string, string | string[]>).map(([field, wanted]) => {
      const values = [wanted].flat()
      return { field, test: (found: string) => values.includes(found) }
    })
  })
}

function hits(streams: readonly Iterable<LogLine>[], params: URLSearchParams): Answer {
  const stepMs = durationMs(params.get('step') ?? '') ?? defaultStepMs
  const fields = params.getAll('field')
  const groups = new Map<string, { fields: Record<string, string>; counts: Map<number, number> }>()
  const count = (line: LogLine) => {
    const values = fields.map((field) => line.fields[field] ?? '')
    const name = values.join('\0')
    const fresh = () => ({
      fields: Object.fromEntries(fields.map((field, index) => [field, values[index] ?? ''])),
      counts: new Map<number, number>(),
    })
    const group = groups.get(name) ?? fresh()
    const bucket = Math.floor(line.atMs / stepMs) * stepMs
    group.counts.set(bucket, (group.counts.get(bucket) ?? 0) + 1)
    groups.set(name, group)
  }
  for (const stream of streams) for (const line of stream) count(line)
  const result = [...groups.values()].map(({ fields, counts }) => {
    const sorted = [...counts].sort(([a], [b]) => a - b)
    return {
      fields,
      timestamps: sorted.map(([atMs]) => new Date(atMs).toISOString().replace('.000Z', 'Z')),
      values: sorted.map(([, count]) => count),
      total: sorted.reduce((sum, [, count]) => sum + count, 0),
    }
  })
  return json(200, { hits: result })
}

const timeOf = ({ atMs }: LogLine) => new Date(atMs).toISOString().replace(/\.?0*Z$/, 'Z')

function toJsonLine(line: LogLine): string {
  const { _msg, ...rest } = line.fields
  const named = Object.entries(line.stream).map(([key, value]) => `${key}=${JSON.stringify(value)}`)
  const _stream = `{${named.join(',')}}`
  return encoded({ _time: timeOf(line), _stream_id: streamId(_stream), _stream, _msg: _msg ?? '', ...rest })
}

/** As Go's encoder writes it: no raw markup in JSON. */
const encoded = (row: Record<string, string>): string =>
  `${JSON.stringify(row).replaceAll('<', '\\u003c').replaceAll('>', '\\u003e').replaceAll('&', '\\u0026')}\n`

function streamId(stream: string): string {
  let hash = 0n
  for (const char of stream) hash = BigInt.asUintN(128, hash * 1_000_003n + BigInt(char.codePointAt(0) ?? 0))
  return hash.toString(16).padStart(48, '0')
}
