import { z } from 'zod'
import { rollbackSchema } from '#lib/rollbacks/schema.ts'
import { stepUpId } from '#lib/step-ups/schema.ts'

const digest = z.string().regex(/^[0-9a-f]{64}$/, 'a plan digest: 64 hexadecimal digits')

/** Body of POST /api/v1/releases. */
export const requestSchema = z.strictObject({
  application: z.string().regex(/^app_[0-9a-z]+$/),
  plan: digest.describe('The digest of the plan that was read'),
  reason: z.string().trim().min(3, 'at least 3 characters: why is this needed?').max(2000),
  ticket: z.string().trim().min(1).max(200).optional(),
  standardChange: z
    .string()
    .regex(/^std_[0-9a-z]+$/)
    .optional()
    .describe('The standard change to go under; ordinary approvals apply where a limit is not met'),
  rollback: rollbackSchema.optional().describe('The plan goes back to this deployment, and why'),
})
export type RequestInput = z.infer<typeof requestSchema>

/** Body of POST /api/v1/releases/{id}/decisions. `plan` is the digest the person actually saw. */
export const decisionSchema = z.strictObject({
  kind: z.enum(['approve', 'reject']),
  plan: digest,
  comment: z.string().trim().max(2000).optional(),
  stepUp: stepUpId.optional().describe('The step-up sign-in it rests on, where the policy asks for one'),
  acknowledged: z
    .array(z.strictObject({ plan: digest, at: z.iso.datetime() }))
    .max(50)
    .optional()
    .describe('Of each plan whose changes the person said to have read: its digest, and when'),
})
export type DecisionInput = z.infer<typeof decisionSchema>

/** What the door lets in: who is rejected must learn why, and nobody approves what they have not said to have read. */
export const decisionBodySchema = decisionSchema
  .refine(({ kind, comment }) => kind !== 'reject' || (comment ?? '').length >= 3, {
    path: ['comment'],
    error: 'at least 3 characters: why is it rejected?',
  })
  .refine(
    ({ kind, plan, acknowledged }) => kind !== 'approve' || acknowledged?.some((each) => each.plan === plan),
    { path: ['acknowledged'], error: 'say first that you have read what this plan changes' },
  )

/** Body of POST /api/v1/releases/{id}/extensions: another approval of the plan that was read. */
export const extensionSchema = z.strictObject({
  plan: digest,
  comment: z.string().trim().max(2000).optional(),
})
export type ExtensionInput = z.infer<typeof extensionSchema>

/** Body of POST /api/v1/releases/{id}/revocation. */
export const revocationSchema = z.strictObject({
  reason: z.string().trim().min(3, 'at least 3 characters: why is it taken back?').max(2000),
})

export const releaseParamsSchema = z.object({ id: z.string().regex(/^rel_[0-9a-z]+$/) })

/** What those are answered who have no say in a release, or may not know of it. */
export const noSayStatuses = {
  'no-such-release': 404,
  'own-request': 403,
  'own-request-other-account': 403,
  'service-account': 403,
  disabled: 403,
  'not-an-approver': 403,
  author: 403,
} as const

export const noSuchRelease = 'There is no such release, or you may not see it.'
