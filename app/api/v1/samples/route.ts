import { door } from '#lib/access/door.ts'
import { drawSample } from '#lib/samples/commands.ts'
import { explainSample, type SampleRefusal } from '#lib/samples/sample.ts'
import { drawSchema } from '#lib/samples/schema.ts'

/** Draws a sample; Postgres picks. */
export const POST = door(
  {
    permission: 'sample',
    body: drawSchema,
    status: 201,
    refusals: { 'may-not-sample': 403 },
    explain: (refusal: SampleRefusal) => explainSample(refusal),
  },
  ({ db, body, viewer, requestId }) => drawSample(db, body, viewer, requestId),
)
