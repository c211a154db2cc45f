import { z } from 'zod'

/** Body of POST /api/v1/releases/{id}/messages. */
export const messageSchema = z.strictObject({
  text: z.string().trim().min(1, 'at least one character').max(2000),
})
