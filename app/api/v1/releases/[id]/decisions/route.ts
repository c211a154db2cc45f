import { door } from '#lib/access/door.ts'
import { decideRelease } from '#lib/releases/commands.ts'
import { explain, type Refusal } from '#lib/releases/release.ts'
import { decisionSchema, noSayStatuses, noSuchRelease, releaseParamsSchema } from '#lib/releases/schema.ts'

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
    refusals: noSayStatuses,
    explain: (refusal: Refusal | { code: 'no-such-release' }) =>
      refusal.code === 'no-such-release' ? noSuchRelease : explain(refusal),
  },
  ({ db, params, body, viewer, now }) => decideRelease(db, params.id, body, viewer, now),
)
