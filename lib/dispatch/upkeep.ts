import 'server-only'
import { record } from '#lib/audit/record.ts'
import type { Instant } from '#lib/platform/clock.ts'
import { type Db, inTransaction } from '#lib/platform/db.ts'
import { notify } from '#lib/platform/notify.ts'
import { lockRelease } from '#lib/releases/data.ts'
import { subjectOf } from '#lib/releases/release.ts'
import { LeaseLost } from './commands.ts'

/**
 * Ends a release that nothing was sent for yet, because its plan no longer matches or its time is over. Serialised
 * with the intent by the row lock: once one is written, this does nothing. Returns whether it ended it. Who holds the
 * release says under which `epoch`, and throws LeaseLost when another has taken it over.
 */
export async function endUnsent(
  db: Db,
  id: string,
  worker: string,
  end: { state: 'stale' | 'expired'; ending: string; found?: string | undefined; epoch?: number },
  now: Instant,
): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    const release = await lockRelease(tx, id)
    if (end.epoch !== undefined) {
      const row = await tx.release.findUnique({ where: { id }, select: { epoch: true } })
      if (row?.epoch !== end.epoch) throw new LeaseLost(id)
    }
    if (release?.state !== 'requested' && release?.state !== 'approved') return false
    const { application, planDigest, notAfter } = release
    const head = {
      actor: { kind: 'worker', name: worker } as const,
      subject: subjectOf(release),
    }
    const eventId =
      end.state === 'stale'
        ? await record(tx, {
            ...head,
            type: 'release.stale',
            data: { reason: end.ending, plan: planDigest, found: end.found },
          })
        : await record(tx, { ...head, type: 'release.expired', data: { reason: end.ending, notAfter } })
    await tx.release.update({
      where: { id },
      data: {
        state: end.state,
        eventId,
        ending: end.ending,
        finishedAt: now,
        waitingFor: null,
        leaseOwner: null,
        leaseUntil: null,
      },
    })
    await notify(tx, { release: id, application: application.id, log: true })
    return true
  })
}

/** Ends every release whose time is over and for which nothing was sent. */
export async function expireReleases(db: Db, worker: string, now: Instant): Promise<void> {
  const over = await db.$queryRaw<{ id: string; state: string }[]>`
    SELECT id, state FROM rel.release WHERE state IN ('requested', 'approved') AND ends_at < now() ORDER BY id LIMIT 50`
  for (const { id, state } of over) {
    const what =
      state === 'requested'
        ? 'Not enough people approved it in time.'
        : 'It was approved, but could not be sent in time.'
    await endUnsent(db, id, worker, { state: 'expired', ending: what }, now)
  }
}

/**
 * Moves requests that have their quorum and were not moved with it on to approved: an approver's account came back, or
 * whoever decided last died in between. Postgres counts, and refuses what does not have it.
 */
export async function approveComplete(db: Db, worker: string, now: Instant): Promise<void> {
  const complete = await db.$queryRaw<{ id: string }[]>`
    SELECT id FROM rel.release WHERE state = 'requested' AND ends_at > now()
    AND rel.approvals(id) >= required_approvals ORDER BY id LIMIT 50`
  for (const { id } of complete)
    await inTransaction(db, async (tx) => {
      const release = await lockRelease(tx, id)
      if (release?.state !== 'requested') return
      const approvals = release.decisions.map(({ person }) => ({ person }))
      const eventId = await record(tx, {
        type: 'release.approved',
        actor: { kind: 'worker', name: worker },
        subject: subjectOf(release),
        data: { plan: release.planDigest, approvals },
      })
      await tx.release.update({ where: { id }, data: { state: 'approved', approvedAt: now, eventId } })
      await notify(tx, { release: id, application: release.application.id, log: true })
    })
}
