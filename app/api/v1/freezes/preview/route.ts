import { door } from '#lib/access/door.ts'
import { preview } from '#lib/freezes/occurrence.ts'
import { previewSchema } from '#lib/freezes/schema.ts'
import { ok } from '#lib/platform/result.ts'

/** The next five times of a schedule that somebody is writing, or in a sentence why it cannot be kept: both are answers. */
export const GET = door(
  { permission: 'read', query: previewSchema },
  async ({ query: { zone, ...times }, now }) => {
    const next = preview({ kind: 'recurring', ...times }, zone, now)
    return ok(next.ok ? { times: next.value } : { times: [], problem: next.refusal })
  },
)
