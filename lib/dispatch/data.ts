import 'server-only'
import { getPlan, type Identity, identityOf, type StoredPlan } from '#lib/plans/data.ts'
import { type Instant, instant } from '#lib/platform/clock.ts'
import type { Db, Tx } from '#lib/platform/db.ts'
import type { ReleaseState } from '#lib/releases/release.ts'
import type { SeenIntent } from './dispatch.ts'

/** A release as its worker holds it: claimed under `epoch`, with what dispatch needs in one place. */
export type Claimed = {
  id: string
  state: ReleaseState
  epoch: number
  requiredApprovals: number
  notAfter: Instant
  syncedAt: Instant | null
  policyDigest: string
  plan: StoredPlan
  application: Identity
  /** Person ids of those who approved, first first. */
  approvers: string[]
  intents: StoredIntent[]
}

/** `postDeadline` and `quietUntil` are moments of Postgres' clock; the sender counts the first on a clock of its own. */
export type StoredIntent = SeenIntent & { id: string; body: unknown; postDeadline: Instant }

/** What the worker needs of a release it has claimed; null when there is no such release. */
export async function loadClaimed(db: Db | Tx, id: string): Promise<Claimed | null> {
  const row = await db.release.findUnique({ where: { id } })
  const plan = row && (await getPlan(db, row.planDigest))
  if (!row || !plan) return null
  const application = await db.application.findUniqueOrThrow({ where: { id: row.applicationId } })
  const intents = await db.intent.findMany({ where: { releaseId: id }, orderBy: { n: 'asc' } })
  const approvals = await db.decision.findMany({
    where: { releaseId: id, kind: 'approve' },
    select: { personId: true },
    orderBy: { createdAt: 'asc' },
  })
  return {
    id: row.id,
    state: row.state as ReleaseState,
    epoch: row.epoch,
    requiredApprovals: row.requiredApprovals,
    notAfter: instant(row.notAfter),
    syncedAt: row.syncedAt && instant(row.syncedAt),
    policyDigest: row.policyDigest,
    plan,
    application: identityOf(application),
    approvers: approvals.map(({ personId }) => personId),
    intents: intents.map((i) => ({
      id: i.id,
      n: i.n,
      token: i.token,
      body: i.body,
      preStateHash: i.preStateHash,
      preHistoryId: i.preHistoryId === null ? null : Number(i.preHistoryId),
      createdAt: instant(i.createdAt),
      postDeadline: instant(i.postDeadline),
      quietUntil: instant(i.quietUntil),
    })),
  }
}

/** The time of Postgres: leases, deadlines and quiet periods are its, whatever the clock of this machine says. */
export async function databaseNow(db: Db | Tx): Promise<Instant> {
  const rows = await db.$queryRaw<{ now: Date }[]>`SELECT clock_timestamp() AS now`
  return instant(rows[0]?.now ?? Number.NaN)
}

/** Approvals that count at this moment (enabled people, no rejection), as Postgres counts them; all, under a broken glass. */
export async function countApprovals(db: Db | Tx, release: string): Promise<number> {
  const rows = await db.$queryRaw<{ n: bigint }[]>`
    SELECT CASE WHEN rel.glass_broken(id) OR rel.is_standard_change(id) THEN required_approvals ELSE rel.approvals(id) END AS n
    FROM rel.release WHERE id = ${release}`
  return Number(rows[0]?.n ?? 0)
}

/** The receipt of an anchor that covers every decision of the release, or null while there is none. */
export async function coveringReceipt(db: Db | Tx, release: string): Promise<bigint | null> {
  const rows = await db.$queryRaw<{ receipt: bigint | null }[]>`
    SELECT audit.covered(d.event_id) AS receipt
    FROM (SELECT event_id FROM rel.decision WHERE release_id = ${release}
          UNION ALL SELECT event_id FROM rel.extension WHERE release_id = ${release}
          UNION ALL SELECT event_id FROM rel.break_glass WHERE release_id = ${release}
          UNION ALL SELECT event_id FROM rel.standard_change_use WHERE release_id = ${release}
          UNION ALL SELECT v.event_id FROM rel.standard_change_use u JOIN rel.standard_change_vote v
            ON v.standard_change_id = u.standard_change_id WHERE u.release_id = ${release}) d
    JOIN audit.log l ON l.event_id = d.event_id ORDER BY l.seq DESC LIMIT 1`
  return rows[0]?.receipt ?? null
}
