import 'server-only'
import { cookies, headers } from 'next/headers'
import { redirect } from 'next/navigation'
import { cache } from 'react'
import { clock, type Instant } from '#lib/platform/clock.ts'
import type { Config } from '#lib/platform/config.ts'
import { getConfig, getDb } from '#lib/platform/context.ts'
import type { Db } from '#lib/platform/db.ts'
import { paths } from '#lib/platform/paths.ts'
import { ok, type Result, refuse } from '#lib/platform/result.ts'
import { touchSession } from './commands.ts'
import { cookieNames, readCookies } from './cookie.ts'
import { type AccountRow, findSession, type SessionRow } from './data.ts'
import { safeNext } from './next-address.ts'
import { grantsFor, type Viewer } from './policy.ts'
import { pathHeader } from './security-headers.ts'
import { hashSessionId, sessionEnd } from './session.ts'

export type { Viewer } from './policy.ts'

/** What is needed to tell who somebody is. */
export type AccessContext = {
  db: Db
  config: {
    url: string
    access: Pick<Config['access'], 'issuer' | 'grants'> & Partial<Pick<Config['access'], 'pipelines'>>
  }
}

export const webAccess = (): AccessContext => ({ db: getDb(), config: getConfig() })

function initialsOf(name: string): string {
  const words = name.split(/\s+/).filter((word) => /^\p{L}/u.test(word))
  const ends = words.length > 1 ? [words[0], words.at(-1)] : words
  return ends.map((word) => [...(word ?? '')][0]?.toUpperCase()).join('') || '?'
}

/**
 * An account as one who asks: the only place that makes a Viewer. Groups of another issuer than the configured one
 * give nothing, and neither does a disabled account.
 */
export function viewerOf(account: AccountRow, access: AccessContext['config']['access']): Viewer {
  const { accountId, personId, name, email, enabled } = account
  const groups = account.issuer === access.issuer ? account.groups : []
  return {
    accountId,
    personId,
    name,
    initials: initialsOf(name),
    ...(email === undefined ? {} : { email }),
    groups,
    grants: enabled ? grantsFor(groups, access.grants) : [],
    service: account.kind === 'service',
    enabled,
  }
}

/**
 * Who this session id belongs to, read from Postgres each time: a disabled account, a removed group or a sign-out
 * counts from the next request on. `alive: true` notes that a person did something.
 */
export async function findViewer(
  context: AccessContext,
  sessionId: string | undefined,
  now: Instant,
  { alive }: { alive: boolean },
): Promise<{ viewer: Viewer; session: SessionRow } | undefined> {
  const idHash = hashSessionId(sessionId)
  const session = idHash ? await findSession(context.db, idHash) : undefined
  if (!session || sessionEnd(session, now) || !session.account.enabled) return undefined
  if (session.account.issuer !== context.config.access.issuer) return undefined
  if (alive) await touchSession(context.db, session, now)
  return { viewer: viewerOf(session.account, context.config.access), session }
}

/** The session id that a request carries, believed or not. */
export function sessionIdOf(request: Request, url: string): string | undefined {
  return readCookies(request.headers.get('cookie'))[cookieNames(url).session]
}

/** For pages: who is looking, or undefined. Counts as a sign of life. One look-up per request. */
export const findPageViewer = cache(async (): Promise<Viewer | undefined> => {
  const context = webAccess()
  const sessionId = (await cookies()).get(cookieNames(context.config.url).session)?.value
  return (await findViewer(context, sessionId, clock.now(), { alive: true }))?.viewer
})

/** For pages and their loaders: who is looking. Sends everybody else to sign-in, and back here afterwards. */
export async function requireViewer(): Promise<Viewer> {
  const viewer = await findPageViewer()
  if (viewer) return viewer
  const next = safeNext((await headers()).get(pathHeader))
  redirect(paths.signIn(next === '/' ? undefined : next))
}

/**
 * For route handlers: who is asking, or refuses. Only a request that changes something counts as a sign of life:
 * pages refresh themselves, and an open tab must not keep its session for ever.
 */
export async function viewerOr401(request: Request, context = webAccess()): Promise<Result<Viewer, 401>> {
  const alive = request.method !== 'GET' && request.method !== 'HEAD'
  const found = await findViewer(context, sessionIdOf(request, context.config.url), clock.now(), { alive })
  return found ? ok(found.viewer) : refuse(401)
}
