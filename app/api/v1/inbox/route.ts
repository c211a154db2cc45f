import { door } from '#lib/access/door.ts'
import { ok } from '#lib/platform/result.ts'
import { countInbox } from '#lib/releases/loaders.ts'

/** How many releases wait for the caller's decision. */
export const GET = door({}, async ({ db, viewer, now }) => ok({ count: await countInbox(db, viewer, now) }))
