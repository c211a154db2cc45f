import { paths } from '#lib/platform/paths.ts'

/** An answer of our own API that is not a success. */
export class HttpError extends Error {
  readonly status: number
  readonly body: unknown
  constructor(status: number, body: unknown) {
    super(`The server answered ${status}`)
    this.status = status
    this.body = body
  }
}

/**
 * Reads JSON from our own API, for react-query. Our own server is trusted to keep its contract, so the type
 * is the caller's to name. Signed out meanwhile: goes to sign in and comes back to this page.
 */
export async function fetchJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  const response = await fetch(path, { headers: { accept: 'application/json' }, ...(signal && { signal }) })
  const body = await response.json().catch(() => undefined)
  if (response.ok) return body as T
  if (response.status === 401) {
    location.assign(paths.signIn(location.pathname + location.search))
    // Never settles: the page is about to be left, and an error on it would only flash.
    await new Promise(() => {})
  }
  throw new HttpError(response.status, body)
}
