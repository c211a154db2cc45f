import { z } from 'zod'

const id = z.string().regex(/^pol_[0-9a-z]+$/)

/** The address of the list. */
export const policyQuerySchema = z.object({ before: id.optional().catch(undefined) })

export const policyParamsSchema = z.object({ id })

/** Body of POST /api/v1/policies/{id}/votes. Who rejects says why. */
export const policyVoteSchema = z
  .strictObject({
    kind: z.enum(['approve', 'reject']),
    reason: z.string().trim().min(3, 'at least 3 characters').max(2000).optional(),
  })
  .refine(({ kind, reason }) => kind === 'approve' || reason !== undefined, {
    path: ['reason'],
    error: 'at least 3 characters: why is it rejected?',
  })
