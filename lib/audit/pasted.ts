import { equal, type Hash, leafHash } from './merkle.ts'

/** A row that somebody took out of an export, a spreadsheet or a collector of logs. */
export type Pasted = { line: number; seq: number; leaf: Hash; entry: string }

const hash = (value: unknown): Hash | undefined =>
  typeof value === 'string' && /^[0-9a-f]{64}$/.test(value) ? Buffer.from(value, 'hex') : undefined
const member = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined

function fromJson(text: string, line: number): Pasted | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  const entry = member(value, 'entry') ?? member(value, 'raw_data')
  const seq = Number(member(value, 'seq') ?? member(member(value, 'metadata'), 'sequence') ?? Number.NaN)
  const leaf = hash(member(value, 'leaf') ?? member(member(value, 'unmapped'), 'leaf'))
  if (entry === undefined || !leaf || !Number.isSafeInteger(seq)) return undefined
  return { line, seq, leaf, entry: typeof entry === 'string' ? entry : JSON.stringify(entry) }
}

/** The fields of a line of CSV (RFC 4180); no field of ours spans lines. */
function fields(line: string): string[] {
  const found = line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)
  return [...found].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '')
}

function fromCsv(text: string, line: number): Pasted | undefined {
  const all = fields(text)
  const leaf = hash(all[1])
  const entry = all.at(-1)
  if (!leaf || !/^\d{1,15}$/.test(all[0] ?? '') || !entry?.startsWith('{')) return undefined
  return { line, seq: Number(all[0]), leaf, entry }
}

/**
 * The rows in a text: lines of an export (CSV, JSON, OCSF) or of the stream, in any order. Undefined when any line is
 * none: then it is something else.
 */
export function readPasted(text: string): Pasted[] | undefined {
  const lines = text
    .split(/\r?\n/)
    .map((line, i) => ({ line, number: i + 1 }))
    .filter(({ line, number }) => line.trim() !== '' && !(number === 1 && line.startsWith('seq,leaf,')))
  const rows = lines.map(({ line, number }) =>
    line.trimStart().startsWith('{') ? fromJson(line, number) : fromCsv(line, number),
  )
  return rows.length > 0 && rows.every((row) => row !== undefined) ? rows : undefined
}

/** RFC 8785 for what entries hold (no fractions), without a library: this is part of the verifier that stands alone. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(',')}}`
}

/** Whether the entry hashes to the leaf beside it: as it stands, or in canonical form if a program wrote it anew. */
export function fitsLeaf({ entry, leaf }: Pasted): boolean {
  if (equal(leafHash(Buffer.from(entry)), leaf)) return true
  try {
    return equal(leafHash(Buffer.from(canonical(JSON.parse(entry)))), leaf)
  } catch {
    return false
  }
}
