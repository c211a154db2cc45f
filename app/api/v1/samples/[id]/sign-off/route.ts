import { door } from '#lib/access/door.ts'
import { signOffSample } from '#lib/samples/commands.ts'
import { explainSample, type SampleRefusal } from '#lib/samples/sample.ts'
import { sampleParamsSchema, signOffSchema } from '#lib/samples/schema.ts'

/** Signs the working paper; the sample stays as it is from then on. */
export const POST = door(
  {
    permission: 'sample',
    body: signOffSchema,
    params: sampleParamsSchema,
    status: 201,
    refusals: { 'no-such-sample': 404, 'may-not-sample': 403, 'another-auditor': 403 },
    explain: (refusal: SampleRefusal) => explainSample(refusal),
  },
  ({ db, params, body, viewer }) => signOffSample(db, params.id, body, viewer),
)
