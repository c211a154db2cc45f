import { door } from '#lib/access/door.ts'
import { readScope } from '#lib/access/policy.ts'
import { csvField } from '#lib/catalog/export.ts'
import { recordEmergenciesExport } from '#lib/emergencies/commands.ts'
import { listEmergencies } from '#lib/emergencies/data.ts'
import { standingOf } from '#lib/emergencies/emergency.ts'
import { emergencyQuerySchema } from '#lib/emergencies/schema.ts'

const rowsMax = 10_000
const head =
  'release,at,service,environment,application,version,by,incident,reason,result,due,standing,decided,decided by,said'

/** The register as CSV, newest first, at most 10,000; a last line says where it stops. Logged. */
export const GET = door(
  { permission: 'read', query: emergencyQuerySchema },
  async ({ viewer, db, query, now, requestId }) => {
    const found = await listEmergencies(db, readScope(viewer), query, { limit: rowsMax })
    const lines = found.emergencies.map((each) =>
      [
        ...[each.release, each.at, each.application.service, each.application.environment],
        ...[each.application.name, each.version, each.by.name, each.incident, each.reason, each.releaseState],
        ...[each.dueAt, standingOf(each, now)],
        ...[each.retrospective?.at, each.retrospective?.name, each.retrospective?.reason],
      ]
        .map(csvField)
        .join(','),
    )
    const cut = found.next !== undefined
    const { before: _page, ...filter } = query
    const stops = cut ? [csvField(`The ${rowsMax} newest only.`)] : []
    const text = `${[head, ...lines, ...stops].join('\r\n')}\r\n`
    await recordEmergenciesExport(db, {
      ...{ by: viewer, filter, rows: lines.length, cut, text },
      request: requestId,
    })
    return new Response(text, {
      headers: {
        'Content-Type': 'text/csv; charset=utf-8; header=present',
        'Content-Disposition': 'attachment; filename="emergencies.csv"',
      },
    })
  },
)
