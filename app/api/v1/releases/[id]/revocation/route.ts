import { door } from '#lib/access/door.ts'
import { revokeRelease } from '#lib/releases/commands.ts'
import { explain, type Refusal } from '#lib/releases/release.ts'
import { noSuchRelease, releaseParamsSchema, revocationSchema } from '#lib/releases/schema.ts'

/** Somebody who approved takes that back, and the release ends. */
export const POST = door(
  {
    body: revocationSchema,
    params: releaseParamsSchema,
    refusals: { 'no-such-release': 404, 'not-approved-by-you': 403 },
    explain: (refusal: Refusal | { code: 'no-such-release' }) =>
      refusal.code === 'no-such-release' ? noSuchRelease : explain(refusal),
  },
  ({ db, params, body, viewer, now }) => revokeRelease(db, params.id, body.reason, viewer, now),
)
