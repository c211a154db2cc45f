import 'server-only'
import { storeResources } from '#lib/applications/commands.ts'
import type { ApplicationKey } from '#lib/argocd/application.ts'
import { type Db, inTransaction, type Tx } from '#lib/platform/db.ts'
import { notify } from '#lib/platform/notify.ts'
import type { ApplicationRow } from './application-row.ts'

export type StoredKey = ApplicationKey & { id: string }

/** As texts, in the order of the statement below; none of it holds more than a line. */
const recordOf = ({
  namespace,
  name,
  rest_hash,
  content_hash,
  resource_version,
  ...row
}: ApplicationRow) => ({
  ...{ namespace, name, rest_hash, content_hash, resource_version },
  ...{
    sync: row.sync,
    health: row.health,
    health_since: row.health_since,
    health_message: row.health_message,
  },
  ...{ coming: row.coming, coming_reason: row.coming_reason },
})

/**
 * Stores the status of applications of which nothing else has changed, and a point of their history where it is another
 * one: one statement that writes narrow rows in place. Whoever is gone, new, newer than told or different in anything else
 * is left alone; the answer are those that were written.
 */
async function updateStatuses(
  tx: Tx,
  instance: string,
  rows: readonly ApplicationRow[],
): Promise<StoredKey[]> {
  return tx.$queryRaw<StoredKey[]>`
    WITH stored AS (
      UPDATE catalog.application a SET sync = r.sync, health = r.health, health_since = r.health_since,
        health_message = r.health_message, coming = r.coming, coming_reason = r.coming_reason, content_hash = r.content_hash,
        resource_version = r.resource_version, observed_at = now(), plan_checked_at = NULL,
        status_at = CASE WHEN (a.sync, a.health, a.coming) IS DISTINCT FROM (r.sync, r.health, r.coming)
          THEN greatest(date_trunc('milliseconds', clock_timestamp()), a.status_at + interval '1 millisecond')
          ELSE a.status_at END
      FROM json_to_recordset(${JSON.stringify(rows.map(recordOf))}::json) AS r (namespace text, name text, rest_hash text,
        content_hash text, resource_version bigint, sync text, health text, health_since timestamptz, health_message text,
        coming text, coming_reason text)
      WHERE a.instance = ${instance} AND a.namespace = r.namespace AND a.name = r.name AND a.gone_at IS NULL
        AND a.rest_hash = r.rest_hash AND a.content_hash <> r.content_hash AND r.resource_version >= a.resource_version
      RETURNING a.id, a.namespace, a.name, a.status_at, a.sync, a.health, a.coming, a.automated
    ), pointed AS (
      INSERT INTO catalog.status_point (application_id, at, sync, health, coming, automated)
      SELECT id, status_at, sync, health, coming, automated FROM stored
      ON CONFLICT DO NOTHING
    )
    SELECT id, namespace, name FROM stored`
}

const keyOf = ({ namespace, name }: ApplicationKey) => `${namespace}/${name}`

/** Those whose status alone has changed, with what else was said of their resources; the others go the whole way. */
export async function storeStatuses(
  db: Db,
  instance: string,
  rows: readonly ApplicationRow[],
  whole: boolean,
): Promise<StoredKey[]> {
  if (rows.length === 0) return []
  return inTransaction(db, async (tx) => {
    const stored = await updateStatuses(tx, instance, rows)
    const ids = new Map(stored.map((row) => [keyOf(row), row.id]))
    const listed = rows.flatMap((row) => {
      const id = ids.get(keyOf(row))
      return id && row.listed ? [{ id, listed: row.listed, resource_version: row.resource_version }] : []
    })
    await storeResources(tx, listed, whole)
    await announce(tx, [...ids.values()])
    return stored
  })
}

/** One name a batch: its application, or that several have changed. */
export async function announce(tx: Tx, [only, ...more]: readonly string[]): Promise<void> {
  if (only && more.length === 0) await notify(tx, { application: only })
  else if (only) await notify(tx, { catalog: true })
}
