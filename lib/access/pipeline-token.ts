import 'server-only'
import { createRemoteJWKSet, errors, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { z } from 'zod'
import { createHttpTarget, type HttpTarget } from '#lib/platform/http.ts'
import { ok, type Result, refuse } from '#lib/platform/result.ts'
import { parseJson } from './body.ts'

/** Whose tokens count: `iss` in the token, and where its discovery document answers if not there. */
export type TokenIssuer = { issuer: string; url: string; audience: string }

export type TokenRefusal =
  | { code: 'issuer-unreachable'; why: string }
  | { code: 'token-refused'; why: string }

const discovery = z.looseObject({ issuer: z.string(), jwks_uri: z.url({ protocol: /^https?$/ }) })
/** Asymmetric only: with a shared secret whoever verifies could sign. */
const algorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'EdDSA',
  'Ed25519',
]
/** Clocks of two servers. */
const clockToleranceS = 30

type Known = { target: HttpTarget; keys?: JWTVerifyGetKey }

/**
 * Verifies ID tokens of CI jobs: signature by a key of the issuer's discovery document (kept; asked again for an unknown
 * key), `iss`, `aud`, `exp`, `nbf`. Keys come from the same origin as the document and nothing follows a redirect. RFC 7519, RFC 8725.
 */
export function createTokenVerifier() {
  const known = new Map<string, Known>()

  async function keysOf({ issuer, url }: TokenIssuer): Promise<Result<JWTVerifyGetKey, TokenRefusal>> {
    const place = `${issuer} ${url}`
    const entry = known.get(place) ?? {
      target: createHttpTarget({ url, timeoutMs: 3000, concurrencyMax: 4, bytesMax: 256 * 1024 }),
    }
    known.set(place, entry)
    if (entry.keys) return ok(entry.keys)
    const outcome = await entry.target.send({ path: '/.well-known/openid-configuration' })
    if (!outcome.ok) return refuse({ code: 'issuer-unreachable', why: outcome.message })
    const parsed = discovery.safeParse(parseJson(outcome.response.body))
    if (outcome.response.status !== 200 || !parsed.success || parsed.data.issuer !== issuer)
      return refuse({ code: 'issuer-unreachable', why: `its discovery document is not that of ${issuer}` })
    const keys = new URL(parsed.data.jwks_uri)
    if (keys.origin !== new URL(url).origin)
      return refuse({ code: 'issuer-unreachable', why: 'its keys lie at another origin than it' })
    entry.keys = createRemoteJWKSet(keys, { timeoutDuration: 3000 })
    return ok(entry.keys)
  }

  return {
    async verify(token: string, issuer: TokenIssuer): Promise<Result<Record<string, unknown>, TokenRefusal>> {
      const keys = await keysOf(issuer)
      if (!keys.ok) return keys
      try {
        const { payload } = await jwtVerify(token, keys.value, {
          issuer: issuer.issuer,
          audience: issuer.audience,
          algorithms,
          clockTolerance: clockToleranceS,
          requiredClaims: ['exp', 'iat'],
        })
        return ok(payload)
      } catch (error) {
        const fetched = error instanceof errors.JOSEError && error.code !== 'ERR_JOSE_GENERIC'
        if (!fetched || error instanceof errors.JWKSTimeout)
          return refuse({ code: 'issuer-unreachable', why: 'its keys could not be fetched' })
        return refuse({ code: 'token-refused', why: error.message })
      }
    },
    close: () => Promise.all([...known.values()].map(({ target }) => target.close())),
  }
}
export type TokenVerifier = ReturnType<typeof createTokenVerifier>
