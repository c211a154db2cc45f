import { z } from 'zod'
import { outcomes } from './closing.ts'

const finding = z.string().regex(/^clo_[0-9a-z]+$/)
const outcome = z.enum(outcomes)
const reason = z.string().trim().min(3, 'at least 3 characters: what shows it?').max(2000)

/** Body of POST /api/v1/releases/{id}/closings. An answer names the finding, a confirmation also the outcome, as read. */
export const closingSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('find'), outcome, reason }),
  z.strictObject({ kind: z.literal('confirm'), finding, outcome }),
  z.strictObject({ kind: z.literal('decline'), finding, reason }),
])
