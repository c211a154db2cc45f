import { door } from '#lib/access/door.ts'
import { readScope } from '#lib/access/policy.ts'
import { csvField } from '#lib/catalog/export.ts'
import { recordFindingsExport } from '#lib/findings/commands.ts'
import { listFindings } from '#lib/findings/data.ts'
import { filterOf } from '#lib/findings/loaders.ts'
import { findingQuerySchema } from '#lib/findings/schema.ts'

const rowsMax = 10_000
const head = 'id,found,kind,service,environment,application,says who,what,closed,as,by,reason,reference'

/** Findings that fit the filter as CSV, newest first, at most 10,000; a last line says where it stops. Logged. */
export const GET = door(
  { permission: 'read', query: findingQuerySchema },
  async ({ viewer, db, query, requestId }) => {
    const { findings, next } = await listFindings(db, readScope(viewer), filterOf(query), { limit: rowsMax })
    const lines = findings.map(({ id, foundAt, kind, application, saysWho, sentence, closing }) =>
      [
        ...[
          id,
          foundAt,
          kind,
          application.service,
          application.environment,
          application.name,
          saysWho,
          sentence,
        ],
        ...[closing?.at, closing?.kind, closing?.name, closing?.reason, closing?.reference],
      ]
        .map(csvField)
        .join(','),
    )
    const { before: _page, ...filter } = query
    const cut = next !== undefined
    const stops = cut ? [csvField(`The ${rowsMax} newest only; choose days for the others.`)] : []
    const text = `${[head, ...lines, ...stops].join('\r\n')}\r\n`
    await recordFindingsExport(db, {
      ...{ by: viewer, filter, rows: findings.length, cut, text },
      request: requestId,
    })
    return new Response(text, {
      headers: {
        'Content-Type': 'text/csv; charset=utf-8; header=present',
        'Content-Disposition': 'attachment; filename="findings.csv"',
      },
    })
  },
)
