import 'server-only'
import type { Adapter, AdapterUser } from 'next-auth/adapters'
import { type Instant, plus } from '#lib/platform/clock.ts'
import type { Db } from '#lib/platform/db.ts'
import type { Identity } from './claims.ts'
import { ensureAccount, type KnownAccount, openSession, type SignInRefusal } from './commands.ts'
import { hashSessionId, sessionLife } from './session.ts'

/** One way back from the provider: filled step by step as next-auth calls us. */
export type Attempt = {
  /** From the verified ID token. */
  identity?: Identity
  account?: KnownAccount
  idToken?: string | undefined
  /** Hash of the session id that the browser already had. */
  priorHash?: string | undefined
  refusal?: SignInRefusal
}

/** `email` must be text in next-auth's type; nothing of ours reads it there. */
const userOf = (account: KnownAccount): AdapterUser => ({
  id: account.accountId,
  email: '',
  emailVerified: null,
})

function never(method: string) {
  return () => {
    throw new Error(`${method} is not part of our sign-in`)
  }
}

/**
 * What next-auth may do with our tables. Its habit of linking a second identity to whoever is signed in already
 * cannot happen: an account is found or made by (issuer, subject) alone, a session in the browser is never looked
 * up here, and linking and finding people by e-mail throw.
 */
export function sessionAdapter(db: Db, attempt: Attempt, now: () => Instant): Adapter {
  return {
    async getUserByAccount({ providerAccountId }) {
      const { identity } = attempt
      if (!identity || identity.subject !== providerAccountId) throw new Error('no verified identity')
      attempt.account ??= await ensureAccount(db, identity)
      return userOf(attempt.account)
    },
    getSessionAndUser: async () => null,
    async createSession({ sessionToken, userId }) {
      const at = now()
      const expiresAt = plus(at, sessionLife.absoluteMs)
      const { identity, account } = attempt
      const idHash = hashSessionId(sessionToken)
      if (!identity || !idHash || account?.accountId !== userId) throw new Error('no verified identity')
      const opened = await openSession(db, {
        identity,
        account,
        idHash,
        replaces: attempt.priorHash,
        now: at,
        expiresAt,
      })
      if (!opened.ok) {
        attempt.refusal = opened.refusal
        throw new Error(opened.refusal)
      }
      return { sessionToken, userId, expires: new Date(expiresAt) }
    },
    createUser: never('createUser'),
    getUser: never('getUser'),
    getUserByEmail: never('getUserByEmail'),
    updateUser: never('updateUser'),
    linkAccount: never('linkAccount'),
    updateSession: never('updateSession'),
    deleteSession: never('deleteSession'),
  }
}
