import { door } from '#lib/access/door.ts'
import { closeFinding } from '#lib/findings/commands.ts'
import { explainFinding, type FindingRefusal } from '#lib/findings/finding.ts'
import { findingClosingSchema, findingParamsSchema } from '#lib/findings/schema.ts'

/** A second person closes a finding with a reason. */
export const POST = door(
  {
    body: findingClosingSchema,
    params: findingParamsSchema,
    status: 201,
    refusals: {
      'no-such-finding': 404,
      disabled: 403,
      'service-account': 403,
      'not-an-approver': 403,
      'said-to-be-you': 403,
    },
    explain: (refusal: FindingRefusal | { code: 'no-such-finding' }) =>
      refusal.code === 'no-such-finding'
        ? 'There is no such finding, or you may not see it.'
        : explainFinding(refusal),
  },
  ({ db, params, body, viewer }) => closeFinding(db, params.id, body, viewer),
)
