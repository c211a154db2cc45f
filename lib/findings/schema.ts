import { z } from 'zod'
import { closingKinds, findingKinds } from './finding.ts'

const none = (value: unknown) => (value === '' ? undefined : value)
const optional = <T extends z.ZodType>(schema: T) => z.preprocess(none, schema.optional())
const id = z.string().regex(/^fin_[0-9a-z]+$/)

export const findingParamsSchema = z.object({ id })

/** Body of POST /api/v1/findings/{id}/closing. */
export const findingClosingSchema = z
  .strictObject({
    kind: z.enum(closingKinds),
    reason: z.string().trim().min(3, 'at least 3 characters: how do you know?').max(2000),
    reference: z.string().trim().min(1).max(200).optional(),
  })
  .refine(({ kind, reference }) => kind !== 'explained' || reference !== undefined, {
    path: ['reference'],
    message: 'name the release or ticket that explains it',
  })

/** The address of the list. Days are UTC, both count. */
export const findingQuerySchema = z.object({
  kind: optional(z.enum(findingKinds)).catch(undefined),
  state: optional(z.enum(['open', 'closed'])).catch(undefined),
  application: optional(z.string().regex(/^app_[0-9a-z]+$/)).catch(undefined),
  service: optional(z.string().max(253)).catch(undefined),
  from: optional(z.iso.date()).catch(undefined),
  to: optional(z.iso.date()).catch(undefined),
  before: optional(id).catch(undefined),
})
export type FindingQuery = z.output<typeof findingQuerySchema>
