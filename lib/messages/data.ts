import 'server-only'
import { type Instant, instant } from '#lib/platform/clock.ts'
import type { Db, Tx } from '#lib/platform/db.ts'
import { namesOf } from '#lib/releases/data.ts'

/** A question or an answer on a release. `text` is as somebody typed it. */
export type Message = { id: string; person: string; name: string; text: string; at: Instant }

/** One release has no more. */
export const messagesMax = 200

/** What was asked and answered on a release, oldest first. */
export async function listMessages(db: Db | Tx, release: string): Promise<Message[]> {
  const rows = await db.message.findMany({
    where: { releaseId: release },
    orderBy: { id: 'asc' },
    take: messagesMax,
  })
  const names = await namesOf(
    db,
    rows.map(({ personId }) => personId),
  )
  return rows.map(({ id, personId, body, createdAt }) => ({
    ...{ id, person: personId, text: body, at: instant(createdAt) },
    name: names.get(personId) ?? personId,
  }))
}
