import { z } from 'zod'

const digest = z.string().regex(/^[0-9a-f]{64}$/, 'a plan digest: 64 hexadecimal digits')

/** The id of a step-up, as decisions name what they rest on. */
export const stepUpId = z.string().regex(/^stu_[0-9a-z]+$/)

/** Body of POST /api/v1/step-ups: what the person is about to do. */
export const stepUpSchema = z.discriminatedUnion('purpose', [
  z.strictObject({
    purpose: z.literal('approve'),
    release: z.string().regex(/^rel_[0-9a-z]+$/),
    plan: digest,
  }),
  z.strictObject({
    purpose: z.literal('break-glass'),
    application: z.string().regex(/^app_[0-9a-z]+$/),
    plan: digest,
  }),
])

const word = z.string().max(200)

/** What is read of a verified ID token and kept: no name, no address. */
export const stepUpClaimsSchema = z.object({
  iss: z.string().max(500),
  sub: z.string().min(1).max(255),
  aud: z.union([z.string().max(500), z.array(z.string().max(500)).max(20)]),
  azp: z.string().max(500).optional(),
  nonce: z.string().max(200),
  iat: z.int(),
  exp: z.int(),
  auth_time: z.int().min(0).max(9_999_999_999),
  acr: word.optional(),
  // Most providers leave it out; some send one text.
  amr: z.union([z.array(word).max(20), word.transform((one) => [one])]).optional(),
  sid: z.string().max(300).optional(),
  jti: z.string().max(300).optional(),
})
export type KeptClaims = z.output<typeof stepUpClaimsSchema>
