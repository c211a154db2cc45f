import { door } from '#lib/access/door.ts'
import { endFreeze } from '#lib/freezes/commands.ts'
import { explainFreeze, type FreezeRefusal } from '#lib/freezes/freeze.ts'
import { freezeEndSchema, freezeParamsSchema, freezeStatuses } from '#lib/freezes/schema.ts'

/** Ends a freeze or a deployment window for good. */
export const POST = door(
  {
    body: freezeEndSchema,
    params: freezeParamsSchema,
    status: 201,
    refusals: freezeStatuses,
    explain: (refusal: FreezeRefusal) => explainFreeze(refusal),
  },
  ({ db, params, body, viewer }) => endFreeze(db, params.id, body, viewer),
)
