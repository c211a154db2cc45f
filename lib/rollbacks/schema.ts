import { z } from 'zod'

const deployment = z.string().regex(/^dep_[0-9a-z]+$/)
const name = z.string().trim().min(1, 'its name or number').max(200)

/** What a request for a rollback says beside its reason. */
export const rollbackSchema = z.strictObject({
  to: deployment.describe('The deployment that is brought back'),
  occasion: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.enum(['incident', 'ticket']), name }),
    z.strictObject({ kind: z.literal('release'), release: z.string().regex(/^rel_[0-9a-z]+$/) }),
  ]),
})
export type RollbackInput = z.infer<typeof rollbackSchema>

/** Body of POST /api/v1/applications/{id}/rollbacks: prepares the way back to a deployment. */
export const prepareSchema = z.strictObject({ deployment })

export const rollbackParamsSchema = z.object({
  id: z.string().regex(/^app_[0-9a-z]+$/),
  deployment,
})
