import { z } from 'zod'
import { type Instant, instant } from '#lib/platform/clock.ts'
import { type Level, type LogFields, readLevel } from './logsql.ts'

/** One line as pages show it. Every text in it was written by whoever wanted to: show it through `visible()`. */
export type LogLine = {
  at: Instant
  level: Level | null
  text: string
  version: string | null
  pod: string | null
  /** Tells lines of the same moment apart, and the same line read twice. */
  key: string
}

const record = z.record(z.string(), z.string())
const textMax = 4_000
const podFields = ['kubernetes.pod_name', 'pod', 'k8s.pod.name', 'host.name']

/** Answers in JSON lines: what could be read, and how much could not. `said` is the first of that (an error mid-stream). */
export type JsonLines = { rows: Record<string, string>[]; bad: number; said: string | null }

/** One line of an answer; null when it is none (VictoriaLogs writes an error that comes late as plain text). */
export function parseRow(line: string): Record<string, string> | null {
  try {
    const parsed = record.safeParse(JSON.parse(line))
    return parsed.success ? parsed.data : null
  } catch {
    return null
  }
}

/** Parses a whole answer line by line; at most `rowsMax` rows are kept. */
export function parseJsonLines(text: string, rowsMax = Number.POSITIVE_INFINITY): JsonLines {
  const answer: JsonLines = { rows: [], bad: 0, said: null }
  for (let from = 0; from < text.length && answer.rows.length < rowsMax; ) {
    const found = text.indexOf('\n', from)
    const end = found < 0 ? text.length : found
    const line = text.slice(from, end).trim()
    from = end + 1
    if (line === '') continue
    const row = parseRow(line)
    if (row) answer.rows.push(row)
    else {
      answer.bad += 1
      answer.said ??= line.slice(0, 300)
    }
  }
  return answer
}

/** Text that arrives in parts, handed on line by line; a line longer than `lengthMax` is dropped and counted. */
export function createSplitter(lengthMax = 300_000) {
  const decoder = new TextDecoder()
  let rest = ''
  let dropping = false
  let dropped = 0
  return {
    dropped: () => dropped,
    push(part: Uint8Array): string[] {
      const lines = (rest + decoder.decode(part, { stream: true })).split('\n')
      rest = lines.pop() ?? ''
      if (dropping && lines.length > 0) {
        lines.shift()
        dropping = false
      }
      if (rest.length > lengthMax) {
        dropped += dropping ? 0 : 1
        dropping = true
        rest = ''
      }
      return lines.filter((line) => line.trim() !== '')
    },
  }
}

/** A row as a line, or null: without a time it is none. */
export function lineOf(row: Record<string, string>, fields: LogFields): LogLine | null {
  const ms = Date.parse(row._time ?? '')
  if (Number.isNaN(ms)) return null
  const text = row._msg ?? ''
  const pod = podFields.map((field) => row[field]).find(Boolean) ?? null
  return {
    at: instant(ms),
    level: readLevel(row[fields.level]),
    text: text.length > textMax ? `${text.slice(0, textMax).toWellFormed()}…` : text,
    version: row[fields.version] || null,
    pod,
    key: hashed(`${row._time}\0${row._stream_id ?? row._stream ?? ''}\0${text}`),
  }
}

/** Newest first, whatever order they came in. */
export function sortLines(lines: readonly LogLine[]): LogLine[] {
  return [...lines].sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : a.key < b.key ? -1 : 1))
}

/** Short and good enough to tell lines on one page apart (FNV-1a over 53 bits). */
function hashed(text: string): string {
  let a = 0x811c9dc5
  let b = 0x1b873593
  for (let at = 0; at < text.length; at += 1) {
    a = Math.imul(a ^ text.charCodeAt(at), 0x01000193)
    b = Math.imul(b ^ text.charCodeAt(at), 0x85ebca6b)
  }
  return (a >>> 0).toString(36) + (b >>> 0).toString(36)
}

const hitsSchema = z.object({
  hits: z.array(
    z.object({
      fields: z.record(z.string(), z.string()),
      timestamps: z.array(z.string()),
      values: z.array(z.number()),
    }),
  ),
})

/** Lines per level and step. `other` is what says none of the four levels. A step without lines is 0: logs have no gaps. */
export type Volume = {
  stepMs: number
  fromMs: number
  levels: Partial<Record<Level | 'other', number[]>>
  total: number
}

/** An answer of `/hits` on the grid of a window, or null when it is none. */
export function parseHits(
  body: unknown,
  given: { field: string; fromMs: number; toMs: number; stepMs: number },
): Volume | null {
  const parsed = hitsSchema.safeParse(body)
  if (!parsed.success) return null
  const { stepMs, toMs } = given
  const fromMs = Math.floor(given.fromMs / stepMs) * stepMs
  const steps = Math.max(1, Math.ceil((toMs - fromMs) / stepMs))
  const volume: Volume = { stepMs, fromMs, levels: {}, total: 0 }
  for (const group of parsed.data.hits) {
    const level = readLevel(group.fields[given.field]) ?? 'other'
    volume.levels[level] ??= new Array<number>(steps).fill(0)
    const counts = volume.levels[level]
    for (const [index, at] of group.timestamps.entries()) {
      const step = Math.floor((Date.parse(at) - fromMs) / stepMs)
      const count = group.values[index] ?? 0
      if (!(step >= 0 && step < steps)) continue
      counts[step] = (counts[step] ?? 0) + count
      volume.total += count
    }
  }
  return volume
}
