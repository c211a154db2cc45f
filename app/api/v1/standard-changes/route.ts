import { door } from '#lib/access/door.ts'
import { readScope } from '#lib/access/policy.ts'
import { ok } from '#lib/platform/result.ts'
import { proposeStandardChange } from '#lib/standard-changes/commands.ts'
import { listStandardChanges } from '#lib/standard-changes/data.ts'
import { proposalSchema } from '#lib/standard-changes/schema.ts'
import { explainStandardChange, type StandardChangeRefusal } from '#lib/standard-changes/standard-change.ts'

/** Standard changes that the caller may see, newest first. */
export const GET = door({}, async ({ db, viewer }) =>
  ok({ standardChanges: await listStandardChanges(db, readScope(viewer)) }),
)

/** Proposes a standard change; two other people have to sign it. */
export const POST = door(
  {
    body: proposalSchema,
    status: 201,
    refusals: {
      disabled: 403,
      'service-account': 403,
      'may-not-propose': 403,
      'no-such-service': 404,
      'no-such-time-zone': 422,
    },
    explain: (refusal: StandardChangeRefusal) => explainStandardChange(refusal),
  },
  ({ db, body, viewer, now }) => proposeStandardChange(db, body, viewer, now),
)
