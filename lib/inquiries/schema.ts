import { z } from 'zod'
import {
  changeKinds,
  exceptionKinds,
  exceptionStates,
  inquiryFormats,
  questions,
  readCursor,
} from './inquiry.ts'

const none = (value: unknown) => (value === '' ? undefined : value)
const optional = <T extends z.ZodType>(schema: T) => z.preprocess(none, schema.optional())
const name = z.string().max(253)
const day = z.iso.date('is not a day such as 2026-11-23')

/** The address of a question. What it does not ask for it leaves alone. */
export const inquiryQuerySchema = z.object({
  from: optional(day),
  to: optional(day),
  at: optional(z.string().max(40)),
  kind: optional(z.enum([...new Set([...changeKinds, ...exceptionKinds])], 'is not a kind')),
  state: optional(z.enum(exceptionStates, 'is not a state')),
  service: optional(name),
  environment: optional(name),
  project: optional(name),
  release: optional(z.string().regex(/^rel_[0-9a-z]{1,64}$/, 'is not a release')),
  before: optional(z.string().refine((text) => readCursor(text) !== undefined, 'is not a page')),
})
export type InquiryQuery = z.output<typeof inquiryQuerySchema>

export const inquiryExportSchema = inquiryQuerySchema
  .omit({ before: true })
  .extend({ format: z.enum(inquiryFormats).default('csv') })
export const inquiryParamsSchema = z.object({ question: z.enum(questions) })

/** Reads an address that people may have typed: what is not understood is left out and named in `ignored`. */
export function parseInquiryQuery(search: Record<string, string | string[] | undefined>): {
  query: InquiryQuery
  ignored: string[]
} {
  const values = Object.fromEntries(Object.entries(search).map(([key, value]) => [key, [value].flat()[0]]))
  const parsed = inquiryQuerySchema.safeParse(values)
  if (parsed.success) return { query: parsed.data, ignored: [] }
  const ignored = [...new Set(parsed.error.issues.map(({ path }) => String(path[0])))]
  for (const key of ignored) delete values[key]
  return { query: inquiryQuerySchema.parse(values), ignored }
}

/** The query as texts: for an address, and for the entry that says what was read. Later `changes` win. */
export const inquiryTexts = (
  query: Record<string, unknown>,
  changes: Record<string, unknown> = {},
): Record<string, string> =>
  Object.fromEntries(
    Object.entries({ ...query, ...changes }).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, String(value)]],
    ),
  )
