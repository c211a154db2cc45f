import { door } from '#lib/access/door.ts'
import { type ClosingRefusal, explainClosing } from '#lib/closings/closing.ts'
import { closeReview } from '#lib/closings/commands.ts'
import { closingSchema } from '#lib/closings/schema.ts'
import { releaseParamsSchema } from '#lib/releases/schema.ts'

/** One person's step out of review: says how the release ended, or confirms or declines what another said. */
export const POST = door(
  {
    body: closingSchema,
    params: releaseParamsSchema,
    status: 201,
    refusals: {
      'no-such-release': 404,
      'own-request': 403,
      'own-request-other-account': 403,
      'service-account': 403,
      disabled: 403,
      'not-an-approver': 403,
      'own-finding': 403,
    },
    explain: (refusal: ClosingRefusal | { code: 'no-such-release' }) =>
      refusal.code === 'no-such-release'
        ? 'There is no such release, or you may not see it.'
        : explainClosing(refusal),
  },
  ({ db, params, body, viewer, now }) => closeReview(db, params.id, body, viewer, now),
)
