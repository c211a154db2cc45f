import { z } from 'zod'
import { stepUpId } from '#lib/step-ups/schema.ts'
import { emergencyStates, reasonLengthMin } from './emergency.ts'

/** Body of POST /api/v1/emergencies: breaks the glass for exactly the plan that was read. */
export const breakGlassSchema = z.strictObject({
  application: z.string().regex(/^app_[0-9a-z]+$/),
  plan: z.string().regex(/^[0-9a-f]{64}$/, 'a plan digest: 64 hexadecimal digits'),
  reason: z
    .string()
    .trim()
    .min(reasonLengthMin, `at least ${reasonLengthMin} characters: what is wrong, and why can it not wait?`)
    .max(2000),
  incident: z.string().trim().min(1, 'the incident it is for').max(200),
  name: z.string().max(253).describe('The name of the application, typed by the person'),
  stepUp: stepUpId,
})
export type BreakGlassInput = z.infer<typeof breakGlassSchema>

/** Body of POST /api/v1/releases/{id}/retrospective. */
export const retrospectiveSchema = z
  .strictObject({
    kind: z.enum(['approve', 'object']),
    plan: z.string().regex(/^[0-9a-f]{64}$/),
    reason: z.string().trim().max(2000).optional(),
  })
  .refine(({ kind, reason }) => kind === 'approve' || (reason ?? '').length >= 3, {
    path: ['reason'],
    error: 'at least 3 characters: what was wrong?',
  })
export type RetrospectiveInput = z.infer<typeof retrospectiveSchema>

/** The address of the register. */
export const emergencyQuerySchema = z.object({
  state: z.enum(emergencyStates).optional().catch(undefined),
  before: z
    .string()
    .regex(/^rel_[0-9a-z]+$/)
    .optional()
    .catch(undefined),
})
export type EmergencyQuery = z.output<typeof emergencyQuerySchema>
