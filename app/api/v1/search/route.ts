import { door } from '#lib/access/door.ts'
import { type SearchRefusal, search } from '#lib/search/data.ts'
import { searchQuerySchema } from '#lib/search/schema.ts'

/** A few of each kind for the palette; with `kind` a page of that kind. */
const limits = { palette: 5, page: 50 }

/** What a few letters could mean, grouped by kind, with why each was found. Only what the viewer may read. */
export const GET = door(
  {
    permission: 'read',
    query: searchQuerySchema,
    refusals: { 'search-too-slow': 503 },
    explain: (_: SearchRefusal) =>
      'The search took too long and was given up. Try other words, or more letters.',
  },
  ({ viewer, db, query: { q, kind, after } }) =>
    search(db, viewer, { text: q, limit: kind ? limits.page : limits.palette, kind, after }),
)
