import { z } from 'zod'
import { door } from '#lib/access/door.ts'
import { deleteView } from '#lib/views/commands.ts'
import { viewParamsSchema } from '#lib/views/schema.ts'
import { explainView, type ViewRefusal } from '#lib/views/view.ts'

/** Deletes a view of the caller's own, for everybody who sees it. */
export const POST = door(
  {
    permission: 'read',
    body: z.strictObject({}),
    params: viewParamsSchema,
    refusals: { 'no-such-view': 404 },
    explain: (refusal: ViewRefusal) => explainView(refusal),
  },
  ({ db, params, viewer, now, requestId }) => deleteView(db, params.id, { viewer, now, request: requestId }),
)
