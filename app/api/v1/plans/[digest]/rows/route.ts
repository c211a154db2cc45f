import { z } from 'zod'
import { door } from '#lib/access/door.ts'
import { readPlanRows } from '#lib/plans/loaders.ts'
import { ok, refuse } from '#lib/platform/result.ts'

const query = z.object({
  object: z.coerce.number().int().min(0).max(1_000_000),
  from: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(1000).default(200),
  view: z.enum(['unified', 'split', 'raw']).default('unified'),
  only: z.literal('changed').optional(),
  /** `l12` of what runs or `r12` of what would: answers on which row it stands. */
  line: z
    .string()
    .regex(/^[lr]\d{1,9}$/)
    .optional(),
})

/** Rows of one object of a plan's diff, ready to be drawn: a long diff is read by the screenful. */
export const GET = door(
  {
    params: z.object({ digest: z.string().regex(/^[0-9a-f]{64}$/) }),
    query,
    refusals: { 'no-such-plan': 404 },
    explain: () => 'There is no such plan or no such object in it, or you may not see it.',
  },
  async ({ db, params, query: { object, from, limit, view, only, line }, viewer }) => {
    const look = { view, onlyChanged: only !== undefined }
    const rows = await readPlanRows(db, viewer, params.digest, { object, from, limit, look, line })
    return rows ? ok(rows) : refuse({ code: 'no-such-plan' as const })
  },
)
