import { csvField } from '#lib/catalog/export.ts'
import { assertNever } from '#lib/platform/result.ts'
import type { ReadEvent } from './event.ts'
import { ocsfOf } from './ocsf.ts'
import { words } from './words.ts'

export const excerptFormats = ['csv', 'jsonl', 'ocsf'] as const
export type ExcerptFormat = (typeof excerptFormats)[number]

/** An entry with all it takes to prove it again. `checkpoint` is the oldest signed one that holds it; root in base64. */
export type ExportRow = {
  seq: number
  leaf: Uint8Array
  chain: Uint8Array
  entry: Uint8Array
  read: ReadEvent
  at: string
  /** The person's current name, if it was not erased. */
  name: string | undefined
  checkpoint: { size: number; root: string } | undefined
}

const head = 'seq,leaf,checkpoint,root,at,type,who,what,on,entry'
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

/** Spreadsheets get no invisible character; as an escape it still means the same, and the leaf can be worked out. */
const escaped = (json: string) =>
  json.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (text) =>
    [...Array(text.length).keys()]
      .map((i) => `\\u${text.charCodeAt(i).toString(16).padStart(4, '0')}`)
      .join(''),
  )

function csvLine(row: ExportRow): string {
  const { seq, leaf, checkpoint, at, read, name, entry } = row
  const said = words(read, name)
  const type = read.known ? read.event.type : read.type
  const fields = [seq, hex(leaf), checkpoint?.size, checkpoint?.root, at, type, said.who, said.what, said.on]
  return [...fields, escaped(Buffer.from(entry).toString('utf8'))].map(csvField).join(',')
}

function jsonLine({ seq, leaf, chain, checkpoint, entry }: ExportRow): string {
  const proof = JSON.stringify({ seq, leaf: hex(leaf), chain: hex(chain), ...(checkpoint && { checkpoint }) })
  return `${proof.slice(0, -1)},"entry":${Buffer.from(entry).toString('utf8')}}`
}

/** Entries as a file; each line carries sequence, leaf and checkpoint, so that it can be proved by itself. */
export function excerptText(format: ExcerptFormat, rows: readonly ExportRow[]): string {
  switch (format) {
    case 'csv':
      return [head, ...rows.map(csvLine), ''].join('\r\n')
    case 'jsonl':
      return rows.map((row) => `${jsonLine(row)}\n`).join('')
    case 'ocsf':
      return rows.map((row) => `${JSON.stringify(ocsfOf(row))}\n`).join('')
    default:
      return assertNever(format)
  }
}
