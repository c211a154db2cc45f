import { door } from '#lib/access/door.ts'
import { decideRelease } from '#lib/releases/commands.ts'
import { explain, type Refusal } from '#lib/releases/release.ts'
import { decisionSchema, releaseParamsSchema } from '#lib/releases/schema.ts'

/** Who is rejected must learn why. */
const body = decisionSchema.refine(({ kind, comment }) => kind !== 'reject' || (comment ?? '').length >= 3, {
  path: ['comment'],
  error: 'at least 3 characters: why is it rejected?',
})

/** Approves or rejects a release: one person, on exactly the plan they read. */
export const POST = door(
  {
    body,
    params: releaseParamsSchema,
    refusals: {
      'no-such-release': 404,
      'own-request': 403,
      'own-request-other-account': 403,
      'service-account': 403,
      disabled: 403,
      'not-an-approver': 403,
    },
    explain: (refusal: Refusal | { code: 'no-such-release' }) =>
      refusal.code === 'no-such-release'
        ? 'There is no such release, or you may not see it.'
        : explain(refusal),
  },
  ({ db, params, body, viewer, now }) => decideRelease(db, params.id, body, viewer, now),
)
