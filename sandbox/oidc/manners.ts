import type { KoaContextWithOIDC } from 'oidc-provider'

const refreshLifeS = 1800

/**
 * Keycloak's wording around the protocol, from recordings/keycloak: the extra members of a token answer (which have
 * broken database adapters before), its error texts, `session_state` on the callback.
 */
export async function speakLikeKeycloak(
  ctx: KoaContextWithOIDC,
  next: () => Promise<unknown>,
): Promise<void> {
  await next()
  switch (ctx.oidc?.route) {
    case 'token':
      return ctx.status === 200 ? addTokenExtras(ctx) : rewordTokenError(ctx)
    case 'authorization':
    case 'resume':
      return rewordCallback(ctx)
    case 'userinfo':
      return rewordUserinfoError(ctx)
  }
}

function addTokenExtras(ctx: KoaContextWithOIDC): void {
  const { AuthorizationCode: code, RefreshToken: refresh } = ctx.oidc.entities
  Object.assign(ctx.body as object, {
    refresh_expires_in: refreshLifeS,
    'not-before-policy': 0,
    session_state: refresh?.sid ?? code?.sid,
  })
}

function rewordTokenError(ctx: KoaContextWithOIDC): void {
  const { error } = ctx.body as { error?: string }
  if (error === 'invalid_client') {
    ctx.body = {
      error: 'unauthorized_client',
      error_description: 'Invalid client or Invalid client credentials',
    }
  }
  if (error === 'invalid_grant') {
    const refreshing = ctx.oidc.params?.grant_type === 'refresh_token'
    ctx.body = { error, error_description: refreshing ? 'Session not active' : 'Code not valid' }
  }
}

function rewordCallback(ctx: KoaContextWithOIDC): void {
  const location = URL.parse(ctx.response.get('location'))
  if (!location) return
  if (location.searchParams.has('code')) {
    const sid = ctx.oidc.session?.sidFor(ctx.oidc.client?.clientId ?? '')
    if (sid) location.searchParams.set('session_state', sid)
  } else if (location.searchParams.get('error') === 'login_required') {
    location.searchParams.delete('error_description')
  } else return
  ctx.set('location', location.href)
}

function rewordUserinfoError(ctx: KoaContextWithOIDC): void {
  if (ctx.status !== 401) return
  ctx.set(
    'www-authenticate',
    'Bearer realm="acme", error="invalid_token", error_description="Token verification failed"',
  )
  ctx.body = ''
}
