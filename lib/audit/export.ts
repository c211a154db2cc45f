import 'server-only'
import type { Db } from '#lib/platform/db.ts'
import { checkpointLine, entryLine, headLine, receiptLine } from './log-file.ts'
import type { StoredReceipt } from './rows.ts'

const batchRows = 2_000
/** The newest prove everything that older ones do. */
const checkpointsMax = 1_000

/**
 * The log as it stands now, as lines of JSON: head, checkpoints, receipts, entries. `before` is called with the number of
 * entries and the chain hash of the last, in hex, before the first is read.
 */
export async function readLogLines(
  db: Db,
  before: (entries: number, chain: string | undefined) => Promise<unknown>,
): Promise<{ size: number; lines: AsyncGenerator<Uint8Array> }> {
  const [log] = await db.$queryRaw<[{ origin: string; size: bigint; chain: string | null }]>`
    SELECT origin, coalesce(seq + 1, 0) AS size, chain FROM audit.origin
    LEFT JOIN (SELECT seq, encode(chain, 'hex') AS chain FROM audit.log ORDER BY seq DESC LIMIT 1) last ON true`
  const size = Number(log.size)
  await before(size, log.chain ?? undefined)
  const checkpoints = await db.$queryRaw<{ note: string; size: bigint }[]>`
    SELECT note, size FROM (SELECT note, size FROM audit.checkpoint WHERE size <= ${size} ORDER BY size DESC LIMIT ${checkpointsMax}) newest
    ORDER BY size`
  const least = checkpoints[0]?.size ?? 0n
  const receipts = await db.$queryRaw<(Omit<StoredReceipt, 'size'> & { size: bigint })[]>`
    SELECT size, anchor, kind, receipt FROM audit.receipt WHERE size BETWEEN ${least} AND ${size} ORDER BY size, id`
  async function* lines(): AsyncGenerator<Uint8Array> {
    const head = [
      headLine(log.origin, size),
      ...checkpoints.map(checkpointLine),
      ...receipts.map((receipt) => receiptLine({ ...receipt, size: Number(receipt.size) })),
    ]
    yield Buffer.from(head.join(''), 'utf8')
    for (let from = 0; from < size; from += batchRows) {
      const rows = await db.$queryRaw<
        { seq: bigint; leaf: Uint8Array; chain: Uint8Array; entry: Uint8Array }[]
      >`
        SELECT l.seq, l.leaf, l.chain, e.entry FROM audit.log l JOIN audit.event e ON e.id = l.event_id
        WHERE l.seq >= ${from} AND l.seq < ${Math.min(from + batchRows, size)} ORDER BY l.seq`
      yield Buffer.concat(rows.map((row) => entryLine({ ...row, seq: Number(row.seq) })))
    }
  }
  return { size, lines: lines() }
}
