import { z } from 'zod'

const name = z.string().trim().min(1).max(253)
const reason = z.string().trim().min(3, 'at least 3 characters: what for?').max(2000)
const id = z.string().regex(/^frz_[0-9a-z]+$/)
const local = z.iso.datetime({ local: true, precision: -1, error: 'such as 2026-12-24T18:00' })
const zone = z.string().trim().min(1).max(64)

const times = z.discriminatedUnion('kind', [
  /** By the clock on the wall of `zone`; begins now without `from`. */
  z.strictObject({ kind: z.literal('once'), from: local.optional(), to: local }),
  z.strictObject({
    kind: z.literal('recurring'),
    schedule: z.string().max(200),
    duration: z.string().max(40),
  }),
])

/** Body of POST /api/v1/freezes. All of the given places must fit; with none it is about everything. */
export const freezeSchema = z.strictObject({
  kind: z.enum(['deny', 'allow']),
  instance: name.optional(),
  project: name.optional(),
  environment: name.optional(),
  service: name.optional(),
  zone,
  times,
  reason,
})
export type FreezeInput = z.output<typeof freezeSchema>

/** Query of GET /api/v1/freezes/preview. */
export const previewSchema = z.object({
  zone,
  schedule: z.string().max(200),
  duration: z.string().max(40),
})

export const freezeParamsSchema = z.object({ id })

/** Body of POST /api/v1/freezes/{id}/end. */
export const freezeEndSchema = z.strictObject({ reason })

/** Body of POST /api/v1/releases/{id}/overrides. */
export const overrideSchema = z.strictObject({ freeze: id, reason })
export type OverrideInput = z.output<typeof overrideSchema>

/** The address of the list: past ones before this, and how many stretches of 14 days ahead the strip begins. */
export const freezeQuerySchema = z.object({
  before: id.optional().catch(undefined),
  strip: z.coerce.number().int().min(0).max(5).catch(0),
  new: z.enum(['deny', 'allow']).optional().catch(undefined),
})

/** The status of each refusal; 409 where it is not named. */
export const freezeStatuses = {
  disabled: 403,
  'service-account': 403,
  'not-allowed-to-freeze': 403,
  'not-allowed-to-override': 403,
  'own-request': 403,
  'no-such-place': 404,
  'no-such-freeze': 404,
  'no-such-release': 404,
  'bad-times': 422,
} as const
