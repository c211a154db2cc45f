import type { Hash } from '#lib/audit/merkle.ts'
import type { Row } from './checklist.ts'

export const statementType = 'https://in-toto.io/Statement/v1'
export const predicateType = 'urn:countersign:evidence:v1'

/** What a pack is about. Moments are inclusive at `from`, exclusive at `to`. */
export type Scope =
  | { kind: 'release'; release: string }
  | { kind: 'application'; application: string; from?: string; to?: string }
  /** Without `applications` it is about everything the log holds. */
  | { kind: 'period'; from: string; to: string; applications?: string[] }

/** The exact text of an entry, and everything of its C2SP tlog-proof up to the checkpoint, which all share. */
export type ProvedEntry = { entry: string; proof: string }

/** What an entry names by its digest: the plan, what people saw of it, the policy in force. Secrets are masked. */
export type PackDocument = { kind: 'plan' | 'diff' | 'policy'; sha256: string; text: string }

/** What an anchor answered for a checkpoint. `id` is what intents name it by. */
export type PackReceipt = {
  id: string
  anchor: string
  kind: string
  size: number
  at: string
  receipt: unknown
}

/** Names as they were known when the pack was made: convenience, no evidence. */
export type PackPerson = { id: string; name: string; email?: string }

/** A row without its words: those may be put better one day, and an old pack must verify for ever. */
export type PackRow = Pick<Row, 'id' | 'state' | 'entries'>

export type Predicate = {
  v: 1
  scope: Scope
  origin: string
  /** When it was made, by the signer's clock. */
  at: string
  /** The entry that says who asked for this pack. */
  request: string
  /** A signed note (C2SP tlog-checkpoint) with its cosignatures; every proof leads to it. */
  checkpoint: string
  receipts: PackReceipt[]
  entries: ProvedEntry[]
  documents: PackDocument[]
  people: PackPerson[]
  /** For each release, what there is and what is missing. Whoever verifies makes this list anew and compares. */
  releases: { release: string; rows: PackRow[] }[]
}

/** An in-toto statement. Its subjects: what was released, and last the log that the entries are proved against. */
export type Statement = {
  _type: typeof statementType
  subject: { name: string; digest: Record<string, string> }[]
  predicateType: typeof predicateType
  predicate: Predicate
}

const proofHead = 'c2sp.org/tlog-proof@v1'

/** The beginning of a C2SP tlog-proof, up to and with its empty line; the checkpoint makes it whole. */
export function formatProof(index: number, hashes: readonly Hash[]): string {
  const lines = hashes.map((hash) => `${Buffer.from(hash).toString('base64')}\n`)
  return `${proofHead}\nindex ${index}\n${lines.join('')}\n`
}

/** Reads what `formatProof` wrote; undefined for anything that differs. */
export function parseProof(text: string): { index: number; hashes: Hash[] } | undefined {
  const [first, second, ...rest] = text.split('\n')
  const index = Number(/^index (0|[1-9]\d{0,15})$/.exec(second ?? '')?.[1] ?? Number.NaN)
  if (first !== proofHead || !Number.isSafeInteger(index) || rest.length > 65) return undefined
  const hashes = rest.slice(0, -2).map((line) => Buffer.from(line, 'base64'))
  return hashes.every((hash) => hash.length === 32) && formatProof(index, hashes) === text
    ? { index, hashes }
    : undefined
}

const isText = (value: unknown): value is string => typeof value === 'string'
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const listOf = (value: unknown, fields: readonly string[]) =>
  Array.isArray(value) &&
  value.every((item) => isObject(item) && fields.every((field) => isText(item[field])))

/** Takes a payload whose signature was checked for a statement of this version; undefined when it is none. */
export function readStatement(payload: string): Statement | undefined {
  let value: unknown
  try {
    value = JSON.parse(payload)
  } catch {
    return undefined
  }
  if (!isObject(value) || value._type !== statementType || value.predicateType !== predicateType)
    return undefined
  const { predicate } = value
  if (!isObject(predicate) || predicate.v !== 1 || !isObject(predicate.scope)) return undefined
  const fits =
    [predicate.origin, predicate.at, predicate.request, predicate.checkpoint, predicate.scope.kind].every(
      isText,
    ) &&
    listOf(predicate.entries, ['entry', 'proof']) &&
    listOf(predicate.documents, ['kind', 'sha256', 'text']) &&
    listOf(predicate.receipts, ['id', 'anchor', 'kind', 'at']) &&
    listOf(predicate.people, ['id', 'name']) &&
    listOf(predicate.releases, ['release']) &&
    listOf(value.subject, ['name'])
  return fits ? (value as Statement) : undefined
}
