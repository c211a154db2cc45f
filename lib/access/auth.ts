import 'server-only'
import type { NextAuthOptions } from 'next-auth'
import { createCircuit, createSlots } from '#lib/platform/circuit.ts'
import { clock, type Instant } from '#lib/platform/clock.ts'
import type { Config } from '#lib/platform/config.ts'
import type { Db } from '#lib/platform/db.ts'
import { newSecret } from '#lib/platform/ids.ts'
import { log } from '#lib/platform/log.ts'
import { type Attempt, sessionAdapter } from './adapter.ts'
import { readIdentity } from './claims.ts'
import { refuseSignIn, type SignInRefusal } from './commands.ts'
import { cookieNames, cookieOptions } from './cookie.ts'
import { findSession } from './data.ts'
import { sessionEnd, sessionLife } from './session.ts'

export const providerId = 'oidc'

/** What sign-in needs. `clientSecret` and `secret` are asked for anew each time: files are rotated. */
export type AuthContext = {
  db: Db
  config: Pick<Config, 'url'> & {
    access: Pick<Config['access'], 'issuer' | 'clientId' | 'groupsClaim' | 'grants'>
  }
  clientSecret: () => string
  secret: () => string
  now: () => Instant
}

/** Calls to the provider: at most 16 sign-ins at once; after 5 failures in a row it rests for 5 s. */
export function createProviderGuard() {
  return {
    slots: createSlots(16),
    circuit: createCircuit({ failuresMax: 5, openMs: 5000, nowMs: clock.monotonicMs }),
  }
}

/** Only codes and messages: what next-auth hands its logger may hold tokens. */
const logger: NonNullable<NextAuthOptions['logger']> = {
  error: (code, metadata) => {
    const error = metadata instanceof Error ? metadata : metadata.error
    // Some messages go on with the value that was expected.
    const reason = error instanceof Error ? error.message.split(/[,\n]/)[0] : undefined
    log.warn('sign-in did not work', { code, reason })
  },
  warn: () => {},
  debug: () => {},
}

/** Whether this identified person is let in. */
async function refusalOf(context: AuthContext, attempt: Attempt): Promise<SignInRefusal | undefined> {
  const { account, priorHash } = attempt
  if (!account?.enabled) return 'disabled'
  if (account.kind !== 'person') return 'service-account'
  const prior = priorHash ? await findSession(context.db, priorHash) : undefined
  const lives = prior && !sessionEnd(prior, context.now()) && prior.account.enabled
  return lives && prior.account.accountId !== account.accountId ? 'other-person' : undefined
}

/** next-auth's options for one request; what happened stands in `attempt` afterwards. */
export function authOptions(context: AuthContext, attempt: Attempt): NextAuthOptions {
  const { config, db } = context
  const { access } = config
  const names = cookieNames(config.url)
  const cookie = (name: string) => ({ name, options: cookieOptions(names.secure) })
  // 15 minutes between the button and the way back.
  const checkCookie = (name: string) => ({ name, options: { ...cookieOptions(names.secure), maxAge: 900 } })

  return {
    secret: context.secret(),
    useSecureCookies: names.secure,
    logger,
    session: {
      strategy: 'database',
      maxAge: sessionLife.absoluteMs / 1000,
      generateSessionToken: newSecret,
    },
    cookies: {
      sessionToken: cookie(names.session),
      callbackUrl: cookie(names.next),
      csrfToken: cookie(names.csrf),
      state: checkCookie(names.state),
      nonce: checkCookie(names.nonce),
      pkceCodeVerifier: checkCookie(names.pkce),
    },
    adapter: sessionAdapter(db, attempt, context.now),
    providers: [
      {
        id: providerId,
        name: 'OpenID Connect',
        type: 'oauth',
        wellKnown: `${access.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
        issuer: access.issuer,
        clientId: access.clientId,
        clientSecret: context.clientSecret(),
        authorization: { params: { scope: 'openid profile email' } },
        idToken: true,
        checks: ['pkce', 'state', 'nonce'],
        httpOptions: { timeout: 5000 },
        profile(claims, tokens) {
          const identity = readIdentity(claims, access)
          if (!identity.ok) throw new Error(identity.refusal)
          attempt.identity = identity.value
          attempt.idToken = tokens.id_token
          return { id: identity.value.subject, email: '' }
        },
      },
    ],
    callbacks: {
      async signIn() {
        const { account } = attempt
        const refusal = await refusalOf(context, attempt)
        if (!refusal) return true
        attempt.refusal = refusal
        if (account) await refuseSignIn(db, account, access.issuer, refusal)
        return false
      },
    },
  }
}
