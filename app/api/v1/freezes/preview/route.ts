import { door } from '#lib/access/door.ts'
import { explainFreeze, type FreezeRefusal } from '#lib/freezes/freeze.ts'
import { preview } from '#lib/freezes/occurrence.ts'
import { freezeStatuses, previewSchema } from '#lib/freezes/schema.ts'
import { ok, refuse } from '#lib/platform/result.ts'

/** The next five times of a schedule that nobody has kept yet. */
export const GET = door(
  {
    permission: 'read',
    query: previewSchema,
    refusals: freezeStatuses,
    explain: (refusal: FreezeRefusal) => explainFreeze(refusal),
  },
  async ({ query: { zone, ...times }, now }) => {
    const next = preview({ kind: 'recurring', ...times }, zone, now)
    return next.ok ? ok({ times: next.value }) : refuse({ code: 'bad-times' as const, why: next.refusal })
  },
)
