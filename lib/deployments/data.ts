import 'server-only'
import { type ReadScope, readScope, type Viewer } from '#lib/access/policy.ts'
import type { Source } from '#lib/argocd/schema.ts'
import { inScope, type Reader } from '#lib/catalog/data.ts'
import { type Instant, instant } from '#lib/platform/clock.ts'
import { Prisma } from '#prisma/client/client.ts'
import type { Attempt, AttemptKind, Cause, Deployment, GoneReason, KnownFrom } from './deployment.ts'

/** A deployment with the place it was in: `project` is today's, because today's project decides who may read it. */
export type PlacedDeployment = Deployment & {
  application: string
  name: string
  instance: string
  project: string
  service: string | null
  environment: string | null
  recordedAt: Instant
}

export type PlacedAttempt = Attempt & { application: string; name: string; environment: string | null }

/** Where a page of deployments goes on: the last row of the one before. */
export type DeploymentCursor = { from: Instant; id: string }

export type DeploymentPage = { rows: PlacedDeployment[]; next: DeploymentCursor | null }

/** One application, one service or everything; within what the viewer may read. */
export type Which = { application: string } | { service: string } | { everything: true }

type Row = {
  id: string
  uid: string
  from: Date
  to: Date | null
  syncStartedAt: Date | null
  historyId: bigint | null
  revisions: string[]
  sources: unknown
  version: string | null
  images: string[]
  cause: string
  actor: string | null
  releaseId: string | null
  knownFrom: string
}

const deploymentColumns = Prisma.sql`d.id, d.application_uid AS uid, d.deployed_at AS "from", upper(d.during) AS "to",
  d.sync_started_at AS "syncStartedAt", d.history_id AS "historyId", d.revisions, d.sources, d.version, d.images,
  d.cause, d.actor, d.release_id AS "releaseId", d.known_from AS "knownFrom"`

const moment = (date: Date | null): Instant | null => (date ? instant(date) : null)

function deployment(row: Row): Deployment {
  return {
    ...row,
    from: instant(row.from),
    to: moment(row.to),
    syncStartedAt: moment(row.syncStartedAt),
    historyId: row.historyId === null ? null : Number(row.historyId),
    sources: row.sources as Source[],
    cause: row.cause as Cause,
    knownFrom: row.knownFrom as KnownFrom,
  }
}

const scopeOf = (viewer: Viewer | ReadScope): ReadScope =>
  typeof viewer === 'object' && 'accountId' in viewer ? readScope(viewer) : viewer

const chosen = (which: Which) =>
  'application' in which
    ? Prisma.sql`d.application_id = ${which.application}`
    : 'service' in which
      ? Prisma.sql`d.service = ${which.service}`
      : Prisma.sql`true`

/** Deployments newest first, `limit` a page, stable while new ones come in. */
export async function deploymentsOf(
  db: Reader,
  viewer: Viewer | ReadScope,
  which: Which,
  page: { after?: DeploymentCursor | undefined; limit?: number } = {},
): Promise<DeploymentPage> {
  const scope = scopeOf(viewer)
  if (scope === 'none') return { rows: [], next: null }
  const limit = page.limit ?? 50
  const after = page.after
    ? Prisma.sql`(d.deployed_at, d.id) < (${page.after.from}::timestamptz, ${page.after.id})`
    : Prisma.sql`true`
  const found = await db.$queryRaw<(Row & Omit<PlacedDeployment, keyof Deployment> & { recordedAt: Date })[]>`
    SELECT ${deploymentColumns}, a.id AS application, a.name, a.instance, a.project, d.service, d.environment,
      d.recorded_at AS "recordedAt"
    FROM catalog.deployment d JOIN catalog.application a ON a.id = d.application_id
    WHERE ${chosen(which)} AND ${after} AND ${inScope(scope)}
    ORDER BY d.deployed_at DESC, d.id DESC LIMIT ${limit + 1}`
  const rows = found.slice(0, limit).map((row) => ({
    ...row,
    ...deployment(row),
    recordedAt: instant(row.recordedAt),
  }))
  const last = rows.at(-1)
  return { rows, next: found.length > limit && last ? { from: last.from, id: last.id } : null }
}

/** Whether the application was there for us at that moment; `before` we had heard of it, only its history speaks. */
export type PresentThen =
  | { is: 'present' | 'before' }
  | { is: 'gone'; why: GoneReason | 'recreated'; since: Instant }

export type StatusThen = {
  at: Instant
  sync: string
  health: string
  coming: string
  automated: boolean
}

/** How one application was at a moment: its place, what ran, its state, its open release then. */
export type Then = {
  application: string
  name: string
  instance: string
  /** Today's: decides who may read it. */
  project: string
  /** The one it was in. */
  projectThen: string
  service: string | null
  environment: string | null
  target: string | null
  team: string | null
  tier: string | null
  protected: boolean
  presence: PresentThen
  status: StatusThen | null
  deployment: Deployment | null
  openRelease: string | null
}

type ThenRow = Omit<Then, 'presence' | 'status' | 'deployment'> & {
  present: boolean
  ended: string | null
  endedAt: Date | null
  statusAt: Date | null
  sync: string
  health: string
  coming: string
  automated: boolean
} & Omit<Row, 'id'> & { id: string | null }

/** The newest point of `table` by a moment. */
const pointBy = (table: Prisma.Sql, at: Instant) => Prisma.sql`
  (SELECT * FROM ${table} x WHERE x.application_id = a.id AND x.at <= ${at}::timestamptz ORDER BY x.at DESC LIMIT 1)`

/**
 * What ran where at a moment: one row for each application that was there or is known to have run something. A place
 * from before the first look is the first one seen. `services`: only these, by the place of that moment.
 */
export async function runningAt(
  db: Reader,
  viewer: Viewer | ReadScope,
  at: Instant,
  services?: readonly string[],
): Promise<Then[]> {
  const scope = scopeOf(viewer)
  if (scope === 'none' || services?.length === 0) return []
  const wanted = services
    ? Prisma.sql`a.id IN (SELECT application_id FROM catalog.placement_point WHERE service = ANY (${[...services]}))
        AND coalesce(p.service, f.service) = ANY (${[...services]})`
    : Prisma.sql`true`
  const rows = await db.$queryRaw<ThenRow[]>`
    SELECT a.id AS application, a.name, a.instance, a.project, coalesce(p.project, f.project, a.project) AS "projectThen",
      CASE WHEN p.at IS NULL THEN f.service ELSE p.service END AS service,
      CASE WHEN p.at IS NULL THEN f.environment ELSE p.environment END AS environment,
      CASE WHEN p.at IS NULL THEN f.target ELSE p.target END AS target,
      CASE WHEN p.at IS NULL THEN f.team ELSE p.team END AS team,
      CASE WHEN p.at IS NULL THEN f.tier ELSE p.tier END AS tier,
      coalesce(p.protected, f.protected, a.protected) AS protected,
      coalesce(h.during @> ${at}::timestamptz, false) AS present, h.ended, upper(h.during) AS "endedAt",
      s.at AS "statusAt", s.sync, s.health, s.coming, s.automated,
      (SELECT r.id FROM rel.release r WHERE r.application_id = a.id AND r.created_at <= ${at}::timestamptz
        AND (r.finished_at IS NULL OR r.finished_at > ${at}::timestamptz) ORDER BY r.id DESC LIMIT 1) AS "openRelease",
      ${deploymentColumns}
    FROM catalog.application a
    LEFT JOIN LATERAL ${pointBy(Prisma.sql`catalog.placement_point`, at)} p ON true
    LEFT JOIN LATERAL (SELECT * FROM catalog.placement_point x WHERE p.at IS NULL AND x.application_id = a.id
      ORDER BY x.at LIMIT 1) f ON true
    LEFT JOIN LATERAL ${pointBy(Prisma.sql`catalog.status_point`, at)} s ON true
    LEFT JOIN LATERAL (SELECT * FROM catalog.presence x WHERE x.application_id = a.id AND lower(x.during) <= ${at}::timestamptz
      ORDER BY lower(x.during) DESC LIMIT 1) h ON true
    LEFT JOIN LATERAL (SELECT * FROM catalog.deployment x WHERE x.application_id = a.id
      AND x.deployed_at <= ${at}::timestamptz ORDER BY x.deployed_at DESC LIMIT 1) d ON d.during @> ${at}::timestamptz
    WHERE ${inScope(scope)} AND ${wanted} AND (h.application_id IS NOT NULL OR d.id IS NOT NULL)
    ORDER BY a.instance, a.name, a.id`
  return rows.map(then)
}

function then(row: ThenRow): Then {
  const { application, name, instance, project, projectThen, service, environment, target, team, tier } = row
  const gone = !row.present && row.endedAt !== null
  return {
    ...{ application, name, instance, project, projectThen, service, environment, target, team, tier },
    protected: row.protected,
    presence:
      gone && row.endedAt
        ? { is: 'gone', why: (row.ended ?? 'vanished') as GoneReason, since: instant(row.endedAt) }
        : { is: row.present ? 'present' : 'before' },
    status: row.statusAt
      ? {
          ...{ at: instant(row.statusAt), sync: row.sync, health: row.health, coming: row.coming },
          automated: row.automated,
        }
      : null,
    deployment: row.id === null ? null : deployment(onlyDeployment({ ...row, id: row.id })),
    openRelease: row.openRelease,
  }
}

function onlyDeployment(row: Row): Row {
  const { id, uid, from, to, syncStartedAt, historyId, revisions, sources, version, images } = row
  const { cause, actor, releaseId, knownFrom } = row
  return {
    ...{ id, uid, from, to, syncStartedAt, historyId, revisions, sources, version, images },
    ...{ cause, actor, releaseId, knownFrom },
  }
}

/** Sync, health and what was coming at a moment, by application; one that was not known then is left out. */
export async function statusAt(
  db: Reader,
  viewer: Viewer | ReadScope,
  at: Instant,
  applications: readonly string[],
): Promise<Map<string, StatusThen>> {
  const scope = scopeOf(viewer)
  if (scope === 'none' || applications.length === 0) return new Map()
  const rows = await db.$queryRaw<(Omit<StatusThen, 'at'> & { id: string; at: Date })[]>`
    SELECT a.id, s.at, s.sync, s.health, s.coming, s.automated FROM catalog.application a
    JOIN LATERAL ${pointBy(Prisma.sql`catalog.status_point`, at)} s ON true
    WHERE a.id = ANY (${[...applications]}) AND ${inScope(scope)}`
  return new Map(rows.map(({ id, at: since, ...status }) => [id, { ...status, at: instant(since) }]))
}

export type AttemptCursor = { startedAt: Instant; application: string }

/** Operations in flight, and those that ended and deployed nothing: newest first, `limit` a page. */
export async function attemptsOf(
  db: Reader,
  viewer: Viewer | ReadScope,
  which: Which,
  page: { after?: AttemptCursor | undefined; limit?: number } = {},
): Promise<{ rows: PlacedAttempt[]; next: AttemptCursor | null }> {
  const scope = scopeOf(viewer)
  if (scope === 'none') return { rows: [], next: null }
  const limit = page.limit ?? 50
  const where =
    'application' in which
      ? Prisma.sql`t.application_id = ${which.application}`
      : 'service' in which
        ? Prisma.sql`t.application_id IN (SELECT application_id FROM catalog.placement_point WHERE service = ${which.service})`
        : Prisma.sql`true`
  const after = page.after
    ? Prisma.sql`(t.started_at, t.application_id) < (${page.after.startedAt}::timestamptz, ${page.after.application})`
    : Prisma.sql`true`
  const found = await db.$queryRaw<(PlacedAttempt & { startedAt: Date; finishedAt: Date | null })[]>`
    SELECT a.id AS application, a.name, a.environment, t.started_at AS "startedAt", t.finished_at AS "finishedAt",
      t.kind, t.phase, t.message, t.revisions, t.cause, t.actor, t.release_id AS "releaseId",
      t.deployment_id AS "deploymentId"
    FROM catalog.attempt t JOIN catalog.application a ON a.id = t.application_id
    WHERE ${where} AND t.deployment_id IS NULL AND ${inScope(scope)} AND ${after}
    ORDER BY t.started_at DESC, t.application_id DESC LIMIT ${limit + 1}`
  const rows = found.slice(0, limit).map((row) => ({
    ...row,
    startedAt: instant(row.startedAt),
    finishedAt: moment(row.finishedAt),
    kind: row.kind as AttemptKind,
    cause: row.cause as Cause,
  }))
  const last = rows.at(-1)
  const { startedAt, application } = last ?? {}
  return { rows, next: found.length > limit && startedAt && application ? { startedAt, application } : null }
}

/** One life of an application, or one stay within our sight. */
export type Stay = {
  from: Instant
  to: Instant | null
  uid: string | null
  began: 'found' | 'created' | 'recreated' | 'returned'
  ended: GoneReason | 'recreated' | null
  /** What it most likely was called before: it went within the hour, with the same sources and destination. */
  renamedFrom: { application: string; name: string } | null
}

export type Place = { from: Instant; project: string; service: string | null; environment: string | null }

/** When one application was there for us and why not, and the places it had: both oldest first. */
export async function lifeOf(
  db: Reader,
  viewer: Viewer | ReadScope,
  application: string,
): Promise<{ stays: Stay[]; places: Place[] }> {
  const scope = scopeOf(viewer)
  if (scope === 'none') return { stays: [], places: [] }
  type StayRow = Omit<Stay, 'from' | 'to' | 'renamedFrom'> & {
    from: Date
    to: Date | null
    before: string | null
    name: string
  }
  const stays = await db.$queryRaw<StayRow[]>`
    SELECT lower(p.during) AS "from", upper(p.during) AS "to", p.uid, p.began, p.ended, o.id AS before, o.name
    FROM catalog.presence p JOIN catalog.application a ON a.id = p.application_id
    LEFT JOIN catalog.application o ON o.id = p.renamed_from AND ${scope === 'all' ? Prisma.sql`true` : Prisma.sql`o.project = ANY (${scope.projects})`}
    WHERE p.application_id = ${application} AND ${inScope(scope)} ORDER BY lower(p.during)`
  const places = await db.$queryRaw<(Omit<Place, 'from'> & { from: Date })[]>`
    SELECT p.at AS "from", p.project, p.service, p.environment
    FROM catalog.placement_point p JOIN catalog.application a ON a.id = p.application_id
    WHERE p.application_id = ${application} AND ${inScope(scope)} ORDER BY p.at`
  return {
    stays: stays.map(({ from, to, before, name, ...stay }) => ({
      ...stay,
      from: instant(from),
      to: moment(to),
      renamedFrom: before ? { application: before, name } : null,
    })),
    places: places.map((place) => ({ ...place, from: instant(place.from) })),
  }
}
