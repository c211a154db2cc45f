/** Set by the proxy on the way in, overwriting whatever a client sent: the path that is being looked at. */
export const pathHeader = 'x-countersign-path'
export const nonceHeader = 'x-nonce'

/** Headers of every answer, pages and API alike. */
export function securityHeaders(url: string): Record<string, string> {
  return {
    'X-Content-Type-Options': 'nosniff',
    // Not `no-referrer`: a form post would then carry `Origin: null`, which the door refuses.
    'Referrer-Policy': 'same-origin',
    'X-Frame-Options': 'DENY',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    ...(url.startsWith('https:') ? { 'Strict-Transport-Security': 'max-age=31536000' } : {}),
  }
}

/** What an answer that is data, not a page, may do when a browser shows it all the same: nothing. */
export const dataPolicy = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"

/**
 * The content security policy of one page. Scripts run by nonce only. `style` attributes are allowed (React and
 * the positioning of menus write them), style elements are not without the nonce. Development needs `eval` and
 * injected styles for its overlay.
 */
export function pagePolicy(options: {
  nonce: string
  url: string
  issuer: string
  development: boolean
}): string {
  const { nonce, development } = options
  return [
    "default-src 'self'",
    `script-src 'nonce-${nonce}' 'strict-dynamic'${development ? " 'unsafe-eval'" : ''}`,
    development ? "style-src 'self' 'unsafe-inline'" : `style-src 'self' 'nonce-${nonce}'`,
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    `connect-src 'self'${development ? ' ws:' : ''}`,
    "object-src 'none'",
    "frame-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    // Browsers check where a form post is redirected to: signing in and out leads to the provider.
    `form-action 'self' ${new URL(options.issuer).origin}`,
    ...(options.url.startsWith('https:') ? ['upgrade-insecure-requests'] : []),
  ].join('; ')
}
