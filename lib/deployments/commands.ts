import 'server-only'
import type { ObservedApplication } from '#lib/argocd/application.ts'
import { type Instant, instant } from '#lib/platform/clock.ts'
import type { Tx } from '#lib/platform/db.ts'
import { Prisma } from '#prisma/client/client.ts'
import { attemptsAfter } from './attempt.ts'
import { type Attempt, type Deployment, type GoneReason, unseen } from './deployment.ts'
import { type OwnSync, type Sighting, sightingOf, toldBy } from './sighting.ts'
import { type Changes, merge } from './timeline.ts'

/**
 * An application that was stored a moment ago in this transaction, so that its row is locked; `app` is null when
 * nothing that deployments are made from has changed, or it was not understood. `marked`: it is new, was gone or differs in
 * what presence follows from.
 */
export type Recorded = {
  id: string
  via: Sighting['via']
  app: ObservedApplication | null
  marked: boolean
}

type Known = {
  id: string
  at: Instant
  service: string | null
  knownUntil: Instant | null
  firstContact: boolean
  stored: Deployment[]
  attempts: Attempt[]
  own: OwnSync[]
}

/** Times go over as text with milliseconds; what we write has no finer ones. */
const stamp = (sql: string) =>
  Prisma.raw(`to_char((${sql}) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`)

const readKnown = (ids: string[], tail: number, begun: string, since: string) => Prisma.sql`
  SELECT a.id, ${stamp('clock_timestamp()')} AS at, a.service, ${stamp('i.swept_at')} AS "knownUntil",
    NOT EXISTS (SELECT FROM catalog.presence p WHERE p.application_id = a.id) AS "firstContact",
    coalesce((SELECT jsonb_agg(to_jsonb(x) ORDER BY x."from") FROM (
      SELECT d.id, d.application_uid AS uid, ${stamp('d.deployed_at')} AS "from", ${stamp('upper(d.during)')} AS "to",
        ${stamp('d.sync_started_at')} AS "syncStartedAt", d.history_id AS "historyId", d.revisions, d.sources, d.version,
        d.images, d.cause, d.actor, d.release_id AS "releaseId", d.known_from AS "knownFrom"
      FROM catalog.deployment d WHERE d.application_id = a.id ORDER BY d.deployed_at DESC LIMIT ${tail}) x), '[]') AS stored,
    coalesce((SELECT jsonb_agg(jsonb_build_object('startedAt', ${stamp('t.started_at')}, 'finishedAt', ${stamp('t.finished_at')},
        'kind', t.kind, 'phase', t.phase, 'message', t.message, 'revisions', t.revisions, 'cause', t.cause, 'actor', t.actor,
        'releaseId', t.release_id, 'deploymentId', t.deployment_id))
      FROM catalog.attempt t WHERE t.application_id = a.id
        AND ((t.finished_at IS NULL AND t.phase <> ${unseen}) OR t.started_at = (${begun}::jsonb ->> a.id)::timestamptz)), '[]') AS attempts,
    coalesce((SELECT jsonb_agg(jsonb_build_object('token', n.token, 'releaseId', n.release_id, 'from', ${stamp('n.created_at')},
        'until', ${stamp("n.post_deadline + interval '5 seconds'")},
        'revisions', coalesce(n.body -> 'revisions', jsonb_build_array(n.body -> 'revision'))))
      FROM rel.release r JOIN rel.intent n ON n.release_id = r.id
      WHERE r.application_id = a.id AND n.created_at >= (${since}::jsonb ->> a.id)::timestamptz - interval '1 hour'), '[]') AS own
  FROM catalog.application a JOIN catalog.instance i ON i.name = a.instance WHERE a.id = ANY (${ids})`

const deploymentRecord = Prisma.sql`id text, application text, uid text, "from" timestamptz, "to" timestamptz, "syncStartedAt" timestamptz,
  "historyId" bigint, revisions text[], sources jsonb, version text, images text[], cause text, actor text, "releaseId" text,
  "knownFrom" text`

const updateDeployments = (rows: string) => Prisma.sql`
  UPDATE catalog.deployment d SET during = tstzrange(r."from", r."to"), application_uid = r.uid, history_id = r."historyId",
    sync_started_at = r."syncStartedAt", revisions = r.revisions, sources = r.sources, version = r.version, images = r.images,
    cause = r.cause, actor = r.actor, release_id = r."releaseId", known_from = r."knownFrom"
  FROM jsonb_to_recordset(${rows}::jsonb) AS r (${deploymentRecord}) WHERE d.id = r.id`

const insertDeployments = (rows: string) => Prisma.sql`
  INSERT INTO catalog.deployment (id, application_id, application_uid, during, sync_started_at, history_id, service, environment,
    revisions, sources, version, images, cause, actor, release_id, known_from)
  SELECT r.id, r.application, r.uid, tstzrange(r."from", r."to"), r."syncStartedAt", r."historyId", a.service, a.environment,
    r.revisions, r.sources, r.version, r.images, r.cause, r.actor, r."releaseId", r."knownFrom"
  FROM jsonb_to_recordset(${rows}::jsonb) AS r (${deploymentRecord}) JOIN catalog.application a ON a.id = r.application`

const saveAttempts = (rows: string) => Prisma.sql`
  INSERT INTO catalog.attempt (application_id, started_at, finished_at, kind, phase, message, revisions, cause, actor, release_id,
    deployment_id)
  SELECT r.application, r."startedAt", r."finishedAt", r.kind, r.phase, r.message, r.revisions, r.cause, r.actor, r."releaseId",
    r."deploymentId"
  FROM jsonb_to_recordset(${rows}::jsonb) AS r (application text, "startedAt" timestamptz, "finishedAt" timestamptz, kind text,
    phase text, message text, revisions text[], cause text, actor text, "releaseId" text, "deploymentId" text)
  ON CONFLICT (application_id, started_at) DO UPDATE SET finished_at = excluded.finished_at, kind = excluded.kind,
    phase = excluded.phase, message = excluded.message, revisions = excluded.revisions, cause = excluded.cause,
    actor = excluded.actor, release_id = excluded.release_id, deployment_id = excluded.deployment_id`

/**
 * Writes down what these applications deployed and tried, their state, place and presence: a handful of statements
 * for any number of them, none where nothing changed. The caller holds the locks of their rows.
 */
export async function recordSightings(tx: Tx, recorded: readonly Recorded[]): Promise<void> {
  if (recorded.length === 0) return
  await recordDeployments(tx, recorded)
  await recordPoints(
    tx,
    recorded.map(({ id }) => id),
  )
  await recordPresence(
    tx,
    recorded.flatMap(({ id, marked }) => (marked ? [id] : [])),
  )
}

async function recordDeployments(tx: Tx, recorded: readonly Recorded[]): Promise<void> {
  const seen = new Map(recorded.flatMap((each) => (each.app ? [[each.id, { ...each, app: each.app }]] : [])))
  const apps = [...seen.values()]
  if (apps.length === 0) return
  const begun = apps.map(({ id, app }) => [id, app.operation?.startedAt ?? null])
  const since = apps.map(({ id, app }) => [id, oldestOf(app)])
  const rows = await tx.$queryRaw<Known[]>(
    readKnown(
      apps.map(({ id }) => id),
      Math.max(...apps.map(({ app }) => app.history.length)) + tailMore,
      JSON.stringify(Object.fromEntries(begun)),
      JSON.stringify(Object.fromEntries(since)),
    ),
  )
  const write = { insert: [] as object[], update: [] as object[], attempts: [] as object[] }
  for (const row of rows) {
    const of = seen.get(row.id)
    if (!of) continue
    const { changes, attempts } = changesOf(row, of.app, of.via)
    const placed = (each: object) => ({ ...each, application: row.id })
    write.insert.push(...changes.insert.map(placed))
    write.update.push(...changes.update.map(placed))
    write.attempts.push(...attempts.map(placed))
  }
  // First the updates: they make room for what is new.
  if (write.update.length > 0) await tx.$executeRaw(updateDeployments(JSON.stringify(write.update)))
  if (write.insert.length > 0) await tx.$executeRaw(insertDeployments(JSON.stringify(write.insert)))
  if (write.attempts.length > 0) await tx.$executeRaw(saveAttempts(JSON.stringify(write.attempts)))
}

/** Rows looked at beyond those that the history can name: inferred ones, and the end of an earlier life. */
const tailMore = 4

/** The earliest begin this application tells of; intents of before cannot explain anything. */
function oldestOf(app: ObservedApplication): Instant | null {
  const begins = [...app.history.map((entry) => entry.deployStartedAt), app.operation?.startedAt ?? null]
  return begins.filter((each) => each !== null).sort()[0] ?? null
}

function changesOf(
  row: Known,
  app: ObservedApplication,
  via: Sighting['via'],
): { changes: Changes; attempts: Attempt[] } {
  const seen = sightingOf(app, { ...row, via })
  const told = toldBy(seen, row)
  const whole = row.stored.length < app.history.length + tailMore
  const changes = merge(row.stored, whole, seen, told)
  const changed = new Set(changes.update.map((each) => each.id))
  const deployments = [
    ...row.stored.filter((each) => !changed.has(each.id)),
    ...changes.update,
    ...changes.insert,
  ]
  return { changes, attempts: attemptsAfter(row.attempts, seen, deployments, row.own) }
}

/** A moment of Postgres that is after every point written so far; row locks put the writers in order. */
const after = (last: string) =>
  Prisma.raw(`greatest(date_trunc('milliseconds', clock_timestamp()), ${last} + interval '1 millisecond')`)

/** The application itself says when its status began; where that is as before, its point is there. */
const statusPoints = (ids: string[]) => Prisma.sql`
  INSERT INTO catalog.status_point (application_id, at, sync, health, coming, automated)
  SELECT a.id, a.status_at, a.sync, a.health, a.coming, a.automated FROM catalog.application a
  WHERE a.id = ANY (${ids}) AND a.status_at IS NOT NULL
  ON CONFLICT DO NOTHING`

const placementPoints = (ids: string[]) => Prisma.sql`
  INSERT INTO catalog.placement_point (application_id, at, project, service, environment, target, team, tier, protected)
  SELECT a.id, ${after('l.at')}, a.project, a.service, a.environment, a.target, a.team, a.tier, a.protected
  FROM catalog.application a LEFT JOIN LATERAL
    (SELECT * FROM catalog.placement_point x WHERE x.application_id = a.id ORDER BY x.at DESC LIMIT 1) l ON true
  WHERE a.id = ANY (${ids}) AND (l.at IS NULL
    OR (l.project, l.service, l.environment, l.target, l.team, l.tier, l.protected)
      IS DISTINCT FROM (a.project, a.service, a.environment, a.target, a.team, a.tier, a.protected))`

/** Another uid under the same name: it was deleted and made anew, whether or not anybody saw it. */
const recreated = (ids: string[]) => Prisma.sql`
  UPDATE catalog.presence p SET during = tstzrange(lower(p.during), ${after('lower(p.during)')}), ended = 'recreated'
  FROM catalog.application a
  WHERE a.id = ANY (${ids}) AND p.application_id = a.id AND upper_inf(p.during) AND p.uid <> a.uid`

const present = (ids: string[]) => Prisma.sql`
  INSERT INTO catalog.presence (application_id, uid, during, began)
  SELECT a.id, a.uid, tstzrange(${after('upper(l.during)')}, NULL),
    CASE WHEN l.application_id IS NULL THEN CASE WHEN i.swept_at IS NULL THEN 'found' ELSE 'created' END
      WHEN l.uid IS DISTINCT FROM a.uid THEN 'recreated' ELSE 'returned' END
  FROM catalog.application a JOIN catalog.instance i ON i.name = a.instance
  LEFT JOIN LATERAL (SELECT * FROM catalog.presence x WHERE x.application_id = a.id ORDER BY lower(x.during) DESC LIMIT 1) l ON true
  WHERE a.id = ANY (${ids}) AND a.gone_at IS NULL AND (l.application_id IS NULL OR NOT upper_inf(l.during))
  RETURNING application_id AS id, began`

async function recordPoints(tx: Tx, ids: string[]): Promise<void> {
  await tx.$executeRaw(statusPoints(ids))
  await tx.$executeRaw(placementPoints(ids))
}

async function recordPresence(tx: Tx, ids: string[]): Promise<void> {
  if (ids.length === 0) return
  await tx.$executeRaw(recreated(ids))
  const began = await tx.$queryRaw<{ id: string; began: string }[]>(present(ids))
  const created = began.filter((each) => each.began === 'created')
  if (created.length > 0)
    await linkRenamed(
      tx,
      created.map(({ id }) => id),
    )
}

/**
 * Kubernetes knows no renaming: one goes, another comes. When exactly one that went and exactly one that came within
 * the hour have the same sources and destination, the new one says which it most likely was.
 */
async function linkRenamed(tx: Tx, ids: string[]): Promise<void> {
  await tx.$executeRaw`
    WITH pairs AS (
      SELECT n.id AS fresh, o.id AS old, count(*) OVER (PARTITION BY n.id) + count(*) OVER (PARTITION BY o.id) AS ways
      FROM catalog.application n JOIN catalog.application o ON o.instance = n.instance AND o.id <> n.id
        AND o.observed -> 'sources' = n.observed -> 'sources' AND o.observed -> 'destination' = n.observed -> 'destination'
      WHERE n.gone_at IS NULL AND n.first_seen_at > now() - interval '1 hour'
        AND o.gone_at > now() - interval '1 hour' AND o.gone_reason <> 'not-permitted'
        AND (n.id = ANY (${ids}) OR o.id = ANY (${ids})))
    UPDATE catalog.presence p SET renamed_from = pairs.old FROM pairs
    WHERE pairs.ways = 2 AND p.application_id = pairs.fresh AND upper_inf(p.during) AND p.began = 'created'
      AND p.renamed_from IS NULL`
}

/**
 * These applications are gone, or it is known better now why. Their presence ends; what they ran ends only when they
 * were deleted: what we may not see may go on running. `at` is when they went.
 */
export async function recordGone(
  tx: Tx,
  gone: readonly { id: string; at: Instant; reason: GoneReason }[],
): Promise<void> {
  if (gone.length === 0) return
  const records = JSON.stringify(gone)
  await tx.$executeRaw`
    UPDATE catalog.presence p SET ended = r.reason, during = CASE WHEN upper_inf(p.during)
      THEN tstzrange(lower(p.during), greatest(r.at, lower(p.during) + interval '1 millisecond')) ELSE p.during END
    FROM jsonb_to_recordset(${records}::jsonb) AS r (id text, at timestamptz, reason text)
    WHERE p.application_id = r.id AND (upper_inf(p.during) OR p.ended IN ('vanished', 'not-permitted'))
      AND NOT EXISTS (SELECT FROM catalog.presence l WHERE l.application_id = r.id AND lower(l.during) > lower(p.during))`
  const deleted = gone.filter(({ reason }) => reason === 'deleted')
  if (deleted.length > 0) {
    await tx.$executeRaw`
      UPDATE catalog.deployment d
      SET during = tstzrange(lower(d.during), greatest(r.at, lower(d.during) + interval '1 millisecond'))
      FROM jsonb_to_recordset(${JSON.stringify(deleted)}::jsonb) AS r (id text, at timestamptz)
      WHERE d.application_id = r.id AND upper_inf(d.during)`
    await tx.$executeRaw`
      UPDATE catalog.attempt SET phase = ${unseen} WHERE application_id = ANY (${deleted.map(({ id }) => id)})
        AND finished_at IS NULL AND phase <> ${unseen}`
  }
  await linkRenamed(
    tx,
    gone.map(({ id }) => id),
  )
}

/** The clock of Postgres, to the millisecond. */
export async function databaseNow(db: Pick<Tx, '$queryRaw'>): Promise<Instant> {
  const [row] = await db.$queryRaw<{ at: Date }[]>`SELECT clock_timestamp() AS at`
  return instant(row?.at ?? 0)
}
