import { z } from 'zod'
import { requestSchema } from '#lib/releases/schema.ts'

const word = z.string().min(1).max(253)

/** Body of POST /api/v1/gates: what a pipeline made, by image or commit. */
export const gateSchema = z
  .strictObject({
    service: word,
    environment: word,
    target: word.optional(),
    instance: word.optional(),
    image: z.string().min(1).max(500).optional(),
    revision: z
      .string()
      .regex(/^[0-9a-f]{12,64}$/, 'a commit by at least 12 digits')
      .optional(),
    reason: requestSchema.shape.reason,
    ticket: requestSchema.shape.ticket,
  })
  .refine(({ image, revision }) => image !== undefined || revision !== undefined, {
    path: ['image'],
    error: 'say image, revision or both: a pipeline asks for what it made',
  })
