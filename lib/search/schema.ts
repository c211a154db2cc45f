import { z } from 'zod'
import { kinds, queryLengthMax } from './search.ts'

const cursorLengthMax = 2000

/** Query of GET /api/v1/search. With `kind` alone there are pages: `after` is the `next` of the one before. */
export const searchQuerySchema = z.object({
  q: z.string().max(queryLengthMax, `at most ${queryLengthMax} characters`),
  kind: z.enum(kinds).optional(),
  after: z.string().max(cursorLengthMax).optional(),
})
