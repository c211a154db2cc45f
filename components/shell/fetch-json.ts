import { paths } from '#lib/platform/paths.ts'

/** A refusal or failure of our own API. `message` is a sentence for people, `code` is for programs. */
export class HttpError extends Error {
  readonly status: number
  readonly code: string
  /** The whole answer (RFC 9457), for what a code brings along. */
  readonly problem: Readonly<Record<string, unknown>>
  constructor(status: number, body: unknown) {
    const problem = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}
    super(typeof problem.detail === 'string' ? problem.detail : 'The server gave no reason. Try again.')
    this.status = status
    this.code = typeof problem.code === 'string' ? problem.code : 'unexpected'
    this.problem = problem
  }
}

/** Our own server is trusted to keep its contract, so the type is the caller's to name. */
async function read<T>(response: Response): Promise<T> {
  const body = await response.json().catch(() => undefined)
  if (response.ok) return body as T
  if (response.status === 401) {
    location.assign(paths.signIn(location.pathname + location.search))
    // Never settles: the page is about to be left, and an error on it would only flash.
    await new Promise(() => {})
  }
  throw new HttpError(response.status, body)
}

/**
 * Reads JSON from our own API, for react-query. Throws HttpError. Signed out meanwhile: goes to sign in and
 * comes back to this page.
 */
export async function fetchJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  return read(await fetch(path, { headers: { accept: 'application/json' }, ...(signal && { signal }) }))
}

/**
 * Posts JSON to our own API. `key` makes a repeat harmless: make one per intention (when a dialog opens), not
 * per press. Throws HttpError, whose message can be shown as it is.
 */
export async function postJson<T>(path: string, body: unknown, key: string): Promise<T> {
  const headers = {
    accept: 'application/json',
    'content-type': 'application/json',
    'idempotency-key': key,
  }
  return read(await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) }))
}
