import { z } from 'zod'
import { ranges } from '#lib/metrics/window.ts'
import { levels } from './logsql.ts'

const moment = z.iso.datetime()
const listed = z
  .string()
  .max(100)
  .transform((text) => text.split(',').filter(Boolean))
  .pipe(z.array(z.enum(levels)).max(levels.length))

/** Which lines: `q` is a person's words, or with `mode=query` their LogsQL. */
const wanted = {
  q: z.string().max(1000, { error: '1000 characters at most' }).default(''),
  mode: z.enum(['words', 'query']).default('words'),
  levels: listed.optional(),
  version: z.string().min(1).max(300).optional(),
}

/** Logs of an application as the address asks for them. */
export const logsQuery = z.object({
  ...wanted,
  /** Lines; how many there are by level; error patterns since a deployment. */
  part: z.enum(['lines', 'volume', 'patterns']).default('lines'),
  range: z.enum(ranges).default('1h'),
  /** The moment in the middle; without it the window ends now. */
  around: moment.optional(),
  /** The deployment that patterns are compared across. */
  deployed: moment.optional(),
})
export type LogsQuery = z.output<typeof logsQuery>

export const tailQuery = z.object(wanted)
export type TailQuery = z.output<typeof tailQuery>
