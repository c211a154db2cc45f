import { door } from '#lib/access/door.ts'
import { signStandardChange } from '#lib/standard-changes/commands.ts'
import { signatureSchema, standardChangeParamsSchema } from '#lib/standard-changes/schema.ts'
import { explainStandardChange, type StandardChangeRefusal } from '#lib/standard-changes/standard-change.ts'

/** Signs a standard change, or rejects it; the second signature puts it in force. */
export const POST = door(
  {
    body: signatureSchema,
    params: standardChangeParamsSchema,
    refusals: {
      'no-such-standard-change': 404,
      disabled: 403,
      'service-account': 403,
      'not-an-approver': 403,
      'own-proposal': 403,
    },
    explain: (refusal: StandardChangeRefusal) => explainStandardChange(refusal),
  },
  ({ db, params, body, viewer }) => signStandardChange(db, params.id, body, viewer),
)
