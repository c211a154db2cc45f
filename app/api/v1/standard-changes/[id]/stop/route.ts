import { door } from '#lib/access/door.ts'
import { stopStandardChange } from '#lib/standard-changes/commands.ts'
import { standardChangeParamsSchema, stopSchema } from '#lib/standard-changes/schema.ts'
import { explainStandardChange, type StandardChangeRefusal } from '#lib/standard-changes/standard-change.ts'

/** Ends a standard change at once; one person is enough. */
export const POST = door(
  {
    body: stopSchema,
    params: standardChangeParamsSchema,
    refusals: {
      'no-such-standard-change': 404,
      disabled: 403,
      'service-account': 403,
      'may-not-stop': 403,
    },
    explain: (refusal: StandardChangeRefusal) => explainStandardChange(refusal),
  },
  ({ db, params, body, viewer }) => stopStandardChange(db, params.id, body.reason, viewer),
)
