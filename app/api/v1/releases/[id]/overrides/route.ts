import { door } from '#lib/access/door.ts'
import { overrideFreeze } from '#lib/freezes/commands.ts'
import { explainFreeze, type FreezeRefusal } from '#lib/freezes/freeze.ts'
import { freezeStatuses, overrideSchema } from '#lib/freezes/schema.ts'
import { releaseParamsSchema } from '#lib/releases/schema.ts'

/** Lets this one release through a freeze, or a deployment window that is shut. */
export const POST = door(
  {
    body: overrideSchema,
    params: releaseParamsSchema,
    status: 201,
    refusals: freezeStatuses,
    explain: (refusal: FreezeRefusal) => explainFreeze(refusal),
  },
  ({ db, params, body, viewer }) => overrideFreeze(db, params.id, body, viewer),
)
