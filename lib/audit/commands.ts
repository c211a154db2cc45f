import 'server-only'
import type { Instant } from '#lib/platform/clock.ts'
import { type Db, inTransaction } from '#lib/platform/db.ts'
import type { ExcerptFormat } from './excerpt.ts'
import { sha256Hex } from './merkle.ts'
import { record } from './record.ts'

export type Reading = {
  by: { personId: string; accountId: string }
  /** What was asked for, as texts. */
  filter: Record<string, string>
  request?: string | undefined
  /** A page that renders itself again reads nothing new: no second entry when this one was read since then. */
  unlessSince?: Instant | undefined
}

/** Writes down that somebody read the log, before they are shown it. Says whether there is an entry of its own. */
export function recordReading(db: Db, { by, filter, request, unlessSince }: Reading): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    if (unlessSince) {
      const known = await tx.$queryRaw<unknown[]>`
        SELECT FROM audit.event
        WHERE type = 'log.read' AND actor_id = ${by.personId} AND at >= ${unlessSince}
          AND convert_from(entry, 'UTF8')::jsonb #> '{data,filter}' = ${JSON.stringify(filter)}::jsonb
        LIMIT 1`
      if (known.length > 0) return false
    }
    await record(tx, {
      type: 'log.read',
      actor: { kind: 'person', person: by.personId, account: by.accountId },
      subject: {},
      request,
      data: { filter },
    })
    return true
  })
}

export type RowsExport = Pick<Reading, 'by' | 'filter'> & {
  format: ExcerptFormat
  rows: number
  cut: boolean
  /** The file, to the last byte. */
  bytes: Uint8Array
  request: string
}

/** Writes down which file of entries somebody is about to be given. */
export function recordRowsExport(db: Db, of: RowsExport): Promise<string> {
  const { by, format, filter, rows, cut, bytes, request } = of
  return inTransaction(db, (tx) =>
    record(tx, {
      type: 'log.rows-exported',
      actor: { kind: 'person', person: by.personId, account: by.accountId },
      subject: {},
      request,
      data: { format, filter, rows, ...(cut && { cut: true as const }), file: sha256Hex(bytes) },
    }),
  )
}
