import { z } from 'zod'

const side = z.strictObject({
  application: z.string().regex(/^app_[0-9a-z]{1,40}$/),
  /** What it ran, as a page of comparison gave it. */
  revisions: z.array(z.string().min(1).max(300)).min(1).max(20),
})

/** Two applications whose manifests are to be laid side by side. */
export const newComparisonSchema = z.strictObject({ left: side, right: side })
export type NewComparison = z.infer<typeof newComparisonSchema>
