import type { InteractionResults, KoaContextWithOIDC } from 'oidc-provider'
import { interactionPolicy } from 'oidc-provider'

/** Levels of authentication, lowest first, as the recorded realm maps them (silver = 1, gold = 2). */
export const levels = ['0', 'silver', 'gold'] as const
export type Level = (typeof levels)[number]

/**
 * The level an authorization request asks for, by `acr_values` or by the `claims` parameter. Unknown names are
 * left out, as Keycloak does. Undefined: nothing was asked.
 */
export function levelAsked(params: Record<string, unknown>): Exclude<Level, '0'> | undefined {
  const words = typeof params.acr_values === 'string' ? params.acr_values.split(' ') : []
  const claim = parsed(params.claims)?.id_token?.acr
  const asked = [...words, ...(claim?.values ?? []), ...(claim?.value ? [claim.value] : [])]
  if (asked.includes('gold')) return 'gold'
  return asked.includes('silver') ? 'silver' : undefined
}

type AcrRequest = { value?: string; values?: string[] }

function parsed(claims: unknown): { id_token?: { acr?: AcrRequest | null } } | undefined {
  // The library has already refused a `claims` parameter that is not a JSON object.
  return typeof claims === 'string' ? JSON.parse(claims) : undefined
}

const signedInJustNow = (ctx: KoaContextWithOIDC) =>
  Boolean((ctx.oidc.result as InteractionResults | undefined)?.login)

/**
 * When the picker is shown. Differs from the library's default where the recordings of Keycloak do: an impossible
 * `acr` is no error (the token says what was reached), and a level that was asked for always asks the person again.
 */
export function signInPolicy(mayContinue: (accountId: string) => boolean): interactionPolicy.DefaultPolicy {
  const { Check, base } = interactionPolicy
  const policy = base()
  policy.remove('consent')
  const login = policy.get('login')
  if (!login) throw new Error('oidc-provider has no login prompt')
  for (const reason of ['essential_acr', 'essential_acrs', 'no_session']) login.checks.remove(reason)
  login.checks.add(
    new Check('no_session', 'nobody is signed in', 'login_required', (ctx) => {
      const accountId = ctx.oidc.session?.accountId
      return !accountId || !mayContinue(accountId)
    }),
    0,
  )
  login.checks.add(
    new Check('level_asked', 'a level of sign-in was asked for', 'interaction_required', (ctx) => {
      return levelAsked(ctx.oidc.params ?? {}) !== undefined && !signedInJustNow(ctx)
    }),
  )
  return policy
}

/**
 * Keycloak answers a sign-in by cookie alone with `acr: "0"`: nobody proved anything just now. The library would
 * repeat the session's level; this shadows it for one answer without touching the session.
 */
export function cookieSignInIsLevelZero(ctx: KoaContextWithOIDC): void {
  if (!signedInJustNow(ctx)) Object.defineProperty(ctx.oidc, 'acr', { value: '0' satisfies Level })
}
