import { door } from '#lib/access/door.ts'
import { newerThan, readHistory } from '#lib/audit/loaders.ts'
import { historyAnswerSchema } from '#lib/audit/schema.ts'
import { ok } from '#lib/platform/result.ts'

export const dynamic = 'force-dynamic'

/** The log as JSON, newest first; days are days in UTC. Each answer is itself an entry, except a mere count. */
export const GET = door(
  { permission: 'read:log', query: historyAnswerSchema },
  async ({ viewer, query: { since, ...query }, db, now, requestId }) => {
    const reader = { db, viewer, query: { ...query, entry: undefined }, zone: 'UTC', now, fresh: true }
    if (since !== undefined) return ok({ count: await newerThan(reader, since) })
    const { page, state } = await readHistory({ ...reader, request: requestId })
    return ok({ ...page, log: state })
  },
)
