import { door } from '#lib/access/door.ts'
import { extendRelease } from '#lib/releases/commands.ts'
import { explain, type Refusal } from '#lib/releases/release.ts'
import { extensionSchema, noSayStatuses, noSuchRelease, releaseParamsSchema } from '#lib/releases/schema.ts'

/** More time for a release: another approval of exactly the plan that was read. */
export const POST = door(
  {
    body: extensionSchema,
    params: releaseParamsSchema,
    status: 201,
    refusals: noSayStatuses,
    explain: (refusal: Refusal | { code: 'no-such-release' }) =>
      refusal.code === 'no-such-release' ? noSuchRelease : explain(refusal),
  },
  ({ db, params, body, viewer, now }) => extendRelease(db, params.id, body, viewer, now),
)
