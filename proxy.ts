import { randomBytes } from 'node:crypto'
import { type NextRequest, NextResponse } from 'next/server'
import { nonceHeader, pagePolicy, pathHeader, securityHeaders } from '#lib/access/security-headers.ts'
import { getConfig, isDevelopment } from '#lib/platform/per-process.ts'

/**
 * Headers only: nothing here decides who may do what. Path-matching layers have been passed by before, so every
 * page and route asks for itself.
 */
export function proxy(request: NextRequest): Response {
  const { url, access } = getConfig()
  // No picture is ever optimised here; what could be asked for at that address only costs memory.
  if (request.nextUrl.pathname.startsWith('/_next/image'))
    return new Response(null, { status: 404, headers: securityHeaders(url) })

  const nonce = randomBytes(16).toString('base64')
  const policy = pagePolicy({ nonce, url, issuer: access.issuer, development: isDevelopment() })

  // Next takes the nonce for its scripts from the request: a client's own must not get through.
  const headers = new Headers(request.headers)
  headers.delete('content-security-policy-report-only')
  headers.set('content-security-policy', policy)
  headers.set(nonceHeader, nonce)
  headers.set(pathHeader, request.nextUrl.pathname + request.nextUrl.search)

  const response = NextResponse.next({ request: { headers } })
  for (const [name, value] of Object.entries(securityHeaders(url))) response.headers.set(name, value)
  response.headers.set('Content-Security-Policy', policy)
  response.headers.set('Cache-Control', 'private, no-store')
  return response
}

// The API sets its own headers (lib/access/problem.ts): here its bodies would be read into memory first.
export const config = { matcher: ['/((?!api/|_next/static/).*)'] }
