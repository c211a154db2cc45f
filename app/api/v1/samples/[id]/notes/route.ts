import { door } from '#lib/access/door.ts'
import { noteItem } from '#lib/samples/commands.ts'
import { explainSample, type SampleRefusal } from '#lib/samples/sample.ts'
import { noteSchema, sampleParamsSchema } from '#lib/samples/schema.ts'

/** What the auditor found on one item. */
export const POST = door(
  {
    permission: 'sample',
    body: noteSchema,
    params: sampleParamsSchema,
    status: 201,
    refusals: { 'no-such-sample': 404, 'may-not-sample': 403, 'another-auditor': 403 },
    explain: (refusal: SampleRefusal) => explainSample(refusal),
  },
  ({ db, params, body, viewer }) => noteItem(db, params.id, body, viewer),
)
