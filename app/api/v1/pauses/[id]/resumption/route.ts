import { door } from '#lib/access/door.ts'
import { endPause } from '#lib/pauses/commands.ts'
import { explainPause, type PauseRefusal } from '#lib/pauses/pause.ts'
import { pauseParamsSchema, resumptionSchema } from '#lib/pauses/schema.ts'

/** Ends a pause: what waited goes on. */
export const POST = door(
  {
    body: resumptionSchema,
    params: pauseParamsSchema,
    status: 201,
    refusals: { disabled: 403, 'service-account': 403, 'not-allowed-to-resume': 403, 'no-such-pause': 404 },
    explain: (refusal: PauseRefusal) => explainPause(refusal),
  },
  ({ db, params, body, viewer }) => endPause(db, params.id, body, viewer),
)
