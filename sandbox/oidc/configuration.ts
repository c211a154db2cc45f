import type { AccountClaims, Configuration, JWK, KoaContextWithOIDC } from 'oidc-provider'
import type { Store } from './adapter.ts'
import { errorPage, signedOutPage, signOutPage } from './pages.ts'
import { fullName, type Person } from './people.ts'
import { levels, signInPolicy } from './policy.ts'

/** One application that may send people here to sign in. */
export type OidcClient = {
  clientId: string
  clientSecret: string
  /** Exact addresses, or ending in `/*` for everything below, as Keycloak allows. */
  redirectUris: readonly string[]
  /** Told at once when a person is signed out here. Absent: back-channel logout is off. */
  backchannelLogoutUri?: string
}

type Needs = {
  issuer: string
  jwk: JWK
  cookieKey: string
  clients: readonly OidcClient[]
  store: Store
  /** Undefined when unknown or disabled. */
  find: (id: string) => Person | undefined
  /** Ends the session and answers with the way back to the application. */
  signOut: (ctx: KoaContextWithOIDC) => Promise<void>
}

const minuteS = 60
const hourS = 60 * minuteS

/** The library's settings. Life times and paths are Keycloak's defaults; everything not needed is off. */
export function configuration(needs: Needs): Configuration {
  const { issuer, store } = needs
  return {
    adapter: store.adapter,
    clients: needs.clients.map((client) => ({
      client_id: client.clientId,
      client_secret: client.clientSecret,
      redirect_uris: [...client.redirectUris],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      ...(client.backchannelLogoutUri && {
        backchannel_logout_uri: client.backchannelLogoutUri,
        backchannel_logout_session_required: true,
      }),
    })),
    jwks: { keys: [needs.jwk] },
    acrValues: [...levels],
    claims: {
      openid: ['sub', 'acr', 'amr', 'at_hash', 'auth_time', 'azp', 'jti', 'typ'],
      profile: ['name', 'groups', 'preferred_username', 'given_name', 'family_name'],
      email: ['email', 'email_verified'],
    },
    // Keycloak puts profile and e-mail into the ID token itself, not only into userinfo.
    conformIdTokenClaims: false,
    findAccount: (ctx, id) => {
      const person = needs.find(id)
      return person && { accountId: id, claims: (use) => claimsOf(person, use, ctx) }
    },
    // Nobody is asked for consent: the practice company trusts its own portal.
    loadExistingGrant: async (ctx) => {
      const { client, session, provider, account } = ctx.oidc
      if (!client || !session || !account) return undefined
      const grantId = session.grantIdFor(client.clientId)
      const known = grantId ? await provider.Grant.find(grantId) : undefined
      const grant = known ?? new provider.Grant({ accountId: account.accountId, clientId: client.clientId })
      grant.addOIDCScope('openid profile email')
      await grant.save()
      return grant
    },
    interactions: {
      policy: signInPolicy((id) => needs.find(id) !== undefined),
      url: (_ctx, interaction) => `/sign-in/${interaction.uid}`,
    },
    issueRefreshToken: () => true,
    rotateRefreshToken: false,
    expiresWithSession: () => true,
    pkce: { required: () => true },
    scopes: ['openid', 'profile', 'email'],
    routes: {
      authorization: '/protocol/openid-connect/auth',
      end_session: '/protocol/openid-connect/logout',
      jwks: '/protocol/openid-connect/certs',
      revocation: '/protocol/openid-connect/revoke',
      token: '/protocol/openid-connect/token',
      userinfo: '/protocol/openid-connect/userinfo',
    },
    ttl: {
      AccessToken: 5 * minuteS,
      AuthorizationCode: minuteS,
      Grant: 10 * hourS,
      IdToken: 5 * minuteS,
      Interaction: 30 * minuteS,
      RefreshToken: 30 * minuteS,
      Session: 10 * hourS,
    },
    cookies: {
      keys: [needs.cookieKey],
      // Cookies know no ports: on 127.0.0.1 these share a jar with the portal's own.
      names: { session: 'acme_sso', interaction: 'acme_sso_pick', resume: 'acme_sso_resume' },
      short: { httpOnly: true, sameSite: 'lax', signed: true },
      long: { httpOnly: true, sameSite: 'lax', signed: true },
    },
    clientBasedCORS: () => false,
    // The library's fetch guard refuses loopback addresses, and the sandbox knows no others.
    fetch: (url, options: RequestInit & { dispatcher?: unknown } = {}) => {
      const { dispatcher: _guard, ...rest } = options
      return fetch(url, rest)
    },
    features: {
      backchannelLogout: { enabled: true },
      claimsParameter: { enabled: true },
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      resourceIndicators: { enabled: false },
      revocation: {
        enabled: true,
        allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId,
      },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: async (ctx, form) => {
          if (ctx.oidc.entities.IdTokenHint) await needs.signOut(ctx)
          else ctx.body = signOutPage(form)
        },
        postLogoutSuccessSource: async (ctx) => {
          ctx.body = signedOutPage(issuer)
        },
      },
    },
    renderError: async (ctx, out) => {
      ctx.type = 'html'
      ctx.body = errorPage(out)
    },
  }
}

function claimsOf(person: Person, use: string, ctx: KoaContextWithOIDC): AccountClaims {
  const accessToken = ctx.oidc.entities.AccessToken?.jti
  return {
    sub: person.id,
    email: person.email,
    email_verified: true,
    name: fullName(person),
    groups: [...person.groups],
    preferred_username: person.id,
    given_name: person.givenName,
    family_name: person.familyName,
    ...(use === 'id_token' && {
      typ: 'ID',
      azp: ctx.oidc.client?.clientId,
      jti: crypto.randomUUID(),
      // Optional in the code flow, but Keycloak sends it. The library hashes whatever stands here.
      ...(accessToken && { at_hash: accessToken }),
    }),
  }
}
