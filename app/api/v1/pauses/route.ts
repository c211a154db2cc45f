import { door } from '#lib/access/door.ts'
import { startPause } from '#lib/pauses/commands.ts'
import { explainPause, type PauseRefusal } from '#lib/pauses/pause.ts'
import { pauseSchema } from '#lib/pauses/schema.ts'

/** Stops the releases of everything, one Argo CD, a project or an application. */
export const POST = door(
  {
    body: pauseSchema,
    status: 201,
    refusals: { disabled: 403, 'service-account': 403, 'not-allowed-to-pause': 403, 'no-such-place': 404 },
    explain: (refusal: PauseRefusal) => explainPause(refusal),
  },
  ({ db, body, viewer }) => startPause(db, body, viewer),
)
