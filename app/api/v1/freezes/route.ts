import { door } from '#lib/access/door.ts'
import { readScope } from '#lib/access/policy.ts'
import { makeFreeze } from '#lib/freezes/commands.ts'
import { listCurrent } from '#lib/freezes/data.ts'
import { explainFreeze, type FreezeRefusal } from '#lib/freezes/freeze.ts'
import { freezeSchema, freezeStatuses } from '#lib/freezes/schema.ts'
import { ok } from '#lib/platform/result.ts'

/** Freezes and deployment windows that are not over, newest first. */
export const GET = door({ permission: 'read' }, async ({ db, viewer }) =>
  ok({ freezes: await listCurrent(db, readScope(viewer)) }),
)

/** Makes a freeze or a deployment window. */
export const POST = door(
  {
    body: freezeSchema,
    status: 201,
    refusals: freezeStatuses,
    explain: (refusal: FreezeRefusal) => explainFreeze(refusal),
  },
  ({ db, body, viewer, now }) => makeFreeze(db, body, viewer, now),
)
