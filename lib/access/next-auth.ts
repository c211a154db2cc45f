import 'server-only'
import type { NextApiRequest, NextApiResponse } from 'next'
import NextAuth, { type NextAuthOptions } from 'next-auth'
import { ownEnv } from '#lib/platform/env.ts'

export type NextAuthCall = {
  method: 'GET' | 'POST'
  /** `['callback', 'oidc']` and the like. */
  action: string[]
  query?: Record<string, string>
  body?: Record<string, string>
  cookies?: Record<string, string>
}

export type NextAuthAnswer = { location: string | undefined; setCookies: string[]; body: unknown }

/**
 * Calls next-auth through the interface it has for API routes, with a request and a response of our own: it sees
 * what we hand over and no header of the outside, and it runs without Next in tests. `url` is the portal's address.
 */
export async function callNextAuth(
  url: string,
  call: NextAuthCall,
  options: NextAuthOptions,
): Promise<NextAuthAnswer> {
  // next-auth takes its own address from here or from headers that anybody may send.
  ownEnv().NEXTAUTH_URL = url
  const answer: NextAuthAnswer = { location: undefined, setCookies: [], body: undefined }
  const response = {
    status: () => response,
    getHeader: (name: string) => (name.toLowerCase() === 'set-cookie' ? answer.setCookies : undefined),
    setHeader(name: string, value: string | string[]) {
      if (name.toLowerCase() === 'set-cookie') answer.setCookies = [value].flat()
      if (name.toLowerCase() === 'location') answer.location = String(value)
      return response
    },
    send: (body: unknown) => {
      answer.body = body
    },
    json: (body: unknown) => {
      answer.body = body
    },
    end: () => {},
  }
  const request = {
    method: call.method,
    query: { ...call.query, nextauth: call.action },
    body: call.body ?? {},
    cookies: call.cookies ?? {},
    headers: {},
  }
  await NextAuth(request as unknown as NextApiRequest, response as unknown as NextApiResponse, options)
  return answer
}
