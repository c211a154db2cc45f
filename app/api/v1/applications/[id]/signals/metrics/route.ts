import { z } from 'zod'
import { door } from '#lib/access/door.ts'
import { ok, refuse } from '#lib/platform/result.ts'
import { readMetrics, signalContext } from '#lib/signals/loaders.ts'
import { metricsQuery } from '#lib/signals/schema.ts'

/** One panel of an application's metrics. What the backend refuses or fails at is part of the answer, not a status. */
export const GET = door(
  {
    params: z.object({ id: z.string().regex(/^app_[0-9a-z]+$/) }),
    query: metricsQuery,
    refusals: { 'no-such-application': 404 },
    explain: () => 'There is no such application, or you may not see it.',
  },
  async ({ params, query, viewer, now }) => {
    const view = await readMetrics(signalContext(), viewer, params.id, query, now)
    return view ? ok(view) : refuse({ code: 'no-such-application' as const })
  },
)
