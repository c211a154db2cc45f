import { z } from 'zod'
import { door } from '#lib/access/door.ts'
import { readApplication } from '#lib/plans/loaders.ts'
import { getConfig } from '#lib/platform/context.ts'
import { ok, refuse } from '#lib/platform/result.ts'

/** One application: what runs, what Git says, and the plan that could be released with its digest and checks. */
export const GET = door(
  {
    pipelines: true,
    params: z.object({ id: z.string().regex(/^app_[0-9a-z]+$/) }),
    refusals: { 'no-such-application': 404 },
    explain: () => 'There is no such application, or you may not see it.',
  },
  async ({ db, params, viewer, now }) => {
    const view = await readApplication({ db, config: getConfig() }, viewer, params.id, now)
    return view ? ok(view) : refuse({ code: 'no-such-application' as const })
  },
)
