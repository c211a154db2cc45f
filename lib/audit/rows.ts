import type { ClientBase } from 'pg'
import { type Columns, columnPaths, type LogRow } from './walk.ts'

/** A connection, or a pool of them. */
export type Queryable = Pick<ClientBase, 'query'>

const batchRows = 5_000
const columnNames = Object.keys(columnPaths) as (keyof Columns)[]

type StoredRow = Record<keyof Columns, string | null> & {
  seq: string
  event_id: string
  leaf: Buffer
  chain: Buffer
  entry: Buffer | null
}

function toRow(stored: StoredRow): LogRow {
  const { seq, event_id, leaf, chain, entry } = stored
  return { seq: Number(seq), eventId: event_id, leaf, chain, entry, columns: entry === null ? null : stored }
}

/**
 * The sealed rows from sequence number `from` on, with the bytes they seal, in batches. Run it inside one
 * REPEATABLE READ transaction for a picture of one moment. Uses a cursor-less keyset, so any role that may read can.
 */
export async function* readRows(client: Queryable, from = 0): AsyncGenerator<LogRow[]> {
  const columns = columnNames.map((name) => `e.${name}`).join(', ')
  let next = from
  for (;;) {
    const { rows } = await client.query<StoredRow>(
      `SELECT l.seq, l.event_id, l.leaf, l.chain, e.entry, ${columns}
       FROM audit.log l LEFT JOIN audit.event e ON e.id = l.event_id
       WHERE l.seq >= $1 ORDER BY l.seq LIMIT ${batchRows}`,
      [next],
    )
    const last = rows.at(-1)
    if (!last) return
    yield rows.map(toRow)
    next = Number(last.seq) + 1
  }
}

/** Leaf hashes from sequence number `from` up to `to` (exclusive), one after another, in batches. */
export async function* readLeaves(client: Queryable, from: number, to: number): AsyncGenerator<Uint8Array> {
  for (let next = from; next < to; next += batchRows) {
    const end = Math.min(to, next + batchRows)
    const { rows } = await client.query<{ leaf: Buffer }>(
      'SELECT leaf FROM audit.log WHERE seq >= $1 AND seq < $2 ORDER BY seq',
      [next, end],
    )
    if (rows.length !== end - next) throw new Error(`entries ${next} to ${end - 1} are not all there`)
    yield Buffer.concat(rows.map((row) => row.leaf))
  }
}

export type StoredCheckpoint = { size: number; root: Uint8Array; note: string }
export type StoredReceipt = { size: number; anchor: string; kind: string; receipt: unknown }

/** Everything about the log besides its rows, as the database tells it. */
export type LogFacts = {
  origin: string
  count: number
  unsealed: { count: number; ids: string[] }
  checkpoints: StoredCheckpoint[]
  receipts: StoredReceipt[]
}

export async function readFacts(client: Queryable): Promise<LogFacts> {
  const origin = await client.query<{ origin: string }>('SELECT origin FROM audit.origin')
  const count = await client.query<{ count: string }>('SELECT count(*) FROM audit.log')
  const unsealed = await client.query<{ id: string; count: string }>(
    `SELECT e.id, count(*) OVER () FROM audit.event e
     WHERE NOT EXISTS (SELECT FROM audit.log l WHERE l.event_id = e.id) ORDER BY e.created_at, e.id LIMIT 10`,
  )
  const checkpoints = await client.query<{ size: string; root: Buffer; note: string }>(
    'SELECT size, root, note FROM audit.checkpoint ORDER BY size',
  )
  const receipts = await client.query<Omit<StoredReceipt, 'size'> & { size: string }>(
    'SELECT size, anchor, kind, receipt FROM audit.receipt ORDER BY size, id',
  )
  return {
    origin: origin.rows[0]?.origin ?? '',
    count: Number(count.rows[0]?.count ?? 0),
    unsealed: { count: Number(unsealed.rows[0]?.count ?? 0), ids: unsealed.rows.map((row) => row.id) },
    checkpoints: checkpoints.rows.map((row) => ({ ...row, size: Number(row.size) })),
    receipts: receipts.rows.map((row) => ({ ...row, size: Number(row.size) })),
  }
}
