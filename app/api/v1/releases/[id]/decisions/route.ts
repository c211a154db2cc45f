import { door } from '#lib/access/door.ts'
import { decideRelease } from '#lib/releases/commands.ts'
import { explain, type Refusal } from '#lib/releases/release.ts'
import {
  decisionBodySchema,
  noSayStatuses,
  noSuchRelease,
  releaseParamsSchema,
} from '#lib/releases/schema.ts'

/** Approves or rejects a release: one person, on exactly the plan they read. */
export const POST = door(
  {
    body: decisionBodySchema,
    params: releaseParamsSchema,
    refusals: noSayStatuses,
    explain: (refusal: Refusal | { code: 'no-such-release' }) =>
      refusal.code === 'no-such-release' ? noSuchRelease : explain(refusal),
  },
  ({ db, params, body, viewer, now }) => decideRelease(db, params.id, body, viewer, now),
)
