import 'server-only'
import { createHash, createHmac } from 'node:crypto'
import * as oidc from 'openid-client'
import { newId } from '#lib/platform/ids.ts'
import { log } from '#lib/platform/log.ts'
import { paths } from '#lib/platform/paths.ts'
import { type Result, refuse } from '#lib/platform/result.ts'
import { answerStepUp, type Challenge } from '#lib/step-ups/commands.ts'
import { getStepUp } from '#lib/step-ups/data.ts'
import { stepUpClaimsSchema } from '#lib/step-ups/schema.ts'
import type { StepUp, StepUpProblem } from '#lib/step-ups/step-up.ts'
import type { AuthContext, createProviderGuard } from './auth.ts'
import { guarded, redirect } from './flow.ts'
import { findViewer, sessionIdOf } from './viewer.ts'

type Guard = ReturnType<typeof createProviderGuard>

/** Registered at the provider beside the one of sign-in. */
export const stepUpCallback = (url: string) => `${url}${paths.api.auth}/callback/step-up`

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

/** State, nonce and PKCE verifier follow from the id and our secret: nothing of them has to be kept anywhere. */
function secretsOf(context: AuthContext, id: string) {
  const part = (what: string) =>
    createHmac('sha256', context.secret()).update(`step-up ${what} ${id}`).digest('base64url')
  return { state: `${id}.${part('state')}`, nonce: part('nonce'), verifier: part('verifier') }
}

/** The provider as it describes itself; tokens are checked against its keys, not only trusted for their connection. */
function discover({ config, clientSecret }: AuthContext): Promise<oidc.Configuration> {
  const { issuer, clientId } = config.access
  const plain = issuer.startsWith('http:')
  return oidc.discovery(new URL(issuer), clientId, undefined, oidc.ClientSecretBasic(clientSecret()), {
    timeout: 5,
    execute: [oidc.enableNonRepudiationChecks, ...(plain ? [oidc.allowInsecureRequests] : [])],
  })
}

/** The provider in a slot and behind the breaker; undefined when it cannot be reached. */
const reach = (context: AuthContext, guard: Guard, signal: AbortSignal) =>
  guarded(guard, { signal }, async () => {
    const value = await discover(context).catch((error: unknown) => {
      log.warn('the sign-in provider could not be read', { reason: reasonOf(error) })
      return undefined
    })
    return { value, reached: value !== undefined }
  })

/** Only names of errors: their texts may hold what the provider was sent. */
const reasonOf = (error: unknown) =>
  error instanceof Error ? `${error.name} ${'code' in error ? error.code : ''}`.trim() : 'not an error'

/**
 * Sends a person to confirm who they are. `ask` judges whether they may do what it is for, and writes it down. The
 * address belongs to this one act: the provider is told to ask anew whoever is signed in there.
 */
export async function startStepUp<R>(
  context: AuthContext,
  guard: Guard,
  signal: AbortSignal,
  ask: (challenge: Challenge) => Promise<Result<{ acr: readonly string[] }, R>>,
): Promise<Result<{ id: string; address: string }, R | { code: 'provider-unreachable' }>> {
  const provider = await reach(context, guard, signal)
  if (!provider) return refuse({ code: 'provider-unreachable' })
  const id = newId('stepUp')
  const { state, nonce, verifier } = secretsOf(context, id)
  const asked = await ask({ id, nonceHash: sha256(nonce) })
  if (!asked.ok) return asked
  const { acr } = asked.value
  const address = oidc.buildAuthorizationUrl(provider, {
    redirect_uri: stepUpCallback(context.config.url),
    scope: 'openid',
    state,
    nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    // Keycloak does not count a sign-in of the same second as over; the prompt asks in any case.
    prompt: 'login',
    max_age: '0',
    ...(acr.length > 0 && { acr_values: acr.join(' ') }),
  })
  return { ok: true, value: { id, address: address.href } }
}

/** Where a person goes on: to what the step-up was for, with the step-up or with what went wrong. */
function backTo(stepUp: StepUp, problem?: StepUpProblem): string {
  const page = problem ? { unconfirmed: problem } : { confirmed: stepUp.id }
  return stepUp.release ? paths.release(stepUp.release, page) : paths.application(stepUp.application, page)
}

/** GET back from the provider: keeps the claims of a verified ID token that was made for this, or says what is wrong. */
export async function finishStepUp(context: AuthContext, guard: Guard, request: Request): Promise<Response> {
  const { db, config } = context
  const query = new URL(request.url).searchParams
  const id = query.get('state')?.split('.')[0] ?? ''
  const secrets = secretsOf(context, id)
  // Whoever makes up a state learns nothing, not even whether there is such a step-up.
  const stepUp = query.get('state') === secrets.state ? await getStepUp(db, id) : null
  if (!stepUp) return redirect(context, paths.services())
  const now = context.now()
  const found = await findViewer(context, sessionIdOf(request, config.url), now, { alive: true })
  if (!found || found.viewer.accountId !== stepUp.account)
    return redirect(context, found ? backTo(stepUp, 'other-person') : paths.signIn(backTo(stepUp, 'failed')))
  const { issuer, subject } = await db.account.findUniqueOrThrow({ where: { id: stepUp.account } })
  const account = { accountId: stepUp.account, personId: found.viewer.personId, issuer, subject }
  const keep = async (answer: Parameters<typeof answerStepUp>[3]) => {
    const kept = await answerStepUp(db, stepUp, account, answer, context.now())
    return redirect(context, backTo(stepUp, kept.ok ? undefined : kept.refusal))
  }
  if (query.has('error')) return keep({ kind: 'problem', problem: 'cancelled' })
  const provider = await reach(context, guard, request.signal)
  if (!provider) return keep({ kind: 'problem', problem: 'provider-unreachable' })

  const current = new URL(stepUpCallback(config.url))
  current.search = query.toString()
  try {
    const tokens = await oidc.authorizationCodeGrant(provider, current, {
      expectedState: secrets.state,
      expectedNonce: secrets.nonce,
      pkceCodeVerifier: secrets.verifier,
      idTokenExpected: true,
    })
    const claims = stepUpClaimsSchema.safeParse(tokens.claims())
    if (claims.success && tokens.id_token)
      return await keep({ kind: 'token', claims: claims.data, idToken: sha256(tokens.id_token) })
    log.warn('a step-up was answered without the claims it needs', { stepUp: id })
  } catch (error) {
    log.warn('a step-up did not work', { stepUp: id, reason: reasonOf(error) })
  }
  return keep({ kind: 'problem', problem: 'failed' })
}
