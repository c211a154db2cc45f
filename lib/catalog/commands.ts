import 'server-only'
import type { ApplicationKey } from '#lib/argocd/application.ts'
import { type Db, inTransaction } from '#lib/platform/db.ts'
import { notify } from '#lib/platform/notify.ts'
import type { ApplicationRow } from './application-row.ts'

const columns = `uid, project, service, environment, target, team, tier, rule, unmapped_reason, protected,
  environment_order, version, version_key,
  deployed_revisions, desired_revisions, deployed_at, images, sync, health, health_since, automated, coming, coming_reason,
  problem, observed, content_hash, resource_version`
const assignments = columns
  .split(',')
  .map((name) => name.trim())
  .map((name) => `${name} = excluded.${name}`)
  .join(', ')

/** A row that could not be understood keeps what was known of the application. */
const problemAssignments = `problem = excluded.problem, coming = excluded.coming, coming_reason = excluded.coming_reason,
  content_hash = excluded.content_hash`

const upsert = (kind: 'rows' | 'problems') => `
  INSERT INTO catalog.application AS a (id, instance, namespace, name, ${columns}, observed_at)
  SELECT r.id, $1, r.namespace, r.name, ${columns.replace(/(\w+)/g, 'r.$1')}, now()
  FROM jsonb_to_recordset($2::jsonb) AS r (id text, namespace text, name text, uid text, project text, service text, environment text,
    target text, team text, tier text, rule text, unmapped_reason text, protected boolean,
    environment_order smallint, version text, version_key text, deployed_revisions text[],
    desired_revisions text[], deployed_at timestamptz, images text[], sync text, health text, health_since timestamptz,
    automated boolean, coming text, coming_reason text, problem text, observed jsonb, content_hash text, resource_version bigint)
  ON CONFLICT (instance, namespace, name) DO UPDATE
  SET ${kind === 'rows' ? assignments : problemAssignments}, observed_at = now(), gone_at = NULL, plan_checked_at = NULL
  WHERE (a.content_hash IS DISTINCT FROM excluded.content_hash OR a.gone_at IS NOT NULL)
    AND (a.uid IS DISTINCT FROM excluded.uid OR a.resource_version IS NULL OR excluded.resource_version IS NULL
         OR excluded.resource_version >= a.resource_version)
  RETURNING a.id, a.protected`

/**
 * Stores what was seen of applications of one instance: one statement and one NOTIFY a batch, no write where nothing
 * changed, nothing overwritten by an older answer. Returns the ids that changed.
 */
export async function upsertApplications(
  db: Db,
  instance: string,
  rows: ApplicationRow[],
): Promise<string[]> {
  if (rows.length === 0) return []
  // One batch must not touch a row twice; the later observation wins.
  const latest = new Map(rows.map((row) => [`${row.namespace}/${row.name}`, row]))
  const understood = [...latest.values()].filter((row) => row.problem === null)
  const problems = [...latest.values()].filter((row) => row.problem !== null)
  return inTransaction(db, async (tx) => {
    const changed: { id: string }[] = []
    if (understood.length > 0)
      changed.push(
        ...(await tx.$queryRawUnsafe<{ id: string }[]>(upsert('rows'), instance, JSON.stringify(understood))),
      )
    if (problems.length > 0)
      changed.push(
        ...(await tx.$queryRawUnsafe<{ id: string }[]>(
          upsert('problems'),
          instance,
          JSON.stringify(problems),
        )),
      )
    const only = changed.length === 1 ? changed[0] : undefined
    if (only) await notify(tx, { application: only.id })
    else if (changed.length > 0) await notify(tx, { catalog: true })
    return changed.map((each) => each.id)
  })
}

/** Marks applications that a whole list no longer had, or that the watch saw deleted. Their rows and history stay. */
export async function markGone(
  db: Db,
  instance: string,
  which: { only: ApplicationKey[] } | { allBut: ReadonlySet<string> },
): Promise<number> {
  return inTransaction(db, async (tx) => {
    const names =
      'only' in which ? which.only.map((key) => `${key.namespace}/${key.name}`) : [...which.allBut]
    const gone =
      'only' in which
        ? await tx.$executeRaw`UPDATE catalog.application SET gone_at = now()
            WHERE instance = ${instance} AND gone_at IS NULL AND namespace || '/' || name = ANY (${names})`
        : await tx.$executeRaw`UPDATE catalog.application SET gone_at = now()
            WHERE instance = ${instance} AND gone_at IS NULL AND namespace || '/' || name <> ALL (${names})`
    if (gone > 0) await notify(tx, { catalog: true })
    return gone
  })
}

export type InstanceState = 'connecting' | 'connected' | 'unreachable' | 'unauthorised' | 'not-understood'

/** Says how an instance is. Contact is noted each time; people are told only when the state changes. */
export async function setInstanceState(
  db: Db,
  name: string,
  now: { state: InstanceState; detail?: string; version?: string; swept?: boolean },
): Promise<void> {
  await inTransaction(db, async (tx) => {
    const before = await tx.instance.findUnique({ where: { name }, select: { state: true, detail: true } })
    const contact = now.state === 'connected'
    const changed = before?.state !== now.state || before?.detail !== (now.detail ?? null)
    await tx.$executeRaw`
      UPDATE catalog.instance SET state = ${now.state}, detail = ${now.detail ?? null},
        state_since = CASE WHEN state = ${now.state} THEN state_since ELSE now() END,
        last_contact_at = CASE WHEN ${contact} THEN now() ELSE last_contact_at END,
        swept_at = CASE WHEN ${now.swept ?? false} THEN now() ELSE swept_at END,
        version = coalesce(${now.version ?? null}, version)
      WHERE name = ${name}`
    if (changed) await notify(tx, { instance: name, catalog: true })
  })
}

/** Makes the instances of the configuration known. */
export async function registerInstances(
  db: Db,
  instances: { name: string; webUrl: string }[],
): Promise<void> {
  for (const { name, webUrl } of instances)
    await db.instance.upsert({ where: { name }, create: { name, webUrl }, update: { webUrl } })
}

/** How long one worker may watch an instance without a sign of life before another one takes over. */
export const watchLeaseMs = 15_000

/** Takes or keeps the lease on an instance: one worker watches it, however many run. */
export async function leaseInstance(db: Db, name: string, worker: string): Promise<boolean> {
  const taken = await db.$executeRaw`
    UPDATE catalog.instance SET lease_owner = ${worker}, lease_until = now() + ${watchLeaseMs} * interval '1 millisecond'
    WHERE name = ${name} AND (lease_owner = ${worker} OR lease_until IS NULL OR lease_until < now())`
  return taken === 1
}

export async function releaseInstance(db: Db, name: string, worker: string): Promise<void> {
  await db.$executeRaw`UPDATE catalog.instance SET lease_owner = NULL, lease_until = NULL WHERE name = ${name} AND lease_owner = ${worker}`
}
