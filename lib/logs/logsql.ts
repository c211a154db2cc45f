import { quoted } from '#lib/metrics/label.ts'
import { ok, type Result, refuse } from '#lib/platform/result.ts'

/** How an installation names what we look for in its lines. */
export type LogFields = { namespace: string; app: string; version: string; level: string }

/** The four levels of pages; every program spells its own. */
export const levels = ['error', 'warning', 'info', 'debug'] as const
export type Level = (typeof levels)[number]

const spellings: Record<Level, readonly string[]> = {
  error: ['error', 'err', 'fatal', 'critical', 'crit', 'panic', 'alert', 'emergency', 'severe', 'e', 'f'],
  warning: ['warning', 'warn', 'w'],
  info: ['info', 'information', 'informational', 'notice', 'i'],
  debug: ['debug', 'trace', 'verbose', 'd', 't'],
}
const levelOf = new Map(levels.flatMap((level) => spellings[level].map((spelling) => [spelling, level])))

/** Which of the four a line means; null for none of them (`warn` → `warning`). */
export const readLevel = (text: string | undefined): Level | null =>
  levelOf.get(text?.trim().toLowerCase() ?? '') ?? null

/** What of an application's lines is wanted. `words` are a person's; each must be in the line, in any case. */
export type LinesWanted = {
  words?: string
  levels?: readonly Level[]
  version?: string | undefined
  /** A person's own LogsQL, which `guardQuery` has let through. */
  query?: string | undefined
}

const and = (parts: readonly string[]) => parts.filter(Boolean).join(' ') || '*'

/** `"name":="value"`: the field is exactly this. Quoted, so nothing in either is read as a part of the query. */
export const fieldIs = (field: string, value: string) => `${quoted(field)}:=${quoted(value)}`

/** Levels as any program may write them. */
function levelFilter(field: string, wanted: readonly Level[]): string {
  const values = wanted
    .flatMap((level) => spellings[level])
    .flatMap((each) => [each, each.toUpperCase(), each.charAt(0).toUpperCase() + each.slice(1)])
  return `${quoted(field)}:in(${[...new Set(values)].map(quoted).join(',')})`
}

/** What stands in quotes is one phrase, everything else a word: `timeout "calling ledger"`. */
export function splitWords(text: string): string[] {
  const found = text.matchAll(/"([^"]*)"|([^\s"]+)/g)
  return [...found].map(([, phrase, word]) => (phrase ?? word ?? '').trim()).filter((each) => each !== '')
}

/** The LogsQL of some lines, without the scope: that is sent beside it, where no query can reach it. */
export function linesQuery(fields: LogFields, wanted: LinesWanted): string {
  return and([
    ...splitWords(wanted.words ?? '').map((word) => `i(${quoted(word)}*)`),
    wanted.levels && wanted.levels.length > 0 ? levelFilter(fields.level, wanted.levels) : '',
    wanted.version === undefined ? '' : fieldIs(fields.version, wanted.version),
    wanted.query ? `(${wanted.query})` : '',
  ])
}

/** Patterns looked at on each side; when there are more, the rare ones are missing and the answer says so. */
export const patternsMax = 500

/** Messages with their numbers taken out, counted: what a side of the comparison says. */
export function patternsQuery(fields: LogFields): string {
  return [
    levelFilter(fields.level, ['error']),
    'copy _msg as example',
    'collapse_nums at _msg prettify',
    'stats by (_msg) count() n, min(_time) first, max(_time) last, min(example) example',
    'sort by (n desc)',
    `limit ${patternsMax}`,
  ].join(' | ')
}

/** The scope as `extra_filters` takes it: each field is exactly this. */
export const scopeFilter = (scope: Readonly<Record<string, string>>): string =>
  JSON.stringify(
    Object.fromEntries(
      Object.entries(scope).map(([field, value]) => [field.toWellFormed(), value.toWellFormed()]),
    ),
  )

export type QueryRefusal = { code: 'query-refused'; detail: string }

/** A text in quotes of any of the three kinds, or one character. */
const pieces = /"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*'|`[^`]*`|[\s\S]/gu
export const queryLengthMax = 1000

/**
 * Whether a person's LogsQL may be put in brackets into ours. Only conditions may: `options(…)` would take the window
 * of time off, pipes could join other applications' lines, a comment or a bracket too many would reach what follows.
 * VictoriaLogs holds the scope by itself (`extra_filters`); this is the second lock.
 */
export function guardQuery(text: string): Result<string, QueryRefusal> {
  const no = (detail: string) => refuse({ code: 'query-refused' as const, detail })
  if (text.length > queryLengthMax) return no(`A query has ${queryLengthMax} characters at most.`)
  const open: string[] = []
  let bare = ''
  for (const [piece] of text.matchAll(pieces)) {
    if (piece.length > 2 || piece === '""' || piece === "''" || piece === '``') {
      bare += ' "" '
      continue
    }
    bare += piece
    if (/["'`]/.test(piece)) return no(`A quotation mark (${piece}) is not closed.`)
    if (piece === '|') return no('Pipes (|) are not taken here: write conditions only.')
    if (piece === '#') return no('Comments (#) are not taken here. Put # in quotes to search for it.')
    if (piece === '(' || piece === '[' || piece === '{') open.push(piece)
    if (piece === '}' && open.pop() !== '{') return no('A bracket } closes nothing.')
    // Ranges are half-open, [a, b): either kind may close either.
    if ((piece === ')' || piece === ']') && !/^[([]$/.test(open.pop() ?? ''))
      return no(`A bracket ${piece} closes nothing.`)
  }
  if (open.length > 0) return no(`A bracket ${open.at(-1)} is not closed.`)
  if (/\boptions\b/iu.test(bare))
    return no('options(…) is not taken here. Put the word in quotes to search for it.')
  if (bare.trim() === '') return no('The query is empty.')
  return ok(text)
}
