import 'server-only'
import { paths } from '#lib/platform/paths.ts'
import type { Attempt } from './adapter.ts'
import { type AuthContext, authOptions, type createProviderGuard, providerId } from './auth.ts'
import { closeSession } from './commands.ts'
import { cookieNames, readCookies, setCookie } from './cookie.ts'
import { safeNext } from './next-address.ts'
import { callNextAuth } from './next-auth.ts'
import { checkOrigin } from './origin.ts'
import { securityHeaders } from './security-headers.ts'
import { hashSessionId } from './session.ts'
import { nextField, problemOf, type SignInProblem, signInAddress } from './sign-in.ts'

/** Larger ID tokens do not fit into a cookie; the provider then asks once more whether to sign out. */
const idTokenLengthMax = 3500
const formBytesMax = 8 * 1024

type Guard = ReturnType<typeof createProviderGuard>

/** 303: whatever the method was, the browser goes on with GET. */
export function redirect(context: AuthContext, location: string, setCookies: string[] = []): Response {
  const headers = new Headers({
    ...securityHeaders(context.config.url),
    Location: new URL(location, context.config.url).href,
    'Cache-Control': 'private, no-store',
  })
  for (const cookie of setCookies) headers.append('Set-Cookie', cookie)
  return new Response(null, { status: 303, headers })
}

async function readForm(request: Request): Promise<URLSearchParams> {
  const isForm = request.headers.get('content-type')?.startsWith('application/x-www-form-urlencoded')
  const length = Number(request.headers.get('content-length') ?? Number.NaN)
  return new URLSearchParams(isForm && length <= formBytesMax ? await request.text() : '')
}

/** Runs `work` in a slot and behind the circuit breaker; `undefined` when the provider rests or nobody waits. */
export async function guarded<T>(
  guard: Guard,
  request: Pick<Request, 'signal'>,
  work: () => Promise<{ value: T; reached: boolean | undefined }>,
) {
  const release = await guard.slots.take(request.signal)
  if (!release) return undefined
  try {
    if (!guard.circuit.enter()) return undefined
    const { value, reached } = await work()
    guard.circuit.report(reached === undefined ? 'neither' : reached ? 'success' : 'failure')
    return value
  } catch (error) {
    guard.circuit.report('neither')
    throw error
  } finally {
    release()
  }
}

/** POST of the button: sends the browser to the provider, with state, nonce and PKCE in cookies of their own. */
export async function startSignIn(context: AuthContext, guard: Guard, request: Request): Promise<Response> {
  const { url } = context.config
  if (!checkOrigin(request.headers, url).ok) return redirect(context, signInAddress('foreign-origin'))
  const next = safeNext((await readForm(request)).get(nextField))
  const names = cookieNames(url)
  const options = authOptions(context, {})
  const answer = await guarded(guard, request, async () => {
    // next-auth wants its own token besides our check of the origin: asked for and given back at once.
    const csrf = await callNextAuth(url, { method: 'GET', action: ['csrf'] }, options)
    const { csrfToken } = csrf.body as { csrfToken: string }
    const cookie = readCookies(csrf.setCookies.find((line) => line.startsWith(`${names.csrf}=`)) ?? '')
    const value = await callNextAuth(
      url,
      {
        method: 'POST',
        action: ['signin', providerId],
        body: { csrfToken, callbackUrl: next },
        cookies: { [names.csrf]: cookie[names.csrf] ?? '' },
      },
      options,
    )
    return { value, reached: isAway(value.location, url) }
  })
  if (!answer?.location || !isAway(answer.location, url))
    return redirect(context, signInAddress('provider-unreachable', next))
  return redirect(context, answer.location, withoutCsrf(answer.setCookies, names.csrf))
}

const isAway = (location: string | undefined, url: string) =>
  location !== undefined && !location.startsWith(`${url}/`)
const withoutCsrf = (lines: string[], name: string) => lines.filter((line) => !line.startsWith(`${name}=`))

/** GET back from the provider: checks everything, begins the session, goes on to where the person wanted to go. */
export async function finishSignIn(context: AuthContext, guard: Guard, request: Request): Promise<Response> {
  const { url } = context.config
  const names = cookieNames(url)
  const cookies = readCookies(request.headers.get('cookie'))
  const query = Object.fromEntries(new URL(request.url).searchParams)
  const wanted = URL.parse(cookies[names.next] ?? '')
  const next = wanted?.origin === url ? safeNext(wanted.pathname + wanted.search) : '/'
  const attempt: Attempt = { priorHash: hashSessionId(cookies[names.session]) }
  const kept = Object.fromEntries(
    [names.state, names.nonce, names.pkce].flatMap((name) => (cookies[name] ? [[name, cookies[name]]] : [])),
  )
  const away = (problem: SignInProblem) => redirect(context, signInAddress(problem, next), gone(names))
  if (query.error !== undefined) return away('provider-refused')
  if (Object.keys(kept).length < 3) return away('expired')

  const answer = await guarded(guard, request, async () => {
    const options = authOptions(context, attempt)
    const call = { method: 'GET', action: ['callback', providerId], query, cookies: kept } as const
    const value = await callNextAuth(url, { ...call, action: [...call.action] }, options)
    // A callback that fails says nothing about the provider: anybody can send one.
    return { value, reached: undefined }
  })
  if (!answer) return away('provider-unreachable')
  const session = answer.setCookies.find((line) => line.startsWith(`${names.session}=`))
  if (attempt.refusal) return away(problemOf(attempt.refusal))
  if (!session) return away('failed')
  const idToken = attempt.idToken && attempt.idToken.length <= idTokenLengthMax ? attempt.idToken : undefined
  const hint = setCookie(names.idToken, idToken, names.secure, 8 * 3600)
  return redirect(context, next, [...gone(names), session, hint])
}

const gone = (names: ReturnType<typeof cookieNames>) =>
  [names.state, names.nonce, names.pkce, names.next].map((name) => setCookie(name, undefined, names.secure))

/**
 * POST: ends the session here first, then at the provider, so that the next person at this browser is asked who
 * they are. The ID token in its cookie tells the provider whose session it is; without one it asks.
 */
export async function signOut(
  context: AuthContext,
  endSession: EndSession,
  request: Request,
): Promise<Response> {
  const { url, access } = context.config
  if (!checkOrigin(request.headers, url).ok) return redirect(context, signInAddress('foreign-origin'))
  const names = cookieNames(url)
  const cookies = readCookies(request.headers.get('cookie'))
  const idHash = hashSessionId(cookies[names.session])
  if (idHash) await closeSession(context.db, idHash)
  const cleared = [names.session, names.idToken].map((name) => setCookie(name, undefined, names.secure))
  const back = new URL(paths.signIn(), url).href
  const address = idHash ? await endSession.address() : undefined
  if (!address) return redirect(context, back, cleared)
  const there = new URL(address)
  there.searchParams.set('post_logout_redirect_uri', back)
  there.searchParams.set('client_id', access.clientId)
  const hint = cookies[names.idToken]
  if (hint) there.searchParams.set('id_token_hint', hint)
  return redirect(context, there.href, cleared)
}

type EndSession = { address: () => Promise<string | undefined> }
