import 'server-only'
import { can, type Viewer } from '#lib/access/policy.ts'
import { record } from '#lib/audit/record.ts'
import type { Instant } from '#lib/platform/clock.ts'
import { type Db, inTransaction } from '#lib/platform/db.ts'
import { newId } from '#lib/platform/ids.ts'
import { notify } from '#lib/platform/notify.ts'
import { ok, type Result, refuse } from '#lib/platform/result.ts'
import { personActor } from '#lib/releases/commands.ts'
import { lockRelease } from '#lib/releases/data.ts'
import { subjectOf } from '#lib/releases/release.ts'
import { type ClosingInput, type ClosingRefusal, close, type Outcome, outcomeWords } from './closing.ts'
import { listClosings } from './data.ts'

/**
 * One person's step out of review: lock, check, save, record, in one transaction. A confirmation ends the release as
 * its finding says; a declined one leaves it open for another. A refusal is recorded too, then returned.
 */
export function closeReview(
  db: Db,
  id: string,
  input: ClosingInput,
  by: Viewer,
  now: Instant,
): Promise<Result<{ id: string; state: 'review' | Outcome }, ClosingRefusal | { code: 'no-such-release' }>> {
  return inTransaction(db, async (tx) => {
    const release = await lockRelease(tx, id)
    if (!release || !can(by, 'read', release.application)) return refuse({ code: 'no-such-release' })
    const head = { actor: personActor(by), subject: subjectOf(release) }
    const closings = (await listClosings(tx, [id])).get(id) ?? []
    const allowed = close(release, closings, input, by)
    if (!allowed.ok) {
      const data = { act: input.kind, refusal: allowed.refusal.code }
      await record(tx, { ...head, type: 'release.finding-refused', data })
      return allowed
    }
    const { finding } = allowed.value
    const outcome = input.kind === 'find' ? input.outcome : finding?.outcome
    if (!outcome) throw new Error('close let through an answer to nothing')
    const reason = input.kind === 'confirm' ? undefined : input.reason
    const eventId = await record(tx, {
      ...head,
      type: `release.finding${finding ? (input.kind === 'confirm' ? '-confirmed' : '-declined') : ''}`,
      data: { outcome, reason, finding: finding?.id },
    })
    const closing = newId('closing')
    const { account, person } = release.requester
    await tx.$executeRaw`
      INSERT INTO rel.closing (id, release_id, plan_digest, requester_account, requester_person, kind, outcome, reason,
                               account_id, person_id, finding_id, finder_account, finder_person, event_id)
      SELECT ${closing}, ${id}, ${release.planDigest}, ${account}, ${person}, ${input.kind}, ${outcome}, ${reason ?? null},
             ${by.accountId}, ${by.personId}, f.id, f.account_id, f.person_id, ${eventId}
      FROM (VALUES (${finding?.id ?? null})) AS wanted (id) LEFT JOIN rel.closing f ON f.id = wanted.id`
    if (input.kind === 'confirm') {
      const why = finding?.reason ?? undefined
      const moved = await record(tx, { ...head, type: `release.${outcome}`, data: { reason: why } })
      const ending = `Two people found that it ${outcomeWords[outcome]}: ${why}`
      const change = { state: outcome, eventId: moved, finishedAt: now, waitingFor: null, ending }
      await tx.release.update({ where: { id }, data: change })
    }
    await notify(tx, { release: id, application: release.application.id, log: true })
    return ok({ id: closing, state: input.kind === 'confirm' ? outcome : ('review' as const) })
  })
}
