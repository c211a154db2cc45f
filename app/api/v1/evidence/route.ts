import { door } from '#lib/access/door.ts'
import { askForPack } from '#lib/evidence/commands.ts'
import { type ExportRefusal, explainExport } from '#lib/evidence/evidence.ts'
import { exportSchema } from '#lib/evidence/schema.ts'

/** Asks for an evidence pack of a release, an application or a period; fetch it at /api/v1/evidence/{id}. Logged. */
export const POST = door(
  {
    body: exportSchema,
    status: 201,
    refusals: { 'not-allowed-to-export': 403, 'no-such-thing': 404, 'nothing-there': 404 },
    explain: (refusal: ExportRefusal) => explainExport(refusal),
  },
  ({ db, body, viewer, requestId }) => askForPack(db, body, viewer, requestId),
)
