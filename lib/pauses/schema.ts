import { z } from 'zod'

const name = z.string().trim().min(1).max(253)
const reason = z.string().trim().min(3, 'at least 3 characters: what is wrong?').max(2000)
const id = z.string().regex(/^pau_[0-9a-z]+$/)

/** Body of POST /api/v1/pauses. */
export const pauseSchema = z.discriminatedUnion('scope', [
  z.strictObject({ scope: z.literal('all'), reason }),
  z.strictObject({ scope: z.literal('instance'), instance: name, reason }),
  z.strictObject({ scope: z.literal('project'), project: name, reason }),
  z.strictObject({ scope: z.literal('application'), application: name, reason }),
])

export const pauseParamsSchema = z.object({ id })

/** Body of POST /api/v1/pauses/{id}/resumption. */
export const resumptionSchema = z.strictObject({ reason })

/** The address of the list. */
export const pauseQuerySchema = z.object({ before: id.optional().catch(undefined) })
