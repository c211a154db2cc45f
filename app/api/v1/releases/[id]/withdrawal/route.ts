import { z } from 'zod'
import { door } from '#lib/access/door.ts'
import { withdrawRelease } from '#lib/releases/commands.ts'
import { explain, type Refusal } from '#lib/releases/release.ts'
import { noSuchRelease, releaseParamsSchema } from '#lib/releases/schema.ts'

/** The requester takes a release back. */
export const POST = door(
  {
    pipelines: true,
    body: z.strictObject({}),
    params: releaseParamsSchema,
    refusals: { 'no-such-release': 404, 'not-requester': 403 },
    explain: (refusal: Refusal | { code: 'no-such-release' }) =>
      refusal.code === 'no-such-release' ? noSuchRelease : explain(refusal),
  },
  ({ db, params, viewer, now }) => withdrawRelease(db, params.id, viewer, now),
)
