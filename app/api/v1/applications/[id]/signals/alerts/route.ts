import { z } from 'zod'
import { door } from '#lib/access/door.ts'
import { readAlerts } from '#lib/alerts/loaders.ts'
import { alertsQuery } from '#lib/alerts/schema.ts'
import { ok, refuse } from '#lib/platform/result.ts'
import { signalContext } from '#lib/signals/loaders.ts'

/** Alerts about an application in a window, with how each stands to a deployment (`deployed`). */
export const GET = door(
  {
    params: z.object({ id: z.string().regex(/^app_[0-9a-z]+$/) }),
    query: alertsQuery,
    refusals: { 'no-such-application': 404 },
    explain: () => 'There is no such application, or you may not see it.',
  },
  async ({ params, query, viewer, now }) => {
    const view = await readAlerts(signalContext(), viewer, params.id, query, now)
    return view ? ok(view) : refuse({ code: 'no-such-application' as const })
  },
)
