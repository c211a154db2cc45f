import { door } from '#lib/access/door.ts'
import { recordRowsExport } from '#lib/audit/commands.ts'
import { listExportRows } from '#lib/audit/data.ts'
import { excerptText } from '#lib/audit/excerpt.ts'
import { filterOf, textsOf } from '#lib/audit/history.ts'
import { exportableProjects } from '#lib/audit/loaders.ts'
import { rowsQuerySchema } from '#lib/audit/schema.ts'

const rowsMax = 10_000
const types = {
  csv: ['text/csv; charset=utf-8; header=present', 'csv'],
  jsonl: ['application/jsonl; charset=utf-8', 'jsonl'],
  ocsf: ['application/jsonl; charset=utf-8', 'ocsf.jsonl'],
} as const

/**
 * Entries that fit the filter of the history as CSV, lines of JSON or OCSF, at most the 10,000 newest. Each row can be
 * proved by itself; the file's digest is in the entry about it.
 */
export const GET = door(
  { permission: 'export:evidence', query: rowsQuerySchema },
  async ({ viewer, db, query: { format, zone, ...query }, requestId }) => {
    const filter = filterOf(query, zone, exportableProjects(viewer))
    const { rows, cut } = await listExportRows(db, filter, rowsMax)
    const bytes = Buffer.from(excerptText(format, rows), 'utf8')
    const of = {
      by: viewer,
      format,
      filter: textsOf(query),
      rows: rows.length,
      cut,
      bytes,
      request: requestId,
    }
    await recordRowsExport(db, of)
    const [type, ending] = types[format]
    return new Response(bytes, {
      headers: {
        'Content-Type': type,
        'Content-Disposition': `attachment; filename="countersign-entries.${ending}"`,
      },
    })
  },
)
