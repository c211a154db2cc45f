import { z } from 'zod'
import { door } from '#lib/access/door.ts'
import { ok } from '#lib/platform/result.ts'
import { search } from '#lib/search/data.ts'

const query = z.object({ q: z.string().max(200) })

/** What the command palette finds beside what it knows: services, applications, releases, people. */
export const GET = door({ permission: 'read', query }, async ({ viewer, db, query }) =>
  ok({ results: await search(db, viewer, query.q) }),
)
