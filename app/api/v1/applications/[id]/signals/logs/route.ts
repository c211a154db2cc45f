import { z } from 'zod'
import { door } from '#lib/access/door.ts'
import { readLogs } from '#lib/logs/loaders.ts'
import { logsQuery } from '#lib/logs/schema.ts'
import { ok, refuse } from '#lib/platform/result.ts'
import { signalContext } from '#lib/signals/loaders.ts'

/**
 * Lines, volume by level or error patterns of an application. Why there is nothing to show is part of the answer (`is`),
 * not a status.
 */
export const GET = door(
  {
    params: z.object({ id: z.string().regex(/^app_[0-9a-z]+$/) }),
    query: logsQuery,
    refusals: { 'no-such-application': 404 },
    explain: () => 'There is no such application, or you may not see it.',
  },
  async ({ params, query, viewer, now }) => {
    const view = await readLogs(signalContext(), viewer, params.id, query, now)
    return view ? ok(view) : refuse({ code: 'no-such-application' as const })
  },
)
