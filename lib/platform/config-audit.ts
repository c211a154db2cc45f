import { z } from 'zod'
import { address, count, duration, secretRef } from './config-values.ts'

const tenantAllowed = 'a number from 0 to 4294967295'
const common = {
  token: secretRef.optional().describe('Bearer token that may write; only the worker reads it'),
  batch: count('a number of entries from 1 to 5000', 1, 5_000, 500).describe(
    'How many entries are handed over at once, at most; never more than 4 MB',
  ),
}

const victorialogs = z
  .strictObject({
    kind: z.literal('victorialogs'),
    url: address('https://logs.example.com').describe('Where it takes lines and answers queries'),
    ...common,
    tenant: z
      .strictObject({
        accountId: count(tenantAllowed, 0, 4_294_967_295, 0),
        projectId: count(tenantAllowed, 0, 4_294_967_295, 0),
      })
      .optional()
      .describe('Sent as the headers AccountID and ProjectID'),
    retention: duration('7d').describe(
      'How long it keeps lines, by its -retentionPeriod: older entries get the time at which they are handed over',
    ),
  })
  .transform(({ retention, ...rest }) => ({ ...rest, retentionMs: retention }))

const http = z.strictObject({
  kind: z.literal('http'),
  url: address('https://siem.example.com/countersign').describe(
    'Takes lines of JSON by POST and answers 2xx once it keeps them',
  ),
  ...common,
})

/** What becomes of the log besides being kept. */
export const audit = z.strictObject({
  stream: z
    .discriminatedUnion('kind', [victorialogs, http])
    .optional()
    .describe('Where the sealed log is copied to, entry by entry, in order'),
})
