import { door } from '#lib/access/door.ts'
import { readScope } from '#lib/access/policy.ts'
import { recordInquiryExport } from '#lib/inquiries/commands.ts'
import { listLines } from '#lib/inquiries/data.ts'
import { linesText } from '#lib/inquiries/inquiry.ts'
import { filterOf } from '#lib/inquiries/loaders.ts'
import { inquiryExportSchema, inquiryParamsSchema, inquiryTexts } from '#lib/inquiries/schema.ts'

const linesMax = 10_000
const types = { csv: 'text/csv; charset=utf-8; header=present', jsonl: 'application/x-ndjson' }

/** Answers to a question as a file, at most 10,000; a last line says where it stops. Days are days in UTC. Logged. */
export const GET = door(
  { permission: 'export:evidence', params: inquiryParamsSchema, query: inquiryExportSchema },
  async ({ viewer, db, params: { question }, query: { format, ...query }, now, requestId }) => {
    const { problem: _, ...filter } = filterOf(query, 'UTC', now)
    const page = { limit: linesMax, now }
    const scope = readScope(viewer, 'export:evidence')
    const { lines, next } = await listLines(db, question, scope, filter, page)
    const cut = next !== undefined
    const text = linesText(format, lines, cut ? `The first ${linesMax} only.` : undefined)
    await recordInquiryExport(db, {
      ...{ by: viewer, question, format, filter: inquiryTexts(query), rows: lines.length, cut, text },
      request: requestId,
    })
    return new Response(text, {
      headers: {
        'Content-Type': types[format],
        'Content-Disposition': `attachment; filename="${question}.${format}"`,
      },
    })
  },
)
