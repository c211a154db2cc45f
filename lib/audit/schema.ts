import { z } from 'zod'
import { excerptFormats } from './excerpt.ts'
import { type EventGroup, eventGroups } from './words.ts'

const none = (value: unknown) => (value === '' ? undefined : value)
const optional = <T extends z.ZodType>(schema: T) => z.preprocess(none, schema.optional())

const id = z.string().regex(/^[a-z]{2,5}_[0-9a-z]{1,64}$/, 'is not an id')
const name = z.string().max(253)
const day = z.iso.date('is not a day such as 2026-11-23')
const seq = z.coerce.number('is not a number').int().min(0).max(Number.MAX_SAFE_INTEGER)

/** The address of the history: what it is narrowed to, from where on, and which entry stands open. */
export const historyQuerySchema = z.object({
  kind: optional(z.enum(Object.keys(eventGroups) as EventGroup[], 'is not a kind of event')),
  person: optional(id),
  service: optional(name),
  environment: optional(name),
  application: optional(id),
  release: optional(id),
  text: optional(z.string().max(200)),
  /** Both days count, in the time zone of whoever asks. */
  from: optional(day),
  to: optional(day),
  /** Entries before this number: the next page. */
  before: optional(seq),
  entry: optional(seq),
})
export type HistoryQuery = z.output<typeof historyQuerySchema>

/** For programs and for the marker of new entries: `since` asks only how many came after that entry. */
export const historyAnswerSchema = historyQuerySchema.omit({ entry: true }).extend({ since: optional(seq) })

const isZone = (zone: string) => {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: zone }))
  } catch {
    return false
  }
}

/** Entries as a file: a format, the filter, and the time zone in which its days begin and end. */
export const rowsQuerySchema = historyQuerySchema.omit({ entry: true, before: true }).extend({
  format: z.enum(excerptFormats).default('csv'),
  zone: z.string().max(64).refine(isZone, 'is not a time zone').default('UTC'),
})

/** Reads an address that people may have typed: what is not understood is left out and named in `ignored`. */
export function parseHistoryQuery(search: Record<string, string | string[] | undefined>): {
  query: HistoryQuery
  ignored: string[]
} {
  const values = Object.fromEntries(Object.entries(search).map(([key, value]) => [key, [value].flat()[0]]))
  const parsed = historyQuerySchema.safeParse(values)
  if (parsed.success) return { query: parsed.data, ignored: [] }
  const ignored = [...new Set(parsed.error.issues.map(({ path }) => String(path[0])))]
  for (const key of ignored) delete values[key]
  return { query: historyQuerySchema.parse(values), ignored }
}
