import { z } from 'zod'
import { door } from '#lib/access/door.ts'
import { readMatrix } from '#lib/catalog/data.ts'
import { readFilter } from '#lib/catalog/filter.ts'
import { getConfig } from '#lib/platform/context.ts'
import { ok } from '#lib/platform/result.ts'

const query = z.record(z.string(), z.string()).transform(readFilter)

/** One page of the matrix: q, only, team, health, sort, after. */
export const GET = door({ permission: 'read', query }, async ({ viewer, db, now, query }) =>
  ok(await readMatrix(db, viewer, now, getConfig().catalog.environments, query)),
)
