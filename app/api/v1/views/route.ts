import { door } from '#lib/access/door.ts'
import { ok } from '#lib/platform/result.ts'
import { createView } from '#lib/views/commands.ts'
import { listViews } from '#lib/views/data.ts'
import { newViewSchema } from '#lib/views/schema.ts'
import { explainView, type ViewRefusal } from '#lib/views/view.ts'

/** The caller's own views and those shared with their groups. */
export const GET = door({ permission: 'read' }, async ({ db, viewer }) =>
  ok({ views: await listViews(db, viewer), groups: viewer.groups }),
)

/** Saves an address of the matrix under a name. */
export const POST = door(
  {
    permission: 'read',
    body: newViewSchema,
    status: 201,
    refusals: { 'not-in-group': 403 },
    explain: (refusal: ViewRefusal) => explainView(refusal),
  },
  ({ db, body, viewer, now, requestId }) => createView(db, body, { viewer, now, request: requestId }),
)
