import 'server-only'
import { instant } from '#lib/platform/clock.ts'
import type { Db, Tx } from '#lib/platform/db.ts'
import type { Prisma } from '#prisma/client/client.ts'
import type { Decision, DecisionKind, Release, ReleaseState } from './release.ts'

const person = { person: { select: { detail: { select: { name: true } } } } } as const

/** Everything the rules need of a release, in one statement. */
export const ruleSelect = {
  id: true,
  state: true,
  planDigest: true,
  requesterAccount: true,
  requesterPerson: true,
  requiredApprovals: true,
  notAfter: true,
  application: { select: { id: true, name: true, project: true, service: true, environment: true } },
  requester: { select: person },
  decisions: {
    select: {
      personId: true,
      accountId: true,
      kind: true,
      comment: true,
      createdAt: true,
      account: { select: person },
    },
    orderBy: { createdAt: 'asc' },
  },
} satisfies Prisma.ReleaseSelect

type Row = Prisma.ReleaseGetPayload<{ select: typeof ruleSelect }>

/** A name may have been erased; the pseudonym stays and is shown as such. */
export const nameOf = (account: { person: { detail: { name: string } | null } }, personId: string): string =>
  account.person.detail?.name ?? personId

export function toRelease(row: Row): Release {
  return {
    id: row.id,
    state: row.state as ReleaseState,
    planDigest: row.planDigest,
    requester: {
      account: row.requesterAccount,
      person: row.requesterPerson,
      name: nameOf(row.requester, row.requesterPerson),
    },
    requiredApprovals: row.requiredApprovals,
    notAfter: instant(row.notAfter),
    application: {
      id: row.application.id,
      name: row.application.name,
      project: row.application.project,
      service: row.application.service ?? row.application.name,
      environment: row.application.environment ?? '',
    },
    decisions: row.decisions.map(
      (d): Decision => ({
        person: d.personId,
        account: d.accountId,
        name: nameOf(d.account, d.personId),
        kind: d.kind as DecisionKind,
        at: instant(d.createdAt),
        ...(d.comment ? { comment: d.comment } : {}),
      }),
    ),
  }
}

/** The release for the rules, or null when there is none of this id. */
export async function getRelease(db: Db | Tx, id: string): Promise<Release | null> {
  const row = await db.release.findUnique({ where: { id }, select: ruleSelect })
  return row && toRelease(row)
}

/** The same under a row lock: whoever decides, withdraws, claims or sends on this release waits for us. */
export async function lockRelease(tx: Tx, id: string): Promise<Release | null> {
  const locked = await tx.$queryRaw<{ id: string }[]>`SELECT id FROM rel.release WHERE id = ${id} FOR UPDATE`
  return locked.length === 0 ? null : getRelease(tx, id)
}
