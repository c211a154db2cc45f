import { z } from 'zod'
import { door } from '#lib/access/door.ts'
import { askForRollback, explainPrepare } from '#lib/rollbacks/commands.ts'
import { prepareSchema } from '#lib/rollbacks/schema.ts'

/** Has the way back to a deployment prepared; what came of it is told by the address of that deployment. */
export const POST = door(
  {
    params: z.object({ id: z.string().regex(/^app_[0-9a-z]+$/) }),
    body: prepareSchema,
    status: 202,
    refusals: { 'no-such-deployment': 404, 'may-not-request': 403 },
    explain: explainPrepare,
  },
  ({ db, params, body, viewer }) =>
    askForRollback(db, { application: params.id, deployment: body.deployment }, viewer),
)
