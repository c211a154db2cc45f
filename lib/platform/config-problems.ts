import leven from 'leven'
import { type Document, isAlias, isMap, isScalar, isSeq, type LineCounter, type Node } from 'yaml'
import type { z } from 'zod'
import type { Finding } from './config-checks.ts'
import { secretAllowed } from './config-values.ts'

/** One thing wrong with the configuration: where, what was found there, and what may stand there. */
export type Problem = {
  file: string
  line: number
  column: number
  path: string
  found: string
  allowed: string
}

/** The file as it was read: what is needed to say where something stands. */
export type Source = { file: string; document: Document.Parsed; lines: LineCounter; data: unknown }

type Path = readonly PropertyKey[]

/** `["instances", 0, "url"]` as `instances[0].url`; keys with dots in quotes; the file itself as `(top)`. */
export function pathText(path: Path): string {
  const text = path.map((part) =>
    typeof part === 'number'
      ? `[${part}]`
      : /^[\w-]+$/.test(String(part))
        ? `.${String(part)}`
        : `["${String(part)}"]`,
  )
  return text.join('').replace(/^\./, '') || '(top)'
}

/** Offset of the nearest thing in the file: the value itself when simple, else its key, else its parent. */
function offsetOf(document: Document.Parsed, path: Path): number {
  let node: Node | null | undefined = document.contents
  let offset = node?.range?.[0] ?? 0
  for (const part of path) {
    const here: Node | null | undefined = isAlias(node) ? node.resolve(document) : node
    if (isMap(here)) {
      const pair = here.items.find((item) => isScalar(item.key) && String(item.key.value) === String(part))
      if (!pair) return offset
      offset = (pair.key as Node).range?.[0] ?? offset
      node = pair.value as Node | null
    } else if (isSeq(here) && typeof part === 'number') {
      const item = here.items[part] as Node | undefined
      if (!item) return offset
      offset = item.range?.[0] ?? offset
      node = item
    } else return offset
  }
  return isScalar(node) && node.value !== null ? (node.range?.[0] ?? offset) : offset
}

export function valueAt(data: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, part) => (value as Record<PropertyKey, unknown> | null | undefined)?.[part],
    data,
  )
}

/** What was found, in words; long texts cut, the password of an address left out. */
function foundText(value: unknown): string {
  if (value === undefined || value === null) return 'nothing'
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'object') return `a block with ${Object.keys(value).join(', ') || 'no keys'}`
  if (typeof value !== 'string')
    return `${String(value)} (${typeof value === 'boolean' ? 'true or false' : 'a number'})`
  const shown = value.replace(/\/\/[^/@\s]*@/, '//…@')
  return JSON.stringify(shown.length > 80 ? `${shown.slice(0, 80)}…` : shown)
}

type JsonSchema = { properties?: Record<string, JsonSchema>; items?: JsonSchema; anyOf?: JsonSchema[] }

function allowedKeys(schema: JsonSchema, path: Path): string[] {
  const end = path.reduce<JsonSchema | undefined>(
    (at, part) => (typeof part === 'number' ? at?.items : at?.properties?.[String(part)]),
    schema,
  )
  return Object.keys(end?.properties ?? {})
}

const kinds: Record<string, string> = {
  array: 'a list',
  record: 'a block of names and values',
  map: 'a block',
}

function allowedText(issue: z.core.$ZodIssue, schema: JsonSchema): string {
  if (issue.code === 'invalid_value') return issue.values.map(String).join(', ')
  if (issue.code !== 'invalid_type' || !issue.message.startsWith('Invalid input')) return issue.message
  const keys = allowedKeys(schema, issue.path)
  return keys.length > 0 ? `a block with ${keys.join(', ')}` : (kinds[issue.expected] ?? issue.expected)
}

function nearest(key: string, keys: string[]): string | undefined {
  const [best] = keys
    .map((name) => [leven(key.toLowerCase(), name.toLowerCase()), name] as const)
    .sort((a, b) => a[0] - b[0])
  return best && best[0] <= Math.max(1, Math.floor(best[1].length / 3)) ? best[1] : undefined
}

/** A finding at a path of this file. */
export function problem(source: Source, finding: Finding): Problem {
  const { line, col } = source.lines.linePos(offsetOf(source.document, finding.path))
  const found = finding.found ?? foundText(valueAt(source.data, finding.path))
  return {
    file: source.file,
    line: line || 1,
    column: col || 1,
    path: pathText(finding.path),
    found,
    allowed: finding.allowed,
  }
}

/** A zod issue as problems: one per unknown key, otherwise one. Values of secrets are never repeated. */
export function issueProblems(source: Source, issue: z.core.$ZodIssue, schema: JsonSchema): Problem[] {
  if (issue.code === 'unrecognized_keys') {
    const allowed = allowedKeys(schema, issue.path)
    return issue.keys.map((key) => {
      const meant = nearest(key, allowed)
      const found = meant ? `an unknown key, did you mean ${meant}?` : 'an unknown key'
      return {
        ...problem(source, {
          path: [...issue.path, key] as Finding['path'],
          allowed: allowed.join(', '),
          found,
        }),
      }
    })
  }
  const path = issue.path as Finding['path']
  const allowed = allowedText(issue, schema)
  const value = valueAt(source.data, path)
  const secret = issue.message === secretAllowed && value !== undefined && value !== null
  return [
    problem(
      source,
      secret ? { path, allowed, found: 'something else, not repeated here' } : { path, allowed },
    ),
  ]
}

/** One line per problem, as compilers write them, in the order of the file. */
export function problemsText(problems: readonly Problem[]): string {
  return [...problems]
    .sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line || a.column - b.column)
    .map((p) => `${p.file}:${p.line}:${p.column}  ${p.path}: found ${p.found}; allowed: ${p.allowed}`)
    .join('\n')
}
