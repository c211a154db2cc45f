import { dataPolicy, securityHeaders } from './security-headers.ts'

const titles: Record<number, string> = {
  400: 'Bad request',
  401: 'Not signed in',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  413: 'Too large',
  415: 'Unsupported media type',
  422: 'Not understood',
  429: 'Too many requests',
  500: 'Something went wrong here',
  503: 'Not available now',
}

/** An error as RFC 9457 tells it. `code` is for programs, `detail` for people, `request` finds it in our log. */
export type Problem = {
  type: string
  title: string
  status: number
  detail: string
  code: string
  request: string
} & Record<string, unknown>

export function problem(
  status: number,
  code: string,
  detail: string,
  request: string,
  more: Record<string, unknown> = {},
): Problem {
  const title = titles[status] ?? 'Error'
  return { ...more, type: `urn:countersign:problem:${code}`, title, status, detail, code, request }
}

/** Headers that every answer of the API carries. Nothing of it may be kept by anybody between. */
export function apiHeaders(url: string, request: string): Record<string, string> {
  return {
    ...securityHeaders(url),
    'Content-Security-Policy': dataPolicy,
    'Cache-Control': 'private, no-store',
    'X-Request-Id': request,
  }
}

export function problemResponse(body: Problem, url: string, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), {
    status: body.status,
    headers: { ...apiHeaders(url, body.request), ...headers, 'Content-Type': 'application/problem+json' },
  })
}

/** A request that the door sends away; thrown inside the door only, and always caught there. */
export class TurnedAway extends Error {
  status: number
  code: string
  detail: string
  more: Record<string, unknown>
  headers: Record<string, string>
  constructor(status: number, code: string, detail: string, rest: TurnedAwayRest = {}) {
    super(code)
    this.status = status
    this.code = code
    this.detail = detail
    this.more = rest.more ?? {}
    this.headers = rest.headers ?? {}
  }
}
type TurnedAwayRest = { more?: Record<string, unknown>; headers?: Record<string, string> }

export const turnAway = (status: number, code: string, detail: string, rest?: TurnedAwayRest) =>
  new TurnedAway(status, code, detail, rest)
