import { z } from 'zod'
import { ok, type Result, refuse } from '#lib/platform/result.ts'

/** Who signed in, as far as the ID token says and we believe. Identity is (issuer, subject) and nothing else. */
export type Identity = {
  issuer: string
  subject: string
  /** For showing only. */
  name: string
  email: string | undefined
  /** The provider vouches for the address: commits under it are this person's. */
  emailVerified?: boolean
  groups: string[]
}

const groupsMax = 200
/** Postgres stores no NUL, and no provider of good will sends one. */
const stored = (lengthMax: number) =>
  z
    .string()
    .min(1)
    .max(lengthMax)
    .regex(/^[^\0]*$/)
const groupList = z.array(stored(256)).max(groupsMax)

const claimsSchema = z.looseObject({
  iss: z.string().max(500),
  sub: stored(255),
  name: z.string().optional().catch(undefined),
  preferred_username: z.string().optional().catch(undefined),
  email: z.string().max(320).optional().catch(undefined),
  // Some send it as a text.
  email_verified: z
    .union([z.boolean(), z.literal('true')])
    .optional()
    .catch(false),
  /** Providers put groups that do not fit somewhere else and leave a pointer (overage). */
  _claim_names: z.record(z.string(), z.unknown()).optional().catch({}),
})

/**
 * The groups of a token, or none: a list that is missing, cut off (overage), too long or of another type gives no
 * right at all. Names count exactly as written.
 */
export function groupsOf(claims: Record<string, unknown>, groupsClaim: string): string[] {
  const pointers = claims._claim_names
  if (typeof pointers === 'object' && pointers !== null && groupsClaim in pointers) return []
  const found = groupList.safeParse(claims[groupsClaim])
  return found.success ? [...new Set(found.data)] : []
}

/** Reads the claims of a verified ID token. Refuses a token of another issuer or without a subject. */
export function readIdentity(
  claims: unknown,
  access: { issuer: string; groupsClaim: string; trustEmails?: boolean | undefined },
): Result<Identity, 'token-not-understood'> {
  const parsed = claimsSchema.safeParse(claims)
  if (!parsed.success || parsed.data.iss !== access.issuer) return refuse('token-not-understood')
  const { iss, sub, name, preferred_username, email, email_verified } = parsed.data
  return ok({
    issuer: iss,
    subject: sub,
    name: (name?.trim() || preferred_username?.trim() || sub)
      .slice(0, 200)
      .toWellFormed()
      .replaceAll('\0', ''),
    email: email?.toWellFormed().replaceAll('\0', ''),
    emailVerified: access.trustEmails === true || email_verified === true || email_verified === 'true',
    groups: groupsOf(parsed.data, access.groupsClaim),
  })
}

/** What makes two accounts one person. Without an attribute that says so, every account is a person of its own. */
export function personKey(identity: Pick<Identity, 'issuer' | 'subject'>): string {
  return `${identity.issuer} ${identity.subject}`
}
