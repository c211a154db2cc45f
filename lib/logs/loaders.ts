import 'server-only'
import type { Viewer } from '#lib/access/policy.ts'
import { gridOf } from '#lib/metrics/window.ts'
import { type Instant, instant } from '#lib/platform/clock.ts'
import type { Config } from '#lib/platform/config.ts'
import type { Db } from '#lib/platform/db.ts'
import { readSignal, type SignalBackend, type SignalFailure, signalBackend } from '#lib/signals/client.ts'
import type { SignalParams, SignalScope } from '#lib/signals/client-guard.ts'
import { readSubject, type SignalSubject } from '#lib/signals/data.ts'
import { deploymentFor } from './data.ts'
import { lineOf, parseHits, parseJsonLines, sortLines } from './line.ts'
import { logFields, victoriaLogsLink } from './links.ts'
import { fieldIs, guardQuery, type LogFields, linesQuery, patternsQuery } from './logsql.ts'
import { comparePatterns, type Side, sideOf } from './pattern.ts'
import type { LogsQuery, TailQuery } from './schema.ts'
import { type LinesView, type NoLogs, type PatternsView, type VolumeView, wordsOf } from './view.ts'

export type LogsContext = { db: Db; config: Pick<Config, 'signals'>; read?: typeof readSignal }

const linesMax = 300
const dayMs = 86_400_000
const minuteMs = 60_000
const patternsStepMs = 15_000
/** An answer about a time that is over stays right; one up to now is soon old. */
const keepMs = { past: 5 * minuteMs, now: 5_000 }

const defaultFields: LogFields = { ...logFields, level: 'level' }

/** Everything that a question about the logs of one application needs. */
export type LogsSource = {
  subject: SignalSubject
  backend: SignalBackend
  fields: LogFields
  scope: SignalScope
  uiUrl: string
  person: string
}

/** Where the logs of an application are and how they are found, or why there are none to read; null: not theirs to see. */
export async function findLogs(
  { db, config }: LogsContext,
  viewer: Viewer,
  id: string,
): Promise<LogsSource | NoLogs | null> {
  const subject = await readSubject(db, viewer, id)
  if (!subject) return null
  const backend = signalBackend(config.signals, 'logs', subject.environment)
  if (!backend) return { is: 'not-configured' }
  const { namespace, service } = subject.links
  if (!namespace) return { is: 'empty', detail: 'Nobody knows yet in which namespace it runs.' }
  const fields = config.signals.logs?.fields ?? defaultFields
  const scope = { [fields.namespace]: namespace, [fields.app]: service }
  const uiUrl = config.signals.logs?.uiUrl ?? backend.url
  return { subject, backend, fields, scope, uiUrl, person: viewer.accountId }
}

/** The LogsQL for what a person asked, or why it is not taken. */
export function queryOf(fields: LogFields, asked: TailQuery): { query: string } | NoLogs {
  const { q, mode, levels, version } = asked
  const rest = { ...(levels && { levels }), version }
  if (mode === 'words' || q.trim() === '') return { query: linesQuery(fields, { ...rest, words: q }) }
  const guarded = guardQuery(q)
  if (!guarded.ok) return { is: 'refused', detail: guarded.refusal.detail }
  return { query: linesQuery(fields, { ...rest, query: guarded.value }) }
}

/** Failures as the kinds that people must be able to tell apart. */
export function noLogs({ why, detail }: SignalFailure): NoLogs {
  if (why === 'timed-out') return { is: 'timed-out', detail }
  if (why === 'too-large') return { is: 'too-many', detail }
  if (why === 'rejected' || why === 'refused') return { is: 'refused', detail }
  return { is: 'failed', detail }
}

const linkOf = ({ scope, uiUrl }: LogsSource, query: string, from: number, to: number) => {
  const scoped = Object.entries(scope).map(([field, value]) => fieldIs(field, String(value)))
  const whole = [...scoped, ...(query === '*' ? [] : [query])].join(' ')
  return victoriaLogsLink({ url: uiUrl, query: whole, window: { from: instant(from), to: instant(to) } })
}

/**
 * Lines, volume or error patterns of one application, null when there is none for this viewer. What the backend refuses
 * or fails at is an answer too.
 */
export async function readLogs(
  context: LogsContext,
  viewer: Viewer,
  id: string,
  asked: LogsQuery,
  now: Instant,
): Promise<LinesView | VolumeView | PatternsView | null> {
  const source = await findLogs(context, viewer, id)
  if (!source || 'is' in source) return source
  const read = context.read ?? readSignal
  const nowMs = Date.parse(now)
  if (asked.part === 'patterns') {
    const moment = asked.deployed === undefined ? undefined : instant(asked.deployed)
    const deployment = await deploymentFor(context.db, id, moment)
    if (!deployment) return { is: 'empty', detail: 'There is no deployment to compare with.' }
    return readPatterns(read, source, deployment, nowMs)
  }
  const built = queryOf(source.fields, asked)
  if ('is' in built) return built
  const { query } = built
  const around = asked.around === undefined ? undefined : Date.parse(asked.around)
  const grid = gridOf(asked.range, nowMs, around)
  const keep = grid.toMs < nowMs - 2 * grid.stepMs ? keepMs.past : keepMs.now
  if (asked.part === 'volume') return readVolume(read, source, query, grid, keep)
  // Lines up to this moment, not to the last step of a chart; but in steps, so that many ask alike.
  const live =
    keep === keepMs.now && (around === undefined || grid.toMs < around + (grid.toMs - grid.fromMs) / 2)
  const toMs = live ? Math.max(grid.toMs, Math.floor(nowMs / keepMs.now) * keepMs.now) : grid.toMs
  return readLines(read, source, query, { fromMs: grid.fromMs, toMs }, keep, asked)
}

async function ask<T>(
  read: typeof readSignal,
  { backend, scope, person }: LogsSource,
  path: '/select/logsql/query' | '/select/logsql/hits',
  given: { query: string; fromMs: number; toMs: number; more?: SignalParams },
  answer: { parse: (text: string) => T; keepMs: number; as: string },
) {
  const params: SignalParams = [
    ['query', given.query],
    ['start', instant(given.fromMs)],
    ['end', instant(given.toMs)],
    ['timeout', '9s'],
    ...(given.more ?? []),
  ]
  return read({ backend, path, params, scope, person }, answer)
}

async function readLines(
  read: typeof readSignal,
  source: LogsSource,
  query: string,
  { fromMs, toMs }: { fromMs: number; toMs: number },
  keep: number,
  asked: LogsQuery,
): Promise<LinesView> {
  const outcome = await ask(
    read,
    source,
    '/select/logsql/query',
    { query, fromMs, toMs, more: [['limit', `${linesMax + 1}`]] },
    { parse: (text) => parseJsonLines(text), keepMs: keep, as: 'lines' },
  )
  if (!outcome.ok) return noLogs(outcome)
  const { rows, bad, said } = outcome.value
  const lines = sortLines(rows.flatMap((row) => lineOf(row, source.fields) ?? []))
  if (lines.length === 0 && bad === 0) return { is: 'empty', detail: emptyWords(asked) }
  const more = lines.length > linesMax
  const notes = bad === 0 ? [] : [`${bad} lines of the answer were no lines of a log, the first: ${said}`]
  return {
    ...{ is: 'lines', lines: lines.slice(0, linesMax), more, notes, query },
    ...{ from: instant(fromMs), to: instant(toMs), href: linkOf(source, query, fromMs, toMs) },
  }
}

function emptyWords({ q, levels, version }: LogsQuery): string {
  const parts = [
    q.trim() && `matches what you typed`,
    levels && levels.length > 0 && `is of level ${levels.join(' or ')}`,
    version && `says version ${version}`,
  ].filter(Boolean)
  return parts.length > 0
    ? `No line of this application in this window ${parts.join(' and ')}.`
    : 'This application wrote no line in this window.'
}

async function readVolume(
  read: typeof readSignal,
  source: LogsSource,
  query: string,
  { fromMs, toMs, stepMs }: { fromMs: number; toMs: number; stepMs: number },
  keep: number,
): Promise<VolumeView> {
  const field = source.fields.level
  const more: SignalParams = [
    ['step', `${stepMs / 1000}s`],
    ['field', field],
    ['fields_limit', '40'],
  ]
  const outcome = await ask(
    read,
    source,
    '/select/logsql/hits',
    { query, fromMs, toMs: toMs - 1, more },
    {
      parse: (text) => {
        const volume = parseHits(JSON.parse(text), { field, fromMs, toMs, stepMs })
        if (!volume) throw new Error('no answer of hits')
        return volume
      },
      keepMs: keep,
      as: 'volume',
    },
  )
  if (!outcome.ok) return noLogs(outcome)
  return { is: 'volume', ...outcome.value, toMs, href: linkOf(source, query, fromMs, toMs) }
}

/** Errors of up to a day since a deployment against those of the day before it: one query for each side. */
async function readPatterns(
  read: typeof readSignal,
  source: LogsSource,
  deployment: { at: Instant; version: string | null },
  nowMs: number,
): Promise<PatternsView> {
  const atMs = Date.parse(deployment.at)
  const endMs = Math.min(nowMs, atMs + dayMs)
  // In steps, so that many ask alike; short ones, as a bad release is told by its first lines.
  const toMs = endMs === nowMs ? Math.floor(nowMs / patternsStepMs) * patternsStepMs : endMs
  if (toMs <= atMs) return { is: 'empty', detail: 'It was deployed just now.' }
  const query = patternsQuery(source.fields)
  const side = (fromMs: number, untilMs: number, keepMs: number) =>
    ask(
      read,
      source,
      '/select/logsql/query',
      // Both ends count, so the earlier side ends a millisecond before the later begins.
      { query, fromMs, toMs: untilMs - 1 },
      { parse: (text): Side => sideOf(parseJsonLines(text), untilMs - fromMs), keepMs, as: 'patterns' },
    )
  const [before, after] = await Promise.all([
    side(atMs - dayMs, atMs, 10 * minuteMs),
    side(atMs, toMs, endMs === nowMs ? patternsStepMs : 10 * minuteMs),
  ])
  if (!after.ok) return noLogs(after)
  if (!before.ok) return noLogs(before)
  const { changes, ...rest } = comparePatterns(before.value, after.value)
  const shown = changes.slice(0, 50).map((change) => {
    const words = wordsOf(change.text)
    const found = linesQuery(source.fields, { words, levels: ['error'] })
    return { ...change, words, href: linkOf(source, found, atMs, toMs) }
  })
  const notes = [
    ...(rest.cut ? ['Only the most frequent patterns before are known: a rare one may count as new.'] : []),
    ...(before.value.patterns.length === 0
      ? ['It logged no errors in the day before, or no logs are kept.']
      : []),
    ...(changes.length > shown.length ? [`${changes.length - shown.length} more are not shown.`] : []),
  ]
  return {
    is: 'patterns',
    ...rest,
    changes: shown,
    notes,
    deployed: deployment.at,
    version: deployment.version,
    to: instant(toMs),
  }
}
