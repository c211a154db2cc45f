import 'server-only'
import { record } from '#lib/audit/record.ts'
import { instant } from '#lib/platform/clock.ts'
import { type Db, inTransaction } from '#lib/platform/db.ts'
import { notify } from '#lib/platform/notify.ts'
import { subjectOf } from '#lib/releases/release.ts'

type Late = {
  id: string
  planDigest: string
  dueAt: Date
  application: string
  service: string
  environment: string
}

/** Says once of each break-glass release that nobody decided on it in time. Two workers say it once, too. */
export async function tellOverdue(db: Db, worker: string): Promise<void> {
  const late = await db.$queryRaw<Late[]>`
    SELECT b.release_id AS id, b.plan_digest AS "planDigest", b.due_at AS "dueAt", a.id AS application,
      coalesce(a.service, a.name) AS service, coalesce(a.environment, '') AS environment
    FROM rel.break_glass_open o JOIN rel.break_glass b ON b.release_id = o.release_id
    JOIN catalog.application a ON a.id = b.application_id
    WHERE b.due_at < now() AND NOT EXISTS (SELECT FROM rel.retrospective_overdue x WHERE x.release_id = b.release_id)
    ORDER BY b.release_id LIMIT 50`
  for (const { id, planDigest, dueAt, application, service, environment } of late)
    await inTransaction(db, async (tx) => {
      await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${id}, 9))`
      const told = await tx.$queryRaw<unknown[]>`
        SELECT 1 FROM rel.retrospective_overdue WHERE release_id = ${id}
        UNION ALL SELECT 1 FROM rel.retrospective WHERE release_id = ${id}`
      if (told.length > 0) return
      const event = await record(tx, {
        type: 'release.retrospective-overdue',
        actor: { kind: 'worker', name: worker },
        subject: subjectOf({ id, planDigest, application: { id: application, service, environment } }),
        data: { plan: planDigest, dueAt: instant(dueAt) },
      })
      await tx.$executeRaw`INSERT INTO rel.retrospective_overdue (release_id, event_id) VALUES (${id}, ${event})`
      await notify(tx, { release: id, application, instance: '*', log: true })
    })
}
