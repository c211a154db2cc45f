import {
  append,
  chainHash,
  emptyFrontier,
  equal,
  type Frontier,
  genesis,
  type Hash,
  leafHash,
  root,
} from './merkle.ts'

/** The columns people search by, as they stand beside the bytes. */
export const columnPaths = {
  id: ['id'],
  type: ['type'],
  at: ['at'],
  actor_kind: ['actor', 'kind'],
  actor_id: ['actor', 'person'],
  release_id: ['subject', 'release'],
  application_id: ['subject', 'application'],
  service: ['subject', 'service'],
  environment: ['subject', 'environment'],
} as const satisfies Record<string, readonly string[]>
export type Columns = Record<keyof typeof columnPaths, string | null>

/** One sealed row as the database tells it. `entry` is null when the bytes are not there. */
export type LogRow = {
  seq: number
  eventId: string
  entry: Uint8Array | null
  leaf: Hash
  chain: Hash
  columns: Columns | null
}

export type Fault = { index: number; sentence: string }

/** Where a walk stands: enough to go on later without reading what came before. */
export type Position = { size: number; chain: Hash; peaks: readonly Hash[] }

export type Walk = {
  /** Checks the next row against all before it and the bytes; tells the fault, and then stands still. */
  next: (row: LogRow) => Fault | undefined
  readonly size: number
  readonly position: Position
  /** The Merkle root of everything walked so far. */
  root: () => Hash
  /** The leaf of the row walked last. */
  readonly leaf: Hash | undefined
}

const text = new TextDecoder('utf-8', { fatal: true })
const same = (a: Hash, b: Hash) => a.length === b.length && equal(a, b)

function valueAt(value: unknown, path: readonly string[]): string | null {
  let here: unknown = value
  for (const key of path)
    here = typeof here === 'object' && here !== null ? (here as Record<string, unknown>)[key] : undefined
  return here === undefined || here === null ? null : String(here)
}

/** The first search column that says something else than the bytes. */
function wrongColumn(entry: Uint8Array, columns: Columns): string | undefined {
  let value: unknown
  try {
    value = JSON.parse(text.decode(entry))
  } catch {
    return 'entry'
  }
  for (const name in columnPaths)
    if (valueAt(value, columnPaths[name as keyof Columns]) !== columns[name as keyof Columns]) return name
  return undefined
}

/**
 * Walks the log from its beginning (or from where an earlier walk stood) and recomputes everything from the bytes:
 * leaf, chain, tree, search columns. Nothing that is stored is believed.
 */
export function createWalk(origin: string, from?: Position): Walk {
  let chain = from?.chain ?? genesis(origin)
  let frontier: Frontier = from ? { size: from.size, peaks: from.peaks } : emptyFrontier
  let leaf: Hash | undefined

  function fault({ seq, eventId, entry, columns, ...stored }: LogRow): Fault | undefined {
    const index = frontier.size
    if (seq > index) return { index, sentence: `Entry ${index} is missing: the next one is ${seq}.` }
    if (seq < index) return { index: seq, sentence: `Entry ${seq} is there twice.` }
    if (!entry) return { index, sentence: `The bytes of entry ${index} are missing.` }
    const newLeaf = leafHash(entry)
    if (!same(newLeaf, stored.leaf))
      return { index, sentence: `The bytes of entry ${index} are not the ones that were sealed.` }
    const newChain = chainHash(chain, index, newLeaf)
    if (!same(newChain, stored.chain))
      return { index, sentence: `Entry ${index} does not continue the chain of the entries before it.` }
    const wrong = columns ? wrongColumn(entry, columns) : undefined
    if (wrong)
      return {
        index,
        sentence: `Column ${wrong} of entry ${index} (${eventId}) says something else than its bytes.`,
      }
    leaf = newLeaf
    chain = newChain
    frontier = append(frontier, newLeaf)
    return undefined
  }

  return {
    next: fault,
    get size() {
      return frontier.size
    },
    get position() {
      return { size: frontier.size, chain, peaks: frontier.peaks }
    },
    root: () => root(frontier),
    get leaf() {
      return leaf
    },
  }
}
