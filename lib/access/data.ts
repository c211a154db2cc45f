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

/** The session of this hash with its account as they are now, ended or not. Rights follow the row at once. */
export async function findSession(db: Db | Tx, idHash: string): Promise<SessionRow | undefined> {
  const row = await db.session.findUnique({
    where: { idHash },
    select: {
      createdAt: true,
      lastSeenAt: true,
      expiresAt: true,
      account: { select: accountFields },
    },
  })
  return row
    ? {
        idHash,
        createdAt: instant(row.createdAt),
        lastSeenAt: instant(row.lastSeenAt),
        expiresAt: instant(row.expiresAt),
        account: accountOf(row.account),
      }
    : undefined
}

/** Everybody who can sign in: the enabled accounts of people with the groups of their last sign-in, by name. */
export async function listAccounts(db: Db | Tx): Promise<AccountRow[]> {
  const rows = await db.account.findMany({
    where: { enabled: true, kind: 'person' },
    select: accountFields,
  })
  return rows.map(accountOf).sort((a, b) => a.name.localeCompare(b.name, 'en'))
}
