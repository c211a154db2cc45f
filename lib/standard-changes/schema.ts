import { z } from 'zod'

const id = z.string().regex(/^std_[0-9a-z]+$/)
const reason = z.string().trim().min(3, 'at least 3 characters: why?').max(2000)

export const standardChangeParamsSchema = z.object({ id })

/** Body of POST /api/v1/standard-changes. `days`: after how many it expires. */
export const proposalSchema = z.strictObject({
  project: z.string().min(1).max(253),
  service: z.string().min(1).max(253),
  environment: z.string().min(1).max(253),
  perDay: z.int().min(1).max(20),
  timeZone: z.string().min(1).max(64),
  days: z.int().min(1).max(90),
  reason,
})
export type ProposalInput = z.infer<typeof proposalSchema>

/** Body of POST /api/v1/standard-changes/{id}/votes. `digest` is of the limits that were read; who rejects says why. */
export const signatureSchema = z
  .strictObject({
    kind: z.enum(['approve', 'reject']),
    digest: z.string().regex(/^[0-9a-f]{64}$/),
    reason: reason.optional(),
  })
  .refine(({ kind, reason }) => kind === 'approve' || reason !== undefined, {
    path: ['reason'],
    error: 'at least 3 characters: why is it rejected?',
  })
export type SignatureInput = z.infer<typeof signatureSchema>

/** Body of POST /api/v1/standard-changes/{id}/stop. */
export const stopSchema = z.strictObject({ reason })
