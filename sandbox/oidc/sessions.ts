import type { KoaContextWithOIDC, Provider, Session } from 'oidc-provider'
import type { Store } from './adapter.ts'

/** The library's client has this method; its published types do not. */
type Told = { backchannelLogoutUri?: string; backchannelLogout: (sub: string, sid: string) => Promise<void> }

/** Ends one browser session: its tokens stop working, and every application that asked for it is told. */
export async function endSession(provider: Provider, session: Session, tellClients = true): Promise<void> {
  for (const [clientId, { grantId, sid }] of Object.entries(session.authorizations ?? {})) {
    if (grantId) {
      await provider.RefreshToken.revokeByGrantId(grantId)
      await (await provider.Grant.find(grantId))?.destroy()
    }
    const client = (await provider.Client.find(clientId)) as Told | undefined
    if (tellClients && client?.backchannelLogoutUri && session.accountId && sid) {
      // An application that is down must not keep a person signed in.
      await client.backchannelLogout(session.accountId, sid).catch(() => {})
    }
  }
  await session.destroy()
}

/** Ends all sessions of one person, as an administrator does in Keycloak. */
export async function endSessionsOf(
  provider: Provider,
  store: Store,
  personId: string,
  tellClients: boolean,
): Promise<void> {
  for (const { uid } of store.sessionsOf(personId)) {
    const session = uid ? await provider.Session.findByUid(uid) : undefined
    if (session) await endSession(provider, session, tellClients)
  }
}

/** RP-initiated logout with an `id_token_hint`: no question, straight back to the application. */
export async function signOutAndReturn(ctx: KoaContextWithOIDC): Promise<void> {
  const { session, provider, params } = ctx.oidc
  if (session) await endSession(provider, session)
  ctx.cookies.set(provider.cookieName('session'), null)
  const back = URL.parse(String(params?.post_logout_redirect_uri))
  if (back && params?.state) back.searchParams.set('state', String(params.state))
  ctx.redirect(back?.href ?? provider.urlFor('end_session_success'))
}
