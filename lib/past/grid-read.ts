import 'server-only'
import { readScope, type Viewer } from '#lib/access/policy.ts'
import { inScope, type Reader } from '#lib/catalog/data.ts'
import type { Cause, KnownFrom } from '#lib/deployments/deployment.ts'
import { type Instant, instant } from '#lib/platform/clock.ts'
import { Prisma } from '#prisma/client/client.ts'
import { cellOf, type GridCell, type GridRow, isCommit, type Lane, type Move, sharesCommits } from './grid.ts'

export type Subject = { sha: string; subject: string; author: string; at: Instant }
export type GridLine = GridRow & { commits: Subject[]; cells: GridCell[] }
export type Grid = { lanes: Lane[]; lines: GridLine[]; next?: string }

const pageSize = 20

/**
 * All that happened to a service by a moment, one row for each time a version came to an application. A commit that was
 * deployed anywhere gives its version to the operations that failed with it.
 */
const movesOf = (service: string, at: Instant, scope: 'all' | { projects: string[] }) => Prisma.sql`
  WITH deployed AS MATERIALIZED (
    SELECT d.application_id, coalesce(d.version, array_to_string(d.revisions, ' ')) AS key, d.version, d.revisions,
      d.deployed_at AS "from", CASE WHEN upper(d.during) <= ${at}::timestamptz THEN upper(d.during) END AS "to", d.cause, d.actor,
      d.release_id AS release, d.known_from AS "knownFrom", coalesce(d.environment, a.environment, '') AS environment, a.target, a.name
    FROM catalog.deployment d JOIN catalog.application a ON a.id = d.application_id
    WHERE d.service = ${service} AND d.deployed_at <= ${at}::timestamptz AND ${inScope(scope)}
  ), versions AS (
    SELECT revisions, max(version) AS version FROM deployed WHERE version IS NOT NULL GROUP BY revisions
  ), moves AS MATERIALIZED (
    SELECT application_id, key, version, revisions, "from", "to", 'deployed' AS kind, NULL AS message, cause, actor, release,
      "knownFrom", environment, target, name
    FROM deployed WHERE "knownFrom" <> 'inferred'
    UNION ALL
    SELECT t.application_id, coalesce(v.version, array_to_string(t.revisions, ' ')), v.version, t.revisions, t.started_at,
      t.finished_at, CASE WHEN t.finished_at IS NULL OR t.finished_at > ${at}::timestamptz THEN 'in-flight' ELSE 'failed' END,
      t.message, t.cause, t.actor, t.release_id, NULL, coalesce(a.environment, ''), a.target, a.name
    FROM catalog.attempt t JOIN catalog.application a ON a.id = t.application_id LEFT JOIN versions v ON v.revisions = t.revisions
    WHERE a.service = ${service} AND t.started_at <= ${at}::timestamptz AND t.deployment_id IS NULL AND t.kind = 'sync'
      AND cardinality(t.revisions) > 0 AND ${inScope(scope)}
      AND (t.phase IN ('Failed', 'Error') OR t.finished_at > ${at}::timestamptz
        OR (t.finished_at IS NULL AND t.phase <> 'Unseen' AND a.gone_at IS NULL))
  ), firsts AS (
    SELECT key, max(version) AS version, min("from") AS first,
      max("from") AS last FROM moves GROUP BY key
  )`

type MoveRow = Omit<Move, 'from' | 'to' | 'application'> & {
  application: string
  from: Date
  to: Date | null
}
type LaneRow = Omit<Lane, 'since' | 'newest' | 'unseenUntil'> &
  Record<'since' | 'newest' | 'unseenUntil', Date | null>
type Answer = { first: Date; last: Date; key: string; version: string | null }

/** `2026-06-03T14:05:00.000Z 1.4.2`: where the page before ended. */
function readAfter(text: string | undefined): { last: Instant; key: string } | undefined {
  const [last = '', ...rest] = (text ?? '').split(' ')
  return /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/.test(last) && Date.parse(last) >= 0
    ? { last: instant(last), key: rest.join(' ') }
    : undefined
}

const moment = (date: Date | null) => date && instant(date)

/**
 * The versions of a service, the one that was deployed last first, with what each was in every application, by a moment.
 * Columns are in the order of `environments`. Within what the viewer may read.
 */
export async function readGrid(
  db: Reader,
  viewer: Viewer,
  service: string,
  at: Instant,
  environments: readonly string[],
  after?: string,
): Promise<Grid> {
  const scope = readScope(viewer)
  if (scope === 'none') return { lanes: [], lines: [] }
  const moves = movesOf(service, at, scope)
  const place = readAfter(after)
  const beyond = place
    ? Prisma.sql`(date_trunc('milliseconds', last), key) < (${place.last}::timestamptz, ${place.key})`
    : Prisma.sql`true`
  const rows = await db.$queryRaw<Answer[]>`${moves}
    SELECT key, version, first, last FROM firsts WHERE ${beyond}
    ORDER BY date_trunc('milliseconds', last) DESC, key DESC LIMIT ${pageSize + 1}`
  const page = rows.slice(0, pageSize)
  const keys = page.map(({ key }) => key)
  const found = await db.$queryRaw<MoveRow[]>`${moves}
    SELECT key, application_id AS application, revisions, "from", "to", kind, message, cause, actor, release, "knownFrom"
    FROM moves WHERE key = ANY (${keys}) ORDER BY "from" DESC LIMIT 2000`
  const lanes = await db.$queryRaw<LaneRow[]>`${moves}
    SELECT m.application_id AS application, m.name, (array_agg(m.environment ORDER BY m."from" DESC))[1] AS environment, m.target,
      min(m."from") FILTER (WHERE m.kind = 'deployed') AS since, max(f.first) FILTER (WHERE m.kind = 'deployed') AS newest,
      (SELECT max(coalesce(d."to", ${at}::timestamptz)) FROM deployed d
        WHERE d.application_id = m.application_id AND d."knownFrom" = 'inferred') AS "unseenUntil"
    FROM moves m JOIN firsts f ON f.key = m.key GROUP BY m.application_id, m.name, m.target`
  const all = found.map(
    (move): Move => ({
      ...move,
      from: instant(move.from),
      to: moment(move.to),
      cause: move.cause as Cause,
      knownFrom: move.knownFrom as KnownFrom | null,
    }),
  )
  const columns = lanes.map(
    (lane): Lane => ({
      ...lane,
      since: moment(lane.since),
      newest: moment(lane.newest),
      unseenUntil: moment(lane.unseenUntil),
    }),
  )
  const order = (name: string) => (environments.includes(name) ? environments.indexOf(name) : 99)
  columns.sort(
    (a, b) =>
      order(a.environment) - order(b.environment) ||
      a.environment.localeCompare(b.environment) ||
      (a.target ?? '').localeCompare(b.target ?? '') ||
      a.name.localeCompare(b.name),
  )
  const commits = await readSubjects(
    db,
    scope,
    all.flatMap(({ revisions }) => revisions),
  )
  const shared = sharesCommits(all)
  const lines = page.map(({ key, version, first, last }): GridLine => {
    const own = all.filter((move) => move.key === key)
    const revisions = [...new Set(own.flatMap((move) => move.revisions))]
    const forAll = shared || !isCommit({ version, revisions })
    const row = { key, version, revisions, first: instant(first), last: instant(last), forAll }
    return {
      ...row,
      commits: commits.filter(({ sha }) => revisions.includes(sha)),
      cells: columns.map((lane) => cellOf(row, lane, own)),
    }
  })
  const last = lines.at(-1)
  return {
    lanes: columns,
    lines,
    ...(rows.length > pageSize && last && { next: `${last.last} ${last.key}` }),
  }
}

/** Who wrote these commits and about what, newest first, as far as it is known within the viewer's projects. */
async function readSubjects(
  db: Reader,
  scope: 'all' | { projects: string[] },
  shas: readonly string[],
): Promise<Subject[]> {
  const rows = await db.$queryRaw<(Omit<Subject, 'at'> & { at: Date })[]>`
    SELECT DISTINCT ON (c.sha) c.sha, c.subject, c.author, c.at FROM catalog.commit c
    WHERE c.sha = ANY (${[...new Set(shas)]})
      AND ${scope === 'all' ? Prisma.sql`true` : Prisma.sql`c.project = ANY (${scope.projects})`} ORDER BY c.sha`
  return rows
    .map((row) => ({ ...row, at: instant(row.at) }))
    .sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0))
}
