import 'server-only'
import { type Instant, instant } from '#lib/platform/clock.ts'
import type { Db, Tx } from '#lib/platform/db.ts'

/** An account as stored, with the names of its person. */
export type AccountRow = {
  accountId: string
  personId: string
  kind: string
  issuer: string
  name: string
  email: string | undefined
  groups: string[]
  enabled: boolean
}

export type SessionRow = {
  idHash: string
  createdAt: Instant
  lastSeenAt: Instant
  expiresAt: Instant
  account: AccountRow
}

const accountFields = {
  id: true,
  personId: true,
  kind: true,
  issuer: true,
  groups: true,
  enabled: true,
  person: { select: { detail: { select: { name: true, email: true } } } },
} as const

type Found = {
  id: string
  personId: string
  kind: string
  issuer: string
  groups: string[]
  enabled: boolean
  person: { detail: { name: string; email: string | null } | null }
}

const accountOf = ({ id, person, ...row }: Found): AccountRow => ({
  ...row,
  accountId: id,
  // The erased are still told apart by their pseudonym.
  name: person.detail?.name ?? row.personId,
  email: person.detail?.email ?? undefined,
})

type SessionFound = Omit<SessionRow, 'account' | 'createdAt' | 'lastSeenAt' | 'expiresAt'> &
  Omit<AccountRow, 'name' | 'email'> & {
    createdAt: Date
    lastSeenAt: Date
    expiresAt: Date
    name: string | null
    email: string | null
  }

/**
 * The session of this hash with its account as they are now, ended or not. Rights follow the row at once. Every
 * request asks this: one statement of our own, where Prisma would send four.
 */
export async function findSession(
  db: Pick<Db, '$queryRaw'>,
  idHash: string,
): Promise<SessionRow | undefined> {
  const [row] = await db.$queryRaw<SessionFound[]>`
    SELECT s.id_hash AS "idHash", s.created_at AS "createdAt", s.last_seen_at AS "lastSeenAt", s.expires_at AS "expiresAt",
      a.id AS "accountId", a.person_id AS "personId", a.kind, a.issuer, a.groups, a.enabled, d.name, d.email
    FROM access.session s JOIN access.account a ON a.id = s.account_id
    LEFT JOIN access.person_detail d ON d.person_id = a.person_id
    WHERE s.id_hash = ${idHash}`
  if (!row) return undefined
  const { createdAt, lastSeenAt, expiresAt, name, email, ...account } = row
  return {
    idHash,
    createdAt: instant(createdAt),
    lastSeenAt: instant(lastSeenAt),
    expiresAt: instant(expiresAt),
    account: {
      ...{ accountId: account.accountId, personId: account.personId, kind: account.kind },
      ...{ issuer: account.issuer, groups: account.groups, enabled: account.enabled },
      name: name ?? account.personId,
      email: email ?? undefined,
    },
  }
}

/** Everybody who can sign in: the enabled accounts of people with the groups of their last sign-in, by name. */
export async function listAccounts(db: Db | Tx): Promise<AccountRow[]> {
  const rows = await db.account.findMany({
    where: { enabled: true, kind: 'person' },
    select: accountFields,
  })
  return rows.map(accountOf).sort((a, b) => a.name.localeCompare(b.name, 'en'))
}
