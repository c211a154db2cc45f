/** `__Host-` binds a cookie to this host, this scheme and no parent domain; browsers take it over https only. */
export function cookieNames(url: string) {
  const secure = url.startsWith('https:')
  const name = (end: string) => `${secure ? '__Host-' : ''}countersign${end}`
  return {
    secure,
    session: name(''),
    state: name('.state'),
    nonce: name('.nonce'),
    pkce: name('.pkce'),
    next: name('.next'),
    csrf: name('.csrf'),
    idToken: name('.id-token'),
  }
}

export type CookieOptions = { httpOnly: true; sameSite: 'lax'; path: '/'; secure: boolean }

/** Lax, not Strict: the way back from the provider is a navigation from another site. */
export const cookieOptions = (secure: boolean): CookieOptions => ({
  httpOnly: true,
  sameSite: 'lax',
  path: '/',
  secure,
})

/** One Set-Cookie line; without a value it takes the cookie away. Names and values are ours: no escaping. */
export function setCookie(name: string, value: string | undefined, secure: boolean, maxAgeS = 0): string {
  const life = value === undefined ? '; Max-Age=0' : `; Max-Age=${maxAgeS}`
  return `${name}=${value ?? ''}; Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}${life}`
}

/** The cookies of a request; the first of two with one name counts, as servers commonly read it. */
export function readCookies(header: string | null): Record<string, string> {
  const found: Record<string, string> = Object.create(null)
  for (const pair of (header ?? '').split(';')) {
    const at = pair.indexOf('=')
    if (at < 1) continue
    const name = pair.slice(0, at).trim()
    if (name in found) continue
    try {
      found[name] = decodeURIComponent(pair.slice(at + 1).trim())
    } catch {
      // Not percent-encoded text: not one of ours.
    }
  }
  return found
}
