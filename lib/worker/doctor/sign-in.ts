import { z } from 'zod'
import type { Config } from '#lib/platform/config.ts'
import { paths } from '#lib/platform/paths.ts'
import { readSecret } from '#lib/platform/secrets.ts'
import { about, type Finding } from './finding.ts'
import { askOnce, jsonOf } from './systems.ts'

const says = about('sign-in')
const discoverySchema = z.object({
  issuer: z.string(),
  authorization_endpoint: z.url(),
  token_endpoint: z.url(),
  code_challenge_methods_supported: z.array(z.string()).optional(),
})
type Discovery = z.infer<typeof discoverySchema>

/** The address that must be registered with the provider, character by character. */
export const redirectUri = (url: string) => `${url}${paths.api.auth}/callback/oidc`
/** The same for a step-up sign-in, where anything asks for one. */
export const stepUpUri = (url: string) => `${url}${paths.api.auth}/callback/step-up`

function split(endpoint: string) {
  const url = new URL(endpoint)
  return { origin: url.origin, path: url.pathname, query: [...url.searchParams] }
}

/** A code that nobody issued: a provider that knows the client complains about the code, any other about the client. */
async function tryClient(
  discovery: Discovery,
  access: Config['access'],
  redirect: string,
): Promise<Finding[]> {
  const { origin, path } = split(discovery.token_endpoint)
  const credentials = [access.clientId, readSecret(access.clientSecret)].map(encodeURIComponent).join(':')
  const outcome = await askOnce(origin, {
    method: 'POST',
    path,
    headers: {
      authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code: 'countersign-doctor',
      redirect_uri: redirect,
      code_verifier: 'countersign-doctor-tries-a-code-that-nobody-issued',
    }).toString(),
  })
  if (!outcome.ok) return [says.blocking(`The token endpoint cannot be reached: ${outcome.message}.`)]
  const answer = z.object({ error: z.string() }).safeParse(jsonOf(outcome.response.body))
  const error = answer.success ? answer.data.error : `status ${outcome.response.status}`
  if (error === 'invalid_grant')
    return [says.fine(`The provider knows the client ${access.clientId} and its secret.`)]
  if (error === 'invalid_client' || error === 'unauthorized_client')
    return [
      says.blocking(
        `The provider does not accept the client ${access.clientId} with this secret (${error}). Compare access.clientId and access.clientSecret with the provider; the client must be confidential.`,
      ),
    ]
  return [says.note(`Whether the client's secret is right cannot be told (the provider answered ${error}).`)]
}

async function tryRedirect(
  discovery: Discovery,
  access: Config['access'],
  redirect: string,
  what = 'a sign-in',
): Promise<Finding[]> {
  const { origin, path, query } = split(discovery.authorization_endpoint)
  const parameters = {
    client_id: access.clientId,
    response_type: 'code',
    scope: 'openid',
    redirect_uri: redirect,
    state: 'countersign-doctor',
    nonce: 'countersign-doctor',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  }
  const outcome = await askOnce(origin, { path, query: [...query, ...Object.entries(parameters)] })
  if (!outcome.ok) return [says.blocking(`The sign-in page cannot be reached: ${outcome.message}.`)]
  const { status, headers } = outcome.response
  if (status < 400 && !/[?&]error=/.test(headers.location ?? ''))
    return [says.fine(`The provider would send people back to ${redirect}.`)]
  return [
    says.blocking(
      `The provider refuses ${what} that returns to ${redirect} (status ${status}). Register exactly this redirect URI for the client ${access.clientId}, with the standard flow on.`,
    ),
  ]
}

/** Discovery, issuer, client and redirect URI, without signing anybody in. */
export async function examineSignIn({
  access,
  url,
  policies = [],
}: Pick<Config, 'access' | 'url'> & Partial<Pick<Config, 'policies'>>): Promise<Finding[]> {
  const outcome = await askOnce(access.issuer, { path: '/.well-known/openid-configuration' })
  if (!outcome.ok)
    return [
      says.blocking(
        `The provider ${access.issuer} cannot be reached: ${outcome.message}. Nobody can sign in.`,
      ),
    ]
  if (outcome.response.status !== 200)
    return [
      says.blocking(
        `${access.issuer}/.well-known/openid-configuration answered ${outcome.response.status}. Check access.issuer: for Keycloak it ends in /realms/ and the name of the realm.`,
      ),
    ]
  const parsed = discoverySchema.safeParse(jsonOf(outcome.response.body))
  if (!parsed.success)
    return [says.blocking(`${access.issuer} does not answer as an OpenID provider. Check access.issuer.`)]
  const discovery = parsed.data
  if (discovery.issuer !== access.issuer)
    return [
      says.blocking(
        `The provider calls itself ${discovery.issuer}, the configuration ${access.issuer}. Both must be the same, character by character: change access.issuer or the provider's public host name.`,
      ),
    ]
  const redirect = redirectUri(url)
  const pkce = discovery.code_challenge_methods_supported?.includes('S256')
    ? []
    : [says.warning('The provider does not say that it supports PKCE with S256. Turn it on for the client.')]
  const nobody = access.grants.some((grant) => grant.role === 'approver')
    ? []
    : [says.warning('No group has the role approver in access.grants: nobody can approve a release.')]
  const confirming =
    access.grants.some(({ role }) => role === 'break-glass') || policies.some(({ stepUp }) => stepUp)
  const more = await Promise.all([
    tryClient(discovery, access, redirect),
    tryRedirect(discovery, access, redirect),
    confirming ? tryRedirect(discovery, access, stepUpUri(url), 'a step-up sign-in') : [],
  ])
  return [says.fine(`The provider ${access.issuer} answers.`), ...pkce, ...more.flat(), ...nobody]
}
