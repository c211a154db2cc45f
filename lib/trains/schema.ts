import { z } from 'zod'
import { membersMax, parallelMax, stagesMax } from './train.ts'

const digest = z.string().regex(/^[0-9a-f]{64}$/, 'a digest: 64 hexadecimal digits')
const reason = z.string().trim().min(3, 'at least 3 characters: why?').max(2000)
const release = z.string().regex(/^rel_[0-9a-z]+$/)

/** Body of POST /api/v1/trains: plans that were read, in stages. */
export const trainSchema = z.strictObject({
  members: z
    .array(
      z.strictObject({
        application: z.string().regex(/^app_[0-9a-z]+$/),
        plan: digest,
        stage: z.int().min(1).max(stagesMax),
      }),
    )
    .min(2, 'at least two applications: one is a release')
    .max(membersMax, `at most ${membersMax} applications`),
  parallel: z.int().min(1).max(parallelMax).default(1),
  reason,
  ticket: z.string().trim().min(1).max(200).optional(),
})
export type TrainInput = z.infer<typeof trainSchema>

export const trainParamsSchema = z.object({ id: z.string().regex(/^trn_[0-9a-z]+$/) })

/** Body of POST /api/v1/trains/{id}/decisions. `digest` is what the person read; each plan was acknowledged by itself. */
export const trainDecisionSchema = z
  .strictObject({
    kind: z.enum(['approve', 'reject']),
    digest,
    comment: z.string().trim().max(2000).optional(),
    acknowledged: z
      .array(z.strictObject({ plan: digest, at: z.iso.datetime() }))
      .max(membersMax)
      .default([]),
  })
  .refine(({ kind, comment }) => kind !== 'reject' || (comment ?? '').length >= 3, {
    path: ['comment'],
    error: 'at least 3 characters: why is it rejected?',
  })
export type TrainDecisionInput = z.infer<typeof trainDecisionSchema>

/** Body of POST /api/v1/trains/{id}/resumptions: past which member it goes on. */
export const trainResumptionSchema = z.strictObject({ release, reason })
