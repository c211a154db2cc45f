import 'server-only'
import type { Listed } from '#lib/argocd/listed.ts'
import type { RevisionMetadata } from '#lib/argocd/schema.ts'
import type { Db, Tx } from '#lib/platform/db.ts'

export type ListedRow = { id: string; listed: Listed; resource_version: unknown }

/**
 * Keeps the resources of applications, all in one statement, and writes only where something differs. An answer that
 * says nothing of health (the list of Argo CD) takes away none. `whole`: what is older by its number is believed after
 * ten minutes, as for the application itself.
 */
export async function storeResources(tx: Tx, rows: readonly ListedRow[], whole: boolean): Promise<void> {
  if (rows.length === 0) return
  const given = rows.map(({ id, listed, resource_version }) => ({ id, ...listed, resource_version }))
  await tx.$executeRaw`
    INSERT INTO catalog.resource_list AS l
      (application_id, resources, results, content_hash, health, health_hash, health_at, resource_version)
    SELECT r.id, r.resources, r.results, r.hash, r.health, r."healthHash",
      CASE WHEN r."healthHash" IS NOT NULL THEN now() END, r.resource_version
    FROM jsonb_to_recordset(${JSON.stringify(given)}::jsonb) AS r (id text, resources jsonb, results jsonb, hash text,
      health jsonb, "healthHash" text, resource_version bigint)
    ORDER BY r.id
    ON CONFLICT (application_id) DO UPDATE
    SET resources = excluded.resources, results = excluded.results, content_hash = excluded.content_hash,
      health = coalesce(excluded.health, l.health), health_hash = coalesce(excluded.health_hash, l.health_hash),
      health_at = coalesce(excluded.health_at, l.health_at), resource_version = excluded.resource_version, written_at = now()
    WHERE (l.content_hash IS DISTINCT FROM excluded.content_hash
        OR (excluded.health_hash IS NOT NULL AND l.health_hash IS DISTINCT FROM excluded.health_hash))
      AND (l.resource_version IS NULL OR excluded.resource_version IS NULL
        OR excluded.resource_version >= l.resource_version
        OR (${whole} AND l.written_at < now() - interval '10 minutes'))`
}

export type Asked = { application: string; index: number; revision: string }

/** What Argo CD says of a revision, or why it says nothing. A later answer replaces a problem, never the reverse. */
export async function storeRevision(
  db: Db,
  { application, index, revision }: Asked,
  told: RevisionMetadata | { problem: string },
): Promise<void> {
  const known = 'problem' in told ? null : told
  const problem = 'problem' in told ? told.problem.slice(0, 500) : null
  await db.$executeRaw`
    INSERT INTO catalog.revision AS r
      (application_id, source_index, revision, author, date, message, tags, signature, problem)
    VALUES (${application}, ${index}, ${revision}, ${known?.author ?? null}, ${known?.date ?? null}::timestamptz,
      ${known ? (known.message ?? '') : null}, ${known?.tags ?? []}, ${known?.signatureInfo ?? null}, ${problem})
    ON CONFLICT (application_id, source_index, revision) DO UPDATE
    SET author = excluded.author, date = excluded.date, message = excluded.message, tags = excluded.tags,
      signature = excluded.signature, problem = excluded.problem, asked_at = now()
    WHERE r.message IS NULL`
}
