import 'server-only'
import { can, type Viewer } from '#lib/access/policy.ts'
import { record } from '#lib/audit/record.ts'
import { type Db, inTransaction } from '#lib/platform/db.ts'
import { newId } from '#lib/platform/ids.ts'
import { notify } from '#lib/platform/notify.ts'
import { ok, type Result, refuse } from '#lib/platform/result.ts'
import { personActor } from '#lib/releases/commands.ts'
import { lockRelease } from '#lib/releases/data.ts'
import { subjectOf } from '#lib/releases/release.ts'
import { messagesMax } from './data.ts'

/**
 * A question or an answer by anybody who may read the release, whatever state it is in. It decides nothing; it stands in
 * the log like everything that approvers rest on.
 */
export function writeMessage(
  db: Db,
  id: string,
  text: string,
  by: Viewer,
): Promise<Result<{ id: string }, { code: 'no-such-release' | 'too-many' }>> {
  return inTransaction(db, async (tx) => {
    const release = await lockRelease(tx, id)
    if (!release || !can(by, 'read', release.application)) return refuse({ code: 'no-such-release' })
    if ((await tx.message.count({ where: { releaseId: id } })) >= messagesMax)
      return refuse({ code: 'too-many' })
    const message = newId('message')
    const eventId = await record(tx, {
      type: 'release.message',
      actor: personActor(by),
      subject: subjectOf(release),
      data: { message, text },
    })
    await tx.$executeRaw`
      INSERT INTO rel.message (id, release_id, account_id, person_id, body, event_id)
      VALUES (${message}, ${id}, ${by.accountId}, ${by.personId}, ${text}, ${eventId})`
    await notify(tx, { release: id, log: true })
    return ok({ id: message })
  })
}
