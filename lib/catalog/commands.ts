import 'server-only'
import { type ListedRow, storeResources } from '#lib/applications/commands.ts'
import type { ApplicationKey, ObservedApplication } from '#lib/argocd/application.ts'
import { recordGone, recordSightings } from '#lib/deployments/commands.ts'
import type { GoneReason } from '#lib/deployments/deployment.ts'
import { type Instant, instant } from '#lib/platform/clock.ts'
import { type Db, inTransaction } from '#lib/platform/db.ts'
import { notify } from '#lib/platform/notify.ts'
import type { ApplicationRow } from './application-row.ts'
import { announce, type StoredKey, storeStatuses } from './status.ts'

const columns = `uid, project, service, environment, target, team, tier, rule, unmapped_reason, protected,
  environment_order, version, version_key,
  deployed_revisions, desired_revisions, deployed_at, images, sync, health, health_since, health_message, automated, coming,
  coming_reason, problem, observed, content_hash, rest_hash, deployment_mark, resource_version`
const assignments = columns
  .split(',')
  .map((name) => name.trim())
  .map((name) => `${name} = excluded.${name}`)
  .join(', ')

/** A row that could not be understood keeps what was known of the application. */
const problemAssignments = `problem = excluded.problem, coming = excluded.coming, coming_reason = excluded.coming_reason,
  content_hash = excluded.content_hash, rest_hash = NULL`

/**
 * Which rows differ from what is stored. Asked first, without a lock: an upsert that changes nothing would still
 * lock, and so write, every row it meets.
 */
const differing = `
  SELECT r.n::int AS n, a.id, a.id IS NULL OR a.gone_at IS NOT NULL OR a.deployment_mark IS DISTINCT FROM r.mark AS marked,
    a.id IS NULL OR a.gone_at IS NOT NULL OR a.content_hash IS DISTINCT FROM r.hash AS changed,
    coalesce(l.content_hash <> r.listed, r.listed IS NOT NULL)
      OR (r.healths IS NOT NULL AND l.health_hash IS DISTINCT FROM r.healths) AS relisted
  FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[]) WITH ORDINALITY
    AS r (namespace, name, hash, mark, listed, healths, n)
  LEFT JOIN catalog.application a ON a.instance = $1 AND a.namespace = r.namespace AND a.name = r.name
  LEFT JOIN catalog.resource_list l ON l.application_id = a.id
  WHERE a.id IS NULL OR a.gone_at IS NOT NULL OR a.content_hash IS DISTINCT FROM r.hash
    OR l.content_hash <> r.listed OR (r.listed IS NOT NULL AND l.application_id IS NULL)
    OR (r.healths IS NOT NULL AND l.health_hash IS DISTINCT FROM r.healths)`

/**
 * Of one object (uid) the higher resource version is the newer; of two objects under one name, the one created later.
 * A whole list that insists on an older version for ten minutes is believed: a cluster was restored from a backup.
 */
const isNewer = `(a.resource_version IS NULL OR excluded.resource_version IS NULL
  OR (a.uid IS NOT DISTINCT FROM excluded.uid AND excluded.resource_version >= a.resource_version)
  OR (a.uid IS DISTINCT FROM excluded.uid AND (excluded.observed ->> 'createdAt', excluded.resource_version)
      >= (coalesce(a.observed ->> 'createdAt', ''), a.resource_version))
  OR ($3 AND a.observed_at < now() - interval '10 minutes'))`

/**
 * The rows of a batch. What was observed comes as texts with a separator between, which JSON never holds: one value for all
 * of it takes Postgres nearly twice the time.
 */
const record = `(SELECT s.*, nullif((SELECT string_to_array($4, E'\\x1e'))[s.n], 'null')::jsonb AS observed
    FROM json_to_recordset($2::json) AS s (n int, id text, namespace text, name text, uid text, project text, service text,
    environment text, target text, team text, tier text, rule text, unmapped_reason text, protected boolean,
    environment_order smallint, version text, version_key text, deployed_revisions text[],
    desired_revisions text[], deployed_at timestamptz, images text[], sync text, health text, health_since timestamptz,
    health_message text, automated boolean, coming text, coming_reason text, problem text, content_hash text,
    rest_hash text, deployment_mark text, resource_version bigint) ORDER BY s.n) AS r`

const change = (kind: 'rows' | 'problems') => `
  SET ${kind === 'rows' ? assignments : problemAssignments}, observed_at = now(), gone_at = NULL, gone_reason = NULL,
    plan_checked_at = NULL, status_at = CASE
      WHEN ${kind === 'rows' ? '(a.sync, a.health, a.coming, a.automated)' : 'a.coming'}
        IS DISTINCT FROM ${kind === 'rows' ? '(excluded.sync, excluded.health, excluded.coming, excluded.automated)' : 'excluded.coming'}
      THEN greatest(date_trunc('milliseconds', clock_timestamp()), a.status_at + interval '1 millisecond')
      ELSE a.status_at END`
const changes = `(a.content_hash IS DISTINCT FROM excluded.content_hash OR a.gone_at IS NOT NULL) AND ${isNewer}`

const insert = (kind: 'rows' | 'problems') => `
  INSERT INTO catalog.application AS a (id, instance, namespace, name, ${columns}, observed_at, status_at)
  SELECT r.id, $1, r.namespace, r.name, ${columns.replace(/(\w+)/g, 'r.$1')}, now(),
    date_trunc('milliseconds', clock_timestamp())
  FROM ${record}
  ON CONFLICT (instance, namespace, name) DO UPDATE ${change(kind)}
  WHERE ${changes}
  RETURNING a.id, a.namespace, a.name`

/** For rows whose id is known: without the look for a conflict and the lock before the write it takes half the time. */
const update = (kind: 'rows' | 'problems') => `
  UPDATE catalog.application a ${change(kind).replaceAll('excluded.', 'r.')}
  FROM ${record}
  WHERE a.id = r.id AND a.instance = $1 AND ${changes.replaceAll('excluded.', 'r.')}
  RETURNING a.id, a.namespace, a.name`

const keyOf = (key: ApplicationKey) => `${key.namespace}/${key.name}`

/**
 * Stores what was seen of applications of one instance, and in the same transaction what they deployed: a handful of
 * statements and one NOTIFY a batch, no write and no lock where nothing changed, nothing overwritten by an older
 * answer. `whole`: the rows are from a whole list. Returns the ids that changed; `refused` is told of rows that are older
 * than what is stored.
 */
export async function upsertApplications(
  db: Db,
  instance: string,
  rows: readonly SeenRow[],
  whole = false,
  refused: (row: SeenRow) => void = () => {},
): Promise<string[]> {
  // One batch must not touch a row twice; the later observation wins. Always in one order, or two batches could
  // wait for each other.
  const latest = [...new Map(rows.map((row) => [keyOf(row), row])).values()]
  const ordered = latest.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
  const mayBeQuick = ordered.filter(({ statusOnly }) => statusOnly)
  const quick = await storeStatuses(db, instance, mayBeQuick, whole)
  const done = new Set(quick.map(keyOf))
  const others = ordered.flatMap((row) => {
    const it = done.has(keyOf(row)) ? null : row.whole ? row.whole() : row
    return it ? [it] : []
  })
  const changing = await onlyDiffering(db, instance, others)
  if (changing.length === 0) return quick.map(({ id }) => id)
  const understood = changing.filter((row) => row.changed && row.problem === null)
  const problems = changing.filter((row) => row.changed && row.problem !== null)
  return inTransaction(db, async (tx) => {
    const save = async (statement: string, some: readonly Differing[]): Promise<StoredKey[]> =>
      some.length === 0
        ? []
        : tx.$queryRawUnsafe<StoredKey[]>(
            statement,
            instance,
            JSON.stringify(some.map(alone)),
            whole,
            some.map((row) => row.observed_text ?? 'null').join('\x1e'),
          )
    const stored: StoredKey[] = []
    for (const [kind, some] of [
      ['rows', understood],
      ['problems', problems],
    ] as const) {
      stored.push(
        ...(await save(
          update(kind),
          some.filter(({ storedId }) => storedId !== null),
        )),
      )
      stored.push(
        ...(await save(
          insert(kind),
          some.filter(({ storedId }) => storedId === null),
        )),
      )
    }
    const taken = new Set(stored.map(keyOf))
    for (const row of [...understood, ...problems]) if (!taken.has(keyOf(row))) refused(row)
    const seen = new Map(changing.map((row) => [keyOf(row), row]))
    const recorded = stored.map(({ id, ...key }) => {
      const row = seen.get(keyOf(key))
      const app = row?.marked ? (row.observed as ObservedApplication | undefined) : null
      return { id, via: row?.via ?? 'list', app: app ?? null, marked: row?.marked !== false }
    })
    await recordSightings(tx, recorded)
    const relisted = listedOf(changing, stored)
    await storeResources(tx, relisted, whole)
    await announce(tx, [...new Set([...stored, ...relisted].map(({ id }) => id))])
    return [...quick, ...stored].map((each) => each.id)
  })
}

/** As the record of a statement, with the id that it has. */
function alone(differing: Differing, index: number) {
  const { listed, via, statusOnly, marked, changed, relisted, storedId, observed, observed_text, ...row } =
    differing
  return { ...row, id: storedId ?? row.id, n: index + 1 }
}

/** Resources to keep: of what was stored just now, and of what else stays as it is. */
function listedOf(changing: readonly Differing[], stored: readonly StoredKey[]): ListedRow[] {
  const ids = new Map(stored.map((row) => [keyOf(row), row.id]))
  return changing.flatMap((row) => {
    const id = row.changed ? ids.get(keyOf(row)) : row.storedId
    return id && row.listed && (row.relisted || row.storedId === null)
      ? [{ id, listed: row.listed, resource_version: row.resource_version }]
      : []
  })
}

/**
 * A row and how it was seen; without `via` from a list. `statusOnly`: as far as the caller remembers, all but its status
 * is stored already, which spares the look; Postgres has the last word.
 */
export type SeenRow = ApplicationRow & {
  via?: 'watch' | 'list'
  statusOnly?: boolean
  /** The row with all its columns, where it has only those of its status. */
  whole?: () => SeenRow | null
}

/** `changed`: more than its resources differs. `marked`: what deployments are made from differs too. */
type Differing = SeenRow & { marked: boolean; changed: boolean; relisted: boolean; storedId: string | null }

async function onlyDiffering(db: Db, instance: string, rows: readonly SeenRow[]): Promise<Differing[]> {
  if (rows.length === 0) return []
  const of = (pick: (row: SeenRow) => unknown) => rows.map((row) => pick(row) ?? null)
  type Found = { n: number; id: string | null; marked: boolean; changed: boolean; relisted: boolean }
  const found = await db.$queryRawUnsafe<Found[]>(
    differing,
    instance,
    of((row) => row.namespace),
    of((row) => row.name),
    of((row) => row.content_hash),
    of((row) => row.deployment_mark),
    of((row) => row.listed?.hash),
    of((row) => row.listed?.healthHash),
  )
  return found.flatMap(({ n, id, ...how }) => {
    const row = rows[n - 1]
    return row ? [{ ...row, ...how, storedId: id }] : []
  })
}

/** An application that went. `uid` and `resourceVersion` as the watch said; a list says neither. */
export type Gone = {
  key: ApplicationKey
  reason: GoneReason
  uid?: string | null
  resourceVersion?: string | null
}

/**
 * Marks applications as gone, or says better why they are. Their rows and history stay. A deletion that is older than
 * what is stored (another object under the same name by now) changes nothing.
 */
export async function markGone(db: Db, instance: string, which: readonly Gone[]): Promise<number> {
  if (which.length === 0) return 0
  const records = which.map(({ key, reason, uid, resourceVersion }) => ({
    ...key,
    reason,
    uid: uid ?? null,
    version: /^\d{1,18}$/.test(resourceVersion ?? '') ? resourceVersion : null,
  }))
  return inTransaction(db, async (tx) => {
    const gone = await tx.$queryRaw<{ id: string; at: Date; reason: GoneReason }[]>`
      UPDATE catalog.application a SET gone_at = coalesce(a.gone_at, date_trunc('milliseconds', clock_timestamp())),
        gone_reason = r.reason, resource_version = greatest(a.resource_version, r.version)
      FROM jsonb_to_recordset(${JSON.stringify(records)}::jsonb)
        AS r (namespace text, name text, reason text, uid text, version bigint)
      WHERE a.instance = ${instance} AND a.namespace = r.namespace AND a.name = r.name
        AND (a.gone_at IS NULL OR (a.gone_reason <> 'deleted' AND r.reason NOT IN ('vanished', a.gone_reason)))
        AND (r.uid IS NULL OR a.uid IS NULL OR a.uid = r.uid)
      RETURNING a.id, date_trunc('milliseconds', clock_timestamp()) AS at, a.gone_reason AS reason`
    await recordGone(
      tx,
      gone.map(({ id, at, reason }) => ({ id, reason, at: instant(at) })),
    )
    if (gone.length > 0) await notify(tx, { catalog: true })
    return gone.length
  })
}

export type Missing = ApplicationKey & { project: string; present: boolean }

/**
 * Applications that a whole list, asked for at `since`, did not have: first those that were there, then those that went
 * earlier and that nobody knows to be deleted. What the watch has told since then is not missing.
 */
export async function missingFrom(
  db: Db,
  instance: string,
  seen: ReadonlySet<string>,
  since: Instant,
): Promise<Missing[]> {
  return db.$queryRaw<Missing[]>`
    SELECT namespace, name, project, gone_at IS NULL AS present FROM catalog.application
    WHERE instance = ${instance} AND (gone_at IS NULL OR gone_reason <> 'deleted')
      AND namespace || '/' || name <> ALL (${[...seen]}) AND observed_at < ${since}::timestamptz
    ORDER BY gone_at IS NULL DESC, gone_reason = 'vanished' DESC, random()`
}

export type InstanceState = 'connecting' | 'connected' | 'unreachable' | 'unauthorised' | 'not-understood'

/** Says how an instance is. Contact is noted each time; people are told only when the state changes. */
export async function setInstanceState(
  db: Db,
  name: string,
  /** `swept`: when a whole list was asked for that is stored now. */
  now: { state: InstanceState; detail?: string; version?: string; swept?: Instant },
): Promise<void> {
  await inTransaction(db, async (tx) => {
    const before = await tx.instance.findUnique({ where: { name }, select: { state: true, detail: true } })
    const contact = now.state === 'connected'
    const changed = before?.state !== now.state || before?.detail !== (now.detail ?? null)
    await tx.$executeRaw`
      UPDATE catalog.instance SET state = ${now.state}, detail = ${now.detail ?? null},
        state_since = CASE WHEN state = ${now.state} THEN state_since ELSE now() END,
        last_contact_at = CASE WHEN ${contact} THEN now() ELSE last_contact_at END,
        swept_at = coalesce(${now.swept ?? null}::timestamptz, swept_at),
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
