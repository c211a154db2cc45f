import { createHash } from 'node:crypto'
import { type Instant, millisecondsBetween } from '#lib/platform/clock.ts'

/** How long a sign-in lasts at most, and how long without anybody doing anything. */
export const sessionLife = { absoluteMs: 8 * 3_600_000, idleMs: 30 * 60_000 } as const

/** `lastSeenAt` is written at most this often: a page with ten requests is one sign of life. */
export const touchEveryMs = 60_000

/** Why a session no longer counts; undefined while it does. The edges belong to the dead side. */
export function sessionEnd(
  session: { lastSeenAt: Instant; expiresAt: Instant },
  now: Instant,
): 'expired' | 'idle' | undefined {
  if (now >= session.expiresAt) return 'expired'
  return millisecondsBetween(session.lastSeenAt, now) >= sessionLife.idleMs ? 'idle' : undefined
}

/** What `newSecret` makes. Anything else in the cookie is not looked up. */
const sessionId = /^[A-Za-z0-9_-]{43}$/

/** SHA-256 in hex of a session id, the only form that is stored; undefined for what cannot be one. */
export function hashSessionId(id: string | undefined): string | undefined {
  return id && sessionId.test(id) ? createHash('sha256').update(id).digest('hex') : undefined
}
