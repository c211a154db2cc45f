import 'server-only'
import { type ReadScope, readScope, type Viewer } from '#lib/access/policy.ts'
import type { ObservedProject, ObservedSet } from '#lib/argocd/structure.ts'
import { containing, inScope, type Reader } from '#lib/catalog/data.ts'
import { staleSince } from '#lib/catalog/instance.ts'
import { gapsOf } from '#lib/instances/data.ts'
import { type Instant, instant } from '#lib/platform/clock.ts'
import { Prisma } from '#prisma/client/client.ts'
import type { OwnedApplication } from './appset.ts'
import { pageOf, pageSize, readCursor } from './page.ts'
import type { Member, Paged, PageFilter, ProjectRow, SetKey, SetRow } from './schema.ts'

type Scope = Exclude<ReadScope, 'none'>
const { sql } = Prisma

const moment = (date: Date | null): Instant | null => (date ? instant(date) : null)

type StateRow = { state: string; stateSince: Date; lastContactAt: Date | null }
const stateColumns = sql`i.state, i.state_since AS "stateSince", i.last_contact_at AS "lastContactAt"`
const asOf = ({ state, stateSince, lastContactAt }: StateRow, now: Instant) =>
  staleSince({ state, stateSince: instant(stateSince), lastContactAt: moment(lastContactAt) }, now)

/** Of which set an application `a` is, in the words of its owner reference. */
const ownedBy = sql`a.instance = s.instance AND a.namespace = s.namespace AND a.gone_at IS NULL
  AND a.owner = s.name`

/**
 * Which sets somebody may read: those whose template names a project they may read. Where a placeholder makes it,
 * those that have applications, all of which they may read.
 */
function setsInScope(scope: Scope): Prisma.Sql {
  if (scope === 'all') return sql`true`
  return sql`(s.project = ANY (${scope.projects}) OR ((s.project = '' OR s.project LIKE '%{{%')
    AND EXISTS (SELECT FROM catalog.application a WHERE ${ownedBy})
    AND NOT EXISTS (SELECT FROM catalog.application a WHERE ${ownedBy} AND NOT ${inScope(scope)})))`
}

/** The part of a list after or before a key, in which order, and one row more than a page. */
function page(columns: Prisma.Sql, parts: number, filter: PageFilter) {
  const back = filter.before !== undefined
  const key = readCursor(filter.before ?? filter.after, parts)
  const bound = key ? sql`(${Prisma.join(key)})` : undefined
  const after = bound ? (back ? sql`(${columns}) < ${bound}` : sql`(${columns}) > ${bound}`) : sql`true`
  const direction = back ? sql`DESC` : sql`ASC`
  return { after, direction, limit: pageSize + 1 }
}

/** One page of ApplicationSets by name, with how many applications each has that the viewer may read. */
export async function listSets(
  db: Reader,
  viewer: Viewer,
  now: Instant,
  filter: PageFilter,
): Promise<Paged<SetRow>> {
  const scope = readScope(viewer)
  if (scope === 'none') return { rows: [], total: 0, gaps: [] }
  const q =
    filter.q === undefined
      ? sql`true`
      : sql`(s.name ILIKE ${containing(filter.q)} OR s.project ILIKE ${containing(filter.q)})`
  const where = sql`s.gone_at IS NULL AND ${setsInScope(scope)} AND ${q}`
  const { after, direction, limit } = page(sql`s.name, s.instance, s.namespace`, 3, filter)
  type Row = SetKey &
    StateRow & {
      project: string
      problem: string | null
      observed: ObservedSet | null
      applications: bigint
      unlisted: bigint
    }
  const [rows, totals, gaps] = [
    await db.$queryRaw<Row[]>`
      SELECT s.instance, s.namespace, s.name, s.project, s.problem, ${stateColumns},
        jsonb_build_object('spec', jsonb_build_object('strategy', s.observed -> 'spec' -> 'strategy'),
          'conditions', s.observed -> 'conditions') AS observed, m.applications,
        CASE WHEN (s.observed ->> 'listedCount')::int > jsonb_array_length(s.observed -> 'listed') THEN 0
          ELSE m.unlisted END AS unlisted
      FROM catalog.application_set s JOIN catalog.instance i ON i.name = s.instance
      CROSS JOIN LATERAL (SELECT count(*) AS applications,
          count(*) FILTER (WHERE s.observed IS NOT NULL AND NOT jsonb_exists(s.observed -> 'listed', a.name)) AS unlisted
        FROM catalog.application a WHERE ${ownedBy} AND ${inScope(scope)}) m
      WHERE ${where} AND ${after}
      ORDER BY s.name ${direction}, s.instance ${direction}, s.namespace ${direction} LIMIT ${limit}`,
    await db.$queryRaw<{ n: bigint }[]>`SELECT count(*) AS n FROM catalog.application_set s WHERE ${where}`,
    await gapsOf(db, scope, 'sets'),
  ]
  const shown = pageOf(rows, filter, (row) => [row.name, row.instance, row.namespace])
  return {
    ...shown,
    rows: shown.rows.map((row) => ({
      instance: row.instance,
      namespace: row.namespace,
      name: row.name,
      project: row.project,
      applications: Number(row.applications),
      unlisted: Number(row.unlisted),
      rolling: (row.observed?.spec.strategy as { type?: unknown } | null)?.type === 'RollingSync',
      trouble:
        row.observed?.conditions?.find((each) => each.type === 'ErrorOccurred' && each.status === 'True')
          ?.message ?? null,
      problem: row.problem,
      asOf: asOf(row, now),
    })),
    total: Number(totals[0]?.n ?? 0),
    gaps,
  }
}

/** Applications of one set or project that a page lists. */
export const membersMax = 500
const memberColumns = sql`a.id, a.name, a.service, a.environment, a.target, a.version, a.health, a.sync`

/** As much of an application as rules about sets look at; one that was never understood has nothing. */
const observedColumn = sql`jsonb_build_object('labels', coalesce(a.observed -> 'labels', '{}'),
  'destination', coalesce(a.observed -> 'destination', '{"server": null, "name": null, "namespace": null}'),
  'sources', coalesce(a.observed -> 'sources', '[]'),
  'deleting', coalesce(a.observed -> 'deleting', 'false')) AS observed`

export type SetRecord = SetKey & {
  webUrl: string | null
  project: string
  problem: string | null
  observed: ObservedSet | null
  observedAt: Instant
  asOf: Instant | null
  /** Applications it owns that the viewer may read, at most 500, by environment and name. */
  members: (Member & OwnedApplication)[]
  memberCount: number
}

type OwnedRow = Member & {
  project: string
  observed: Pick<OwnedApplication, 'labels' | 'destination' | 'sources' | 'deleting'>
}

/** One ApplicationSet with its applications; null when there is none, or none for this viewer. */
export async function readSet(
  db: Reader,
  viewer: Viewer,
  now: Instant,
  key: SetKey,
): Promise<SetRecord | null> {
  const scope = readScope(viewer)
  if (scope === 'none') return null
  type Row = StateRow & Pick<SetRecord, 'webUrl' | 'project' | 'problem' | 'observed'> & { observedAt: Date }
  const [row] = await db.$queryRaw<Row[]>`
    SELECT s.project, s.problem, s.observed, s.observed_at AS "observedAt", i.web_url AS "webUrl", ${stateColumns}
    FROM catalog.application_set s JOIN catalog.instance i ON i.name = s.instance
    WHERE s.instance = ${key.instance} AND s.namespace = ${key.namespace} AND s.name = ${key.name}
      AND s.gone_at IS NULL AND ${setsInScope(scope)}`
  if (!row) return null
  const owned = sql`FROM catalog.application a JOIN catalog.application_set s ON ${ownedBy}
    WHERE s.instance = ${key.instance} AND s.namespace = ${key.namespace} AND s.name = ${key.name} AND ${inScope(scope)}`
  const members = await db.$queryRaw<OwnedRow[]>`
    SELECT ${memberColumns}, a.project, ${observedColumn}
    ${owned} ORDER BY a.environment NULLS LAST, a.name LIMIT ${membersMax}`
  const [count] = await db.$queryRaw<{ n: bigint }[]>`SELECT count(*) AS n ${owned}`
  return {
    ...key,
    webUrl: row.webUrl,
    project: row.project,
    problem: row.problem,
    observed: row.observed,
    observedAt: instant(row.observedAt),
    asOf: asOf(row, now),
    members: members.map(({ observed, ...rest }) => ({ ...rest, ...observed })),
    memberCount: Number(count?.n ?? 0),
  }
}

/**
 * Projects that were read, and those of which only applications tell. The latter by hopping from one to the next in
 * the index: there are hundreds of projects where there are a hundred thousand applications.
 */
const projectsIn = (scope: Scope) => sql`(
  WITH RECURSIVE told AS (
    (SELECT a.project, a.instance FROM catalog.application a WHERE a.gone_at IS NULL AND a.project > ''
      ORDER BY a.project, a.instance LIMIT 1)
    UNION ALL
    SELECT next.project, next.instance FROM told CROSS JOIN LATERAL (
      SELECT a.project, a.instance FROM catalog.application a
      WHERE a.gone_at IS NULL AND (a.project, a.instance) > (told.project, told.instance)
      ORDER BY a.project, a.instance LIMIT 1) next)
  SELECT a.instance, a.project AS name FROM told a WHERE ${inScope(scope)}
  UNION SELECT p.instance, p.name FROM catalog.project p WHERE p.gone_at IS NULL
    AND ${scope === 'all' ? sql`true` : sql`p.name = ANY (${scope.projects})`})`

type ProjectListRow = StateRow & {
  instance: string
  name: string
  problem: string | null
  observed: ObservedProject | null
  applications: bigint
}

/** One page of projects by name, with what was read of each. */
export async function listProjects(
  db: Reader,
  viewer: Viewer,
  now: Instant,
  filter: PageFilter,
): Promise<Paged<Omit<ProjectRow, 'on' | 'windows' | 'description'> & { observed: ObservedProject | null }>> {
  const scope = readScope(viewer)
  if (scope === 'none') return { rows: [], total: 0, gaps: [] }
  const q = filter.q === undefined ? sql`true` : sql`n.name ILIKE ${containing(filter.q)}`
  const { after, direction, limit } = page(sql`n.name, n.instance`, 2, filter)
  const rows = await db.$queryRaw<ProjectListRow[]>`
    SELECT n.instance, n.name, p.problem, p.observed, ${stateColumns},
      (SELECT count(*) FROM catalog.application a WHERE a.instance = n.instance AND a.project = n.name
        AND a.gone_at IS NULL AND ${inScope(scope)}) AS applications
    FROM ${projectsIn(scope)} n JOIN catalog.instance i ON i.name = n.instance
    LEFT JOIN catalog.project p ON p.instance = n.instance AND p.name = n.name AND p.gone_at IS NULL
    WHERE ${q} AND ${after} ORDER BY n.name ${direction}, n.instance ${direction} LIMIT ${limit}`
  const totals = await db.$queryRaw<
    { n: bigint }[]
  >`SELECT count(*) AS n FROM ${projectsIn(scope)} n WHERE ${q}`
  const gaps = await gapsOf(db, scope, 'projects')
  const shown = pageOf(rows, filter, (row) => [row.name, row.instance])
  return {
    ...shown,
    rows: shown.rows.map((row) => ({
      instance: row.instance,
      name: row.name,
      read: row.observed !== null,
      problem: row.problem,
      observed: row.observed,
      applications: Number(row.applications),
      asOf: asOf(row, now),
    })),
    total: Number(totals[0]?.n ?? 0),
    gaps,
  }
}

export type ProjectRecord = {
  instance: string
  name: string
  webUrl: string | null
  problem: string | null
  observed: ObservedProject | null
  observedAt: Instant | null
  asOf: Instant | null
  members: Member[]
  memberCount: number
  sets: SetKey[]
}

/** One project with its applications and sets; null when nobody knows of it, or it is not for this viewer. */
export async function readProject(
  db: Reader,
  viewer: Viewer,
  now: Instant,
  { instance, name }: { instance: string; name: string },
): Promise<ProjectRecord | null> {
  const scope = readScope(viewer)
  if (scope === 'none' || name === '' || (scope !== 'all' && !scope.projects.includes(name))) return null
  type Row = StateRow &
    Pick<ProjectRecord, 'webUrl' | 'problem' | 'observed'> & { observedAt: Date | null; n: bigint }
  const [row] = await db.$queryRaw<Row[]>`
    SELECT p.problem, p.observed, p.observed_at AS "observedAt", i.web_url AS "webUrl", ${stateColumns},
      (SELECT count(*) FROM catalog.application a
        WHERE a.instance = i.name AND a.project = ${name} AND a.gone_at IS NULL) AS n
    FROM catalog.instance i LEFT JOIN catalog.project p ON p.instance = i.name AND p.name = ${name} AND p.gone_at IS NULL
    WHERE i.name = ${instance}`
  if (!row || (row.observedAt === null && row.n === 0n)) return null
  const members = await db.$queryRaw<Member[]>`
    SELECT ${memberColumns} FROM catalog.application a
    WHERE a.instance = ${instance} AND a.project = ${name} AND a.gone_at IS NULL
    ORDER BY a.service NULLS LAST, a.name LIMIT ${membersMax}`
  const sets = await db.$queryRaw<SetKey[]>`
    SELECT s.instance, s.namespace, s.name FROM catalog.application_set s
    WHERE s.instance = ${instance} AND s.project = ${name} AND s.gone_at IS NULL ORDER BY s.name, s.namespace LIMIT 100`
  return {
    instance,
    name,
    webUrl: row.webUrl,
    problem: row.problem,
    observed: row.observed,
    observedAt: moment(row.observedAt),
    asOf: asOf(row, now),
    members,
    memberCount: Number(row.n),
    sets,
  }
}

/** Where one application belongs, by its id; null when there is none, or none for this viewer. */
export async function readPlace(
  db: Reader,
  viewer: Viewer,
  id: string,
): Promise<(OwnedApplication & { instance: string; namespace: string; owner: string | null }) | null> {
  const scope = readScope(viewer)
  if (scope === 'none') return null
  type Row = {
    instance: string
    namespace: string
    name: string
    project: string
    owner: string | null
  } & Pick<OwnedRow, 'observed'>
  const [row] = await db.$queryRaw<Row[]>`
    SELECT a.instance, a.namespace, a.name, a.project, a.owner,
      ${observedColumn}
    FROM catalog.application a WHERE a.id = ${id} AND a.gone_at IS NULL AND ${inScope(scope)}`
  if (!row) return null
  const { observed, ...rest } = row
  return { ...rest, ...observed }
}
