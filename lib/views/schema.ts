import { z } from 'zod'
import { viewQuery } from './board.ts'

const name = z.string().trim().min(1, 'Give it a name.').max(80, 'A name has 80 letters at most.')
const query = z.string().max(2000, 'An address of 2000 letters at most.').transform(viewQuery)
const sharedWith = z.string().min(1).max(300).nullable()

/** A new view: a name for an address. */
export const newViewSchema = z.strictObject({
  name,
  query,
  sharedWith: sharedWith.default(null),
  isDefault: z.boolean().default(false),
})
export type NewView = z.output<typeof newViewSchema>

/** What is left out stays as it is. */
export const viewChangeSchema = z.strictObject({
  name: name.optional(),
  query: query.optional(),
  sharedWith: sharedWith.optional(),
  isDefault: z.boolean().optional(),
})
export type ViewChange = z.output<typeof viewChangeSchema>

export const viewParamsSchema = z.object({ id: z.string().regex(/^vie_[0-9a-z]+$/) })
