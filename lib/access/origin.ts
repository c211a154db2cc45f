import { ok, type Result, refuse } from '#lib/platform/result.ts'

export type ForeignOrigin = { code: 'origin-missing' | 'origin-foreign' | 'site-foreign'; detail: string }

/**
 * Whether a request that changes something comes from our own pages: `Origin` must be there and equal the
 * configured address (a missing one and `null` are foreign), and `Sec-Fetch-Site`, where a browser sends it,
 * must say the same. Scripts and pipelines set `Origin` themselves.
 */
export function checkOrigin(headers: Headers, url: string): Result<true, ForeignOrigin> {
  const origin = headers.get('origin')
  if (origin === null)
    return refuse({
      code: 'origin-missing',
      detail: `Requests that change something must say Origin: ${url}.`,
    })
  if (origin !== url)
    return refuse({
      code: 'origin-foreign',
      detail: `Only ${url} may send this request; this one names another origin.`,
    })
  const site = headers.get('sec-fetch-site')
  if (site !== null && site !== 'same-origin')
    return refuse({ code: 'site-foreign', detail: 'This request comes from another site.' })
  return ok(true)
}
