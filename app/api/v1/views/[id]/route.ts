import { door } from '#lib/access/door.ts'
import { changeView } from '#lib/views/commands.ts'
import { viewChangeSchema, viewParamsSchema } from '#lib/views/schema.ts'
import { explainView, type ViewRefusal } from '#lib/views/view.ts'

/** Changes a view of the caller's own; what is left out stays. */
export const POST = door(
  {
    permission: 'read',
    body: viewChangeSchema,
    params: viewParamsSchema,
    refusals: { 'no-such-view': 404, 'not-in-group': 403 },
    explain: (refusal: ViewRefusal) => explainView(refusal),
  },
  ({ db, body, params, viewer, now, requestId }) =>
    changeView(db, params.id, body, { viewer, now, request: requestId }),
)
