import { z } from 'zod'

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const durationPattern = /^[1-9]\d{0,6}(ms|s|m|h|d)$/

/** `90s`, `15m`, `24h`, `7d` in milliseconds. Takes only what the schema let through. */
function durationMs(text: string): number {
  const unit = (text.match(/[a-z]+$/)?.[0] ?? 'ms') as keyof typeof unitMs
  return Number.parseInt(text, 10) * unitMs[unit]
}

const durationAllowed = 'a duration such as 90s, 15m, 24h or 7d'
/** A duration with a default; the value is in milliseconds. */
export const duration = (byDefault: string) =>
  z
    .string({ error: durationAllowed })
    .regex(durationPattern, { error: durationAllowed })
    .prefault(byDefault)
    .transform(durationMs)

/** A duration that may be left out; the value is in milliseconds. */
export const optionalDuration = () =>
  z
    .string({ error: durationAllowed })
    .regex(durationPattern, { error: durationAllowed })
    .transform(durationMs)
    .optional()

/** A line of text; `allowed` completes "allowed: …" in an error. */
export const text = (allowed: string) =>
  z.string({ error: allowed }).min(1, { error: allowed }).max(1000, { error: allowed })

/** Names that appear in addresses and tables. */
export const name = (example: string) => {
  const allowed = `a name of letters, digits, dot, dash and underscore, at most 63 long, such as ${example}`
  return z.string({ error: allowed }).regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, { error: allowed })
}

function isAddress(value: string): boolean {
  const url = URL.parse(value)
  const http = url?.protocol === 'http:' || url?.protocol === 'https:'
  return url !== null && http && !url.username && !url.password && !url.search && !url.hash
}

/** An http(s) address without user, password and query; kept as written but for a slash at its end. */
export const address = (example: string) => {
  const allowed = `an address such as ${example}, without user name, password or query`
  return z
    .string({ error: allowed })
    .refine(isAddress, { error: allowed })
    .transform((value) => value.replace(/\/+$/, ''))
    .meta({ format: 'uri' })
}

const originAllowed = 'an address without a path, such as https://countersign.example.com'
/** The portal's own address: scheme, host and port. */
export const origin = z
  .string({ error: originAllowed })
  .refine((value) => isAddress(value) && URL.parse(value)?.pathname === '/', { error: originAllowed })
  .transform((value) => new URL(value).origin)
  .meta({ format: 'uri' })

const issuerAllowed =
  'the issuer exactly as the provider names it, such as https://sso.example.com/realms/acme'
/** Compared with the `iss` of every token, character by character: nothing is trimmed. */
export const issuer = z
  .string({ error: issuerAllowed })
  .refine(isAddress, { error: issuerAllowed })
  .meta({ format: 'uri' })

/** A secret's place, never the secret. `file` is relative to the configuration file. */
export type SecretRef = { file: string } | { env: string }

/** Says how to give a secret; the wording of errors recognises a secret's value by it and does not repeat it. */
export const secretAllowed =
  'a secret by file, { file: ./name.secret }, or by environment variable, { env: NAME }; never the secret itself'

/** Where to find a secret. */
export const secretRef = z.union(
  [
    z.strictObject({ file: z.string({ error: secretAllowed }).min(1, { error: secretAllowed }) }),
    z.strictObject({
      env: z
        .string({ error: secretAllowed })
        .regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, { error: secretAllowed }),
    }),
  ],
  { error: secretAllowed },
)

/** A path of a file or folder, relative to the configuration file. */
export const path = text('a path, relative to this file')

const stepUpAllowed = 'true, false, or the levels (acr) and the age (maxAge) that a sign-in must have'
/** A sign-in of its own for one act. `true`: any level, no older than five minutes. */
export const stepUp = z
  .union(
    [
      z.boolean(),
      z.strictObject({
        acr: z.array(text('a level as the provider names it')).max(10).default([]),
        maxAge: duration('5m').refine((ms) => ms <= 300_000, { error: 'at most 5m' }),
      }),
    ],
    { error: stepUpAllowed },
  )
  .default(false)
  .transform((asked) => {
    if (typeof asked !== 'boolean') return { acr: asked.acr, maxAgeMs: asked.maxAge }
    return asked ? { acr: [], maxAgeMs: 300_000 } : undefined
  })

/** A whole number with a default. */
export const count = (allowed: string, min: number, max: number, byDefault: number) =>
  z
    .number({ error: allowed })
    .int({ error: allowed })
    .min(min, { error: allowed })
    .max(max, { error: allowed })
    .default(byDefault)
export const flag = (byDefault: boolean) => z.boolean({ error: 'true or false' }).default(byDefault)

/** A pattern for names, see matchesGlob. */
export const glob = text('a name; * stands for any characters')
