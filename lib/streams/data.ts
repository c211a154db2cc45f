import 'server-only'
import { instant } from '#lib/platform/clock.ts'
import type { Db } from '#lib/platform/db.ts'
import type { StreamRow, StreamStanding } from './stream.ts'

type Reader = Pick<Db, '$queryRaw'>

/** The name of this log, which every line carries. */
export async function readOrigin(db: Reader): Promise<string> {
  const [row] = await db.$queryRaw<[{ origin: string }]>`SELECT origin FROM audit.origin`
  return row.origin
}

/** Sealed entries from number `next` on, at most `limit`, each with the oldest checkpoint over it. */
export async function readRowsFrom(db: Reader, next: number, limit: number): Promise<StreamRow[]> {
  const rows = await db.$queryRaw<
    {
      seq: bigint
      leaf: Uint8Array
      entry: Uint8Array
      at: Date
      size: bigint | null
      root: Uint8Array | null
    }[]
  >`
    SELECT l.seq, l.leaf, e.entry, e.created_at AS at, c.size, c.root
    FROM audit.log l JOIN audit.event e ON e.id = l.event_id
    LEFT JOIN LATERAL (SELECT size, root FROM audit.checkpoint WHERE size > l.seq ORDER BY size LIMIT 1) c ON true
    WHERE l.seq >= ${BigInt(next)} ORDER BY l.seq LIMIT ${limit}`
  return rows.map(({ seq, leaf, entry, at, size, root }) => ({
    seq: Number(seq),
    leaf,
    entry,
    writtenAt: instant(at),
    checkpoint: size === null || root === null ? null : { size: Number(size), root },
  }))
}

/** How the stream to `sink` stands; at nothing when no worker has begun it. */
export async function readStanding(db: Reader, sink: string): Promise<StreamStanding> {
  const [row] = await db.$queryRaw<
    [
      {
        next: bigint
        size: bigint
        behind: Date | null
        acknowledged: Date | null
        failing: Date | null
        message: string | null
      },
    ]
  >`
    WITH at AS (
      SELECT coalesce((SELECT next FROM audit.stream WHERE sink = ${sink}), 0) AS next,
        (SELECT coalesce(max(seq) + 1, 0) FROM audit.log) AS size
    )
    SELECT at.next, at.size, s.acknowledged_at AS acknowledged, s.failing_since AS failing, s.message,
      (SELECT e.created_at FROM audit.log l JOIN audit.event e ON e.id = l.event_id WHERE l.seq = at.next) AS behind
    FROM at LEFT JOIN audit.stream s ON s.sink = ${sink}`
  const moment = (value: Date | null) => (value ? instant(value) : null)
  return {
    sink,
    next: Number(row.next),
    size: Number(row.size),
    behindSince: moment(row.behind),
    acknowledgedAt: moment(row.acknowledged),
    failingSince: moment(row.failing),
    message: row.message,
  }
}
