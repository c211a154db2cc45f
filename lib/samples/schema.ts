import { z } from 'zod'
import { populations, verdicts } from './sample.ts'

const day = z.iso.date('is not a day such as 2026-11-23')
const none = (value: unknown) => (value === '' || value === null ? undefined : value)
const optional = <T extends z.ZodType>(schema: T) => z.preprocess(none, schema.optional())

/** Body of POST /api/v1/samples. Both days count, in UTC. */
export const drawSchema = z
  .strictObject({
    kind: z.enum(populations),
    from: day,
    to: day,
    environment: optional(z.string().max(253)),
    project: optional(z.string().max(253)),
    seed: optional(
      z
        .string()
        .trim()
        .regex(/^[A-Za-z0-9 ._:/-]{1,100}$/, 'is 1 to 100 letters, digits, spaces or . _ : / -'),
    ),
    size: z.int().min(1).max(200),
  })
  .refine(({ from, to }) => from <= to, { message: 'ends before it begins', path: ['to'] })
export type DrawInput = z.output<typeof drawSchema>

/** Control characters other than tab and line feed go: the log keeps none. */
const plain = z.string().transform((text) => text.replaceAll(/(?![\t\n])\p{Cc}/gu, '').trim())
const words = plain.pipe(z.string().min(3, 'says it in at least 3 characters').max(2000))

/** Body of POST …/notes. */
export const noteSchema = z
  .strictObject({
    n: z.int().min(1).max(200),
    verdict: z.enum(verdicts),
    words: optional(words),
  })
  .refine(({ verdict, words }) => verdict === 'ok' || words !== undefined, {
    message: 'says why',
    path: ['words'],
  })
export type NoteInput = z.output<typeof noteSchema>

/** Body of POST …/sign-off. `paper` is the digest that stood on the paper the auditor read. */
export const signOffSchema = z.strictObject({
  paper: z.string().regex(/^[0-9a-f]{64}$/, 'is not a digest'),
  conclusion: plain.pipe(z.string().min(3, 'says it in at least 3 characters').max(4000)),
})
export type SignOffInput = z.output<typeof signOffSchema>

const id = z.string().regex(/^smp_[0-9a-z]+$/, 'is not an id')
export const sampleParamsSchema = z.object({ id })
export const samplesQuerySchema = z.object({ before: id.optional().catch(undefined) })
