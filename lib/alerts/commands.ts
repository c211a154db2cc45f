import 'server-only'
import { type Db, inTransaction } from '#lib/platform/db.ts'
import { notify } from '#lib/platform/notify.ts'
import type { Webhook } from './schema.ts'

/**
 * Keeps what a webhook told. The same message again changes nothing; answers how many alerts are new or changed. Not in
 * the log: an alert decides nothing, and what a system tells us by the hundred is no deed of anybody's.
 */
export async function receiveAlerts(db: Db, { alerts }: Webhook): Promise<{ changed: number }> {
  const rows = alerts.map(({ status, startsAt, endsAt, generatorURL, ...rest }) => ({
    ...rest,
    state: status,
    starts_at: startsAt,
    ends_at: status === 'resolved' && endsAt && endsAt >= startsAt ? endsAt : null,
    generator_url: generatorURL,
  }))
  const text = JSON.stringify(rows, (_, value) => (typeof value === 'string' ? storable(value) : value))
  const [found] = await db.$queryRaw<{ changed: number }[]>`
    SELECT signals.receive_alerts(${text}::jsonb) AS changed`
  return { changed: found?.changed ?? 0 }
}

/** Postgres keeps no NUL in a text, and no half of a surrogate pair in JSON. */
const storable = (text: string) => text.toWellFormed().replaceAll('\u0000', '\ufffd')

/** How long an application that deploys automatically may differ from Git before that is an alert. */
export const outOfSyncAfterMs = 30 * 60_000

/** Works out the alerts of the delivery anew; tells of each application whose alerts changed. For the worker. */
export async function deriveAlerts(db: Db, afterMs = outOfSyncAfterMs): Promise<string[]> {
  return inTransaction(db, async (tx) => {
    const rows = await tx.$queryRaw<{ application: string }[]>`
      SELECT signals.derive_alerts(${afterMs} * interval '1 millisecond') AS application`
    const changed = rows.map(({ application }) => application)
    const [first] = changed
    if (first !== undefined) await notify(tx, changed.length > 1 ? { catalog: true } : { application: first })
    return changed
  })
}
