import 'server-only'
import { record } from '#lib/audit/record.ts'
import type { Instant } from '#lib/platform/clock.ts'
import { type Db, inTransaction, type Tx } from '#lib/platform/db.ts'
import { newId } from '#lib/platform/ids.ts'
import { ok, type Result, refuse } from '#lib/platform/result.ts'
import { type Identity, personKey } from './claims.ts'
import { findSession } from './data.ts'
import { type PipelineJob, pipelineSubject } from './pipeline.ts'
import { sessionEnd, touchEveryMs } from './session.ts'

/** Why an identified person is not let in. */
export type SignInRefusal = 'disabled' | 'service-account' | 'other-person'

export type KnownAccount = { accountId: string; personId: string; kind: string; enabled: boolean }

type Ids = Pick<KnownAccount, 'accountId' | 'personId'>
const actor = (by: Ids) => ({ kind: 'person', person: by.personId, account: by.accountId }) as const

async function findAccount(
  tx: Tx,
  identity: Pick<Identity, 'issuer' | 'subject'>,
): Promise<KnownAccount | undefined> {
  const row = await tx.account.findUnique({
    where: { issuer_subject: { issuer: identity.issuer, subject: identity.subject } },
    select: { id: true, personId: true, kind: true, enabled: true },
  })
  if (!row) return undefined
  const { id, ...rest } = row
  return { accountId: id, ...rest }
}

/**
 * The account of (issuer, subject), made on the first visit with no groups and so no rights: those come with the
 * session. Never looks at the e-mail address, never touches another account.
 */
export function ensureAccount(db: Db, identity: Identity): Promise<KnownAccount> {
  const key = personKey(identity)
  return inTransaction(db, async (tx) => {
    // Two first visits at once would otherwise make two persons, and one of them would fail.
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${key}, 0))`
    const known = await findAccount(tx, identity)
    if (known) return known
    const personId = newId('person')
    const accountId = newId('account')
    const { issuer, subject, name, email, emailVerified = false } = identity
    await tx.person.create({ data: { id: personId } })
    await tx.personDetail.create({ data: { personId, key, name, email: email ?? null, emailVerified } })
    await tx.account.create({ data: { id: accountId, personId, issuer, subject } })
    return { accountId, personId, kind: 'person', enabled: true }
  })
}

/** The account of a CI project, made when its first job asks. It has no groups: what it may do is configured. */
export function ensurePipeline(db: Db, job: PipelineJob): Promise<KnownAccount> {
  const identity = { issuer: job.issuer, subject: pipelineSubject(job) }
  const key = personKey(identity)
  return inTransaction(db, async (tx) => {
    const seen = await findAccount(tx, identity)
    if (seen) return seen
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${key}, 0))`
    const known = await findAccount(tx, identity)
    if (known) return known
    const personId = newId('person')
    const accountId = newId('account')
    await tx.person.create({ data: { id: personId } })
    await tx.personDetail.create({
      data: { personId, key, name: `Pipeline of ${job.projectPath}`.slice(0, 200) },
    })
    await tx.account.create({ data: { id: accountId, personId, kind: 'service', ...identity } })
    return { accountId, personId, kind: 'service', enabled: true }
  })
}

/** Writes down that an identified person was not let in, and why. */
export function refuseSignIn(db: Db, by: Ids, issuer: string, refusal: SignInRefusal): Promise<void> {
  return inTransaction(db, async (tx) => {
    await record(tx, { type: 'sign-in-refused', actor: actor(by), subject: {}, data: { issuer, refusal } })
  })
}

export type NewSession = {
  identity: Identity
  account: KnownAccount
  idHash: string
  /** The session that this browser had: a new sign-in always gets a new id, the old one is dead. */
  replaces: string | undefined
  now: Instant
  expiresAt: Instant
}

/**
 * Begins a session: groups and names as the provider says now, the session row and its entry in the log, all in
 * one transaction. Refuses an account that was disabled meanwhile.
 */
export function openSession(db: Db, input: NewSession): Promise<Result<Ids, 'disabled'>> {
  const { identity, account, idHash, replaces, now, expiresAt } = input
  return inTransaction(db, async (tx) => {
    const [row] = await tx.$queryRaw<
      { enabled: boolean }[]
    >`SELECT enabled FROM access.account WHERE id = ${account.accountId} FOR UPDATE`
    if (!row?.enabled) return refuse('disabled')
    await tx.account.update({
      where: { id: account.accountId },
      data: { groups: identity.groups, lastSignInAt: now },
    })
    await tx.personDetail.updateMany({
      where: { personId: account.personId },
      data: {
        name: identity.name,
        email: identity.email ?? null,
        emailVerified: identity.emailVerified ?? false,
        updatedAt: now,
      },
    })
    // What nobody can use any more goes with the next sign-in of the same account.
    await tx.session.deleteMany({
      where: {
        accountId: account.accountId,
        OR: [{ expiresAt: { lte: now } }, ...(replaces ? [{ idHash: replaces }] : [])],
      },
    })
    await tx.session.create({
      data: { idHash, accountId: account.accountId, createdAt: now, lastSeenAt: now, expiresAt },
    })
    await record(tx, {
      type: 'sign-in',
      actor: actor(account),
      subject: {},
      data: { issuer: identity.issuer, groups: identity.groups, session: idHash },
    })
    return ok({ accountId: account.accountId, personId: account.personId })
  })
}

/** Ends a session. Whoever has ended it before, or never had one, is no reason for an entry. */
export function closeSession(db: Db, idHash: string): Promise<void> {
  return inTransaction(db, async (tx) => {
    const session = await findSession(tx, idHash)
    const gone = await tx.session.deleteMany({ where: { idHash } })
    if (!session || gone.count === 0) return
    await record(tx, {
      type: 'sign-out',
      actor: actor(session.account),
      subject: {},
      data: { session: idHash },
    })
  })
}

/** Notes that somebody is there, at most once a minute. A session that has ended is not revived. */
export async function touchSession(
  db: Db,
  session: { idHash: string; lastSeenAt: Instant; expiresAt: Instant },
  now: Instant,
): Promise<void> {
  if (sessionEnd(session, now) || Date.parse(now) - Date.parse(session.lastSeenAt) < touchEveryMs) return
  await db.session.updateMany({
    where: { idHash: session.idHash },
    data: { lastSeenAt: now },
  })
}
