import { z } from 'zod'
import { code, count, digest, moment, name, text, texts } from './payload-parts.ts'

/** What events say of the work of auditors. */
export const audited = {
  /** What an auditor's question found, taken away as a file. */
  'inquiry.exported': z.strictObject({
    question: code,
    format: code,
    filter: z.record(code, text(500)),
    rows: count,
    cut: z.literal(true).optional(),
    file: digest,
  }),
  /** A sample: `digest` is of the whole population, of which the seed picks `size`. */
  'sample.drawn': z.strictObject({
    sample: name,
    kind: code,
    from: moment,
    to: moment,
    environment: name.optional(),
    projects: texts(1000, 253).optional(),
    seed: text(100),
    size: count,
    population: count,
    digest,
  }),
  'sample.noted': z.strictObject({
    sample: name,
    item: name,
    verdict: z.enum(['ok', 'exception', 'not-applicable']),
    words: text(2000).optional(),
  }),
  /** `paper` is the digest of the working paper that was signed. */
  'sample.signed-off': z.strictObject({
    sample: name,
    items: count,
    exceptions: count,
    conclusion: text(4000),
    paper: digest,
  }),
  /** The working paper was taken away. */
  'sample.exported': z.strictObject({ sample: name, file: digest }),
} as const satisfies Record<string, z.ZodType>
