import { door } from '#lib/access/door.ts'
import { getConfig } from '#lib/platform/context.ts'
import { ok, refuse } from '#lib/platform/result.ts'
import { readOffer } from '#lib/rollbacks/loaders.ts'
import { rollbackParamsSchema } from '#lib/rollbacks/schema.ts'

/** The way back to one deployment: whether it is prepared, what it would change, and who would have to approve it. */
export const GET = door(
  {
    params: rollbackParamsSchema,
    refusals: { 'no-such-deployment': 404 },
    explain: () => 'There is no such deployment, or you may not see it.',
  },
  async ({ db, params, viewer, now }) => {
    const offer = await readOffer({ db, config: getConfig() }, viewer, params.id, params.deployment, now)
    return offer ? ok(offer) : refuse({ code: 'no-such-deployment' as const })
  },
)
