import { z } from 'zod'
import { door } from '#lib/access/door.ts'
import { countInbox, listInbox } from '#lib/inbox/loaders.ts'
import { ok } from '#lib/platform/result.ts'

const query = z.object({
  before: z
    .string()
    .regex(/^rel_[0-9a-z]+$/)
    .optional(),
  limit: z.coerce.number().int().min(0).max(200).default(50),
})

/** What waits for the caller: how many in all, and a page of them, newest first; go on with `?before=<next>`. */
export const GET = door({ query }, async ({ db, viewer, now, query }) =>
  ok({ count: await countInbox(db, viewer, now), ...(await listInbox(db, viewer, now, query)) }),
)
