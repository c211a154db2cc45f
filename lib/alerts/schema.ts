import { z } from 'zod'
import { instant } from '#lib/platform/clock.ts'

const labels = z
  .record(z.string().max(200), z.string().max(4000))
  .refine((value) => Object.keys(value).length <= 64, { error: 'at most 64 labels' })
const moment = z.iso.datetime({ offset: true }).transform((value) => instant(value))
const fingerprint = z.string().min(1).max(64)

/** What Alertmanager lists (`/api/v2/alerts`); what we do not use may be missing. */
export const listedAlerts = z.array(
  z.object({
    fingerprint,
    labels: z.record(z.string(), z.string()),
    annotations: z.record(z.string(), z.string()).default({}),
    startsAt: moment,
    generatorURL: z.string().default(''),
    status: z.object({
      state: z.enum(['active', 'suppressed', 'unprocessed']),
      silencedBy: z.array(z.string()).nullish(),
      inhibitedBy: z.array(z.string()).nullish(),
    }),
  }),
)
export type ListedAlert = z.output<typeof listedAlerts>[number]

/** `/api/v2/silences`: those that have ended are listed for some days more. */
export const listedSilences = z.array(
  z.object({
    id: z.string(),
    comment: z.string().default(''),
    createdBy: z.string().default(''),
    startsAt: moment,
    endsAt: moment,
    status: z.object({ state: z.enum(['active', 'pending', 'expired']) }),
    matchers: z
      .array(
        z.object({
          name: z.string(),
          value: z.string(),
          isRegex: z.boolean().default(false),
          isEqual: z.boolean().default(true),
        }),
      )
      .default([]),
  }),
)
export type ListedSilence = z.output<typeof listedSilences>[number]

/**
 * What Alertmanager's webhook sends (version 4). A firing alert's `endsAt` is the year 1; a resolved one may come
 * without annotations.
 */
export const webhookSchema = z.object({
  version: z.literal('4'),
  truncatedAlerts: z.number().int().min(0).default(0),
  alerts: z
    .array(
      z.object({
        status: z.enum(['firing', 'resolved']),
        labels,
        annotations: labels.default({}),
        startsAt: moment,
        endsAt: moment.optional(),
        generatorURL: z.string().max(2000).default(''),
        fingerprint,
      }),
    )
    .max(1000, { error: 'at most 1000 alerts in one message' }),
})
export type Webhook = z.output<typeof webhookSchema>

/** What the route of an application's alerts takes: the window, and the deployment that they are held against. */
export const alertsQuery = z.object({ from: moment, to: moment, deployed: moment.optional() })
