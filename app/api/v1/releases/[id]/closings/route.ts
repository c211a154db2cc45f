import { door } from '#lib/access/door.ts'
import { type ClosingRefusal, explainClosing } from '#lib/closings/closing.ts'
import { closeReview } from '#lib/closings/commands.ts'
import { closingSchema } from '#lib/closings/schema.ts'
import { noSayStatuses, noSuchRelease, releaseParamsSchema } from '#lib/releases/schema.ts'

/** One person's step out of review: says how the release ended, or confirms or declines what another said. */
export const POST = door(
  {
    body: closingSchema,
    params: releaseParamsSchema,
    status: 201,
    refusals: { ...noSayStatuses, 'own-finding': 403 },
    explain: (refusal: ClosingRefusal | { code: 'no-such-release' }) =>
      refusal.code === 'no-such-release' ? noSuchRelease : explainClosing(refusal),
  },
  ({ db, params, body, viewer, now }) => closeReview(db, params.id, body, viewer, now),
)
