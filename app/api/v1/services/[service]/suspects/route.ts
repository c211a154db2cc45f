import { z } from 'zod'
import { door } from '#lib/access/door.ts'
import { instant } from '#lib/platform/clock.ts'
import { getConfig } from '#lib/platform/context.ts'
import { ok, refuse } from '#lib/platform/result.ts'
import { readSuspects } from '#lib/suspects/loaders.ts'

const query = z.object({ at: z.iso.datetime({ offset: true }), environment: z.string().max(63).optional() })

/** Deployments that may have caused errors of a service which began at `at`, the most likely first. */
export const GET = door(
  {
    permission: 'read',
    params: z.object({ service: z.string().min(1).max(253) }),
    query,
    refusals: { 'no-such-service': 404 },
    explain: () => 'There is no such service in this environment, or you may not see it.',
  },
  async ({ db, viewer, params, query }) => {
    const last = getConfig().catalog.environments.at(-1)?.name ?? ''
    const of = { service: params.service, environment: query.environment ?? last }
    const suspects = await readSuspects(db, viewer, of, instant(query.at))
    return suspects ? ok({ ...of, suspects }) : refuse({ code: 'no-such-service' as const })
  },
)
