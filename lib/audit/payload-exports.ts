import { z } from 'zod'
import { code, count, digest, moment, name, text } from './payload-parts.ts'

/** What events say of what somebody took away as a file. */
export const exported = {
  /** What the matrix showed, taken away as a file. `rows` is absent when there were too many to count. */
  'catalog.exported': z.strictObject({
    format: z.enum(['csv', 'json']),
    filter: z.record(code, text(500)),
    rows: count.optional(),
  }),
  /** The findings that fit a filter, taken away as a file; `cut` when there are more than it holds. */
  'findings.exported': z.strictObject({
    filter: z.record(code, text(500)),
    rows: count,
    cut: z.literal(true).optional(),
    file: digest.optional(),
  }),
  /** A signed pack was asked for; `about` is a release or an application by id. */
  'evidence.exported': z.strictObject({
    export: name,
    scope: z.enum(['release', 'application', 'period']),
    about: name.optional(),
    from: moment.optional(),
    to: moment.optional(),
    entries: count,
  }),
  /** The whole log was taken away as lines of JSON. `chain` is that of the last entry: it stands for all of them. */
  'log.exported': z.strictObject({ entries: count, chain: digest.optional() }),
  /** Entries that fit a filter, taken away as a file of this digest; `cut` when there are more than it holds. */
  'log.rows-exported': z.strictObject({
    format: code,
    filter: z.record(code, text(500)),
    rows: count,
    cut: z.literal(true).optional(),
    file: digest,
  }),
  /** The register of break-glass releases, taken away as a file. */
  'emergencies.exported': z.strictObject({
    filter: z.record(code, text(500)),
    rows: count,
    cut: z.literal(true).optional(),
    file: digest.optional(),
  }),
} as const satisfies Record<string, z.ZodType>
