import 'server-only'
import { createHash } from 'node:crypto'
import type { Viewer } from '#lib/access/policy.ts'
import { shortRevision } from '#lib/manifests/images.ts'
import { type Instant, instant } from '#lib/platform/clock.ts'
import type { Db } from '#lib/platform/db.ts'
import { ruleSelect, toRelease } from '#lib/releases/data.ts'
import { approvals } from '#lib/releases/release.ts'
import { Prisma } from '#prisma/client/client.ts'
import { readCursor, writeCursor } from './keyset.ts'
import { type Environments, type Light, type Placed, pageSize, rowsOf, talliesOf } from './matrix.ts'
import { countMax, type Head, inScope, type Reader, readHead, readJson, readPage } from './rollup.ts'
import type { Cell, MatrixFilter, MatrixPage, ServicePage, UnmappedPage } from './schema.ts'
import { columnsFrom, countsFrom, teamsFrom, totalFrom } from './tally.ts'

export type { Environments } from './matrix.ts'
export { containing, inScope, type Reader } from './rollup.ts'

type Detail = {
  name: string
  instance: string
  revisions: string[]
  sync: string
  healthSince: Instant | null
  deployedAt: Instant | null
  why: string | null
  /** What could not be understood, in words. */
  trouble: string | null
  /** What holds its releases back, if a freeze or a window does. */
  frozen: { until: Instant | null } | null
}
type CellRow = Omit<Light, 'release' | 'problem'> &
  Detail & {
    release: {
      id: string
      state: string
      required: number
      approved: number
    } | null
  }
type CellApp = Light & Detail

/** A moment as an Instant is written. */
const moment = (column: Prisma.Sql) =>
  Prisma.sql`to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`

/** The applications of these services that somebody may read, with all that is shown of them. One statement. */
async function readApplications(db: Reader, head: Head, services: readonly string[]): Promise<CellApp[]> {
  if (services.length === 0) return []
  const rows = await readJson<CellRow[] | null>(
    db,
    Prisma.sql`SELECT json_agg(c)::text AS answer FROM (
      SELECT a.id, a.service, a.environment, a.target, a.team, a.tier, a.version, a.health, a.coming, a.protected, a.automated,
        a.plan_commits AS "planCommits", a.rolled_back_to = a.deployed_revisions AS "rolledBack", a.name, a.instance, a.sync, ${moment(Prisma.sql`a.health_since`)} AS "healthSince",
        ${moment(Prisma.sql`a.deployed_at`)} AS "deployedAt", a.coming_reason AS why, a.problem AS trouble,
        CASE WHEN cardinality(a.deployed_revisions) > 1 THEN a.deployed_revisions ELSE '{}' END AS revisions,
        CASE WHEN r.id IS NOT NULL THEN json_build_object('id', r.id, 'state', r.state, 'required', r.required_approvals,
          'approved', rel.approvals(r.id)) END AS release,
        CASE WHEN a.protected AND EXISTS (SELECT FROM rel.freeze_now) THEN (
          SELECT json_build_object('until', ${moment(Prisma.sql`h.until`)}) FROM rel.freezes_of(a.id) h WHERE h.holding
          ORDER BY h.kind DESC, CASE h.kind WHEN 'deny' THEN h.until END DESC NULLS FIRST, h.until NULLS LAST LIMIT 1) END AS frozen
      FROM catalog.application a
      LEFT JOIN rel.release r ON r.application_id = a.id
        AND r.state IN ('requested', 'approved', 'dispatching', 'syncing', 'verifying', 'review')
      WHERE a.service = ANY (${services}) AND a.gone_at IS NULL AND ${inScope(head.scope)}) c`,
  )
  return (rows ?? []).map(({ release, ...row }) => ({
    ...row,
    problem: row.trouble !== null,
    release: release
      ? {
          id: release.id,
          state: release.state,
          required: release.required,
          approved: release.approved,
          mine: head.mine.get(row.id) === release.id,
        }
      : undefined,
  }))
}

/** Where nothing else is to be said, that it is frozen is. */
function shown(relation: Placed['relation'], frozen: CellApp['frozen']): Placed['relation'] {
  const calm = !relation || relation.kind === 'same'
  const ready = relation?.kind === 'releasing' && relation.state === 'approved'
  return frozen && (calm || ready) ? { kind: 'frozen', until: frozen.until } : relation
}

function cellOf({ app: light, relation, mine }: Placed, head: Head, more = 0): Cell {
  const app = light as CellApp
  return {
    application: app.id,
    name: app.name,
    instance: app.instance,
    version: app.version,
    revisions: app.revisions.map(shortRevision),
    health: app.health,
    healthSince: app.healthSince,
    sync: app.sync,
    deployedAt: app.deployedAt,
    relation: shown(relation, app.frozen),
    ...(app.frozen && { frozen: app.frozen }),
    why: app.why,
    problem: app.trouble,
    asOf: head.stale.get(app.instance) ?? null,
    mine,
    release: app.release?.id ?? null,
    more,
  }
}

/** What a viewer without any right sees, and what every page begins as. */
const blank = (at: Instant): MatrixPage => ({
  at,
  columns: [],
  rows: [],
  total: 0,
  totalIsMinimum: false,
  services: 0,
  from: 1,
  counts: { mine: 0, action: 0, behind: 0, degraded: 0 },
  teams: [],
  myTeams: [],
  unmapped: 0,
  projects: [],
})

/**
 * Names the answer that `readMatrix` would give: the same tag, the same answer but for `at`. It changes with everything
 * that the matrix shows, with who may see what, and when an Argo CD falls silent.
 */
export function tagOf(head: Head, environments: Environments, filter: MatrixFilter): string {
  const { scope, version, stale, myTeams, mine, pinned, freezes } = head
  const all = [2, version, scope, [...stale], myTeams, [...mine], pinned, freezes, environments, filter]
  return `"${createHash('sha256').update(JSON.stringify(all)).digest('base64url')}"`
}

/**
 * One page of services with what runs where, and the counters above it, all within what the viewer may read. Three
 * statements, however many services there are. `columns` count and `counts` leave the filter aside.
 */
export async function readMatrix(
  db: Reader,
  viewer: Viewer,
  now: Instant,
  environments: Environments,
  filter: MatrixFilter,
  known?: Head,
): Promise<MatrixPage> {
  const head = known ?? (await readHead(db, viewer, now))
  if (!head) return blank(now)
  const cursor = readCursor(filter.after)
  // Only marks of services are counted all the time; what several of them have in common is counted here, up to a point.
  const countless = totalFrom({}, filter, environments) === undefined
  const {
    tallies,
    counted,
    rows: found,
    ...page
  } = await readPage(db, head, filter, environments, cursor, countless)
  const back = cursor?.back === true
  const onPage = back ? found.slice(-pageSize) : found.slice(0, pageSize)
  const rest = found.length > pageSize
  const from = back && !rest ? 1 : Math.max(cursor?.from ?? 1, 1)
  const [first, last] = [onPage[0], onPage.at(-1)]
  const next = last &&
    (rest || back) && { back: false, from: from + onPage.length, part: last.part, key: last.key }
  const before = back ? rest : cursor !== undefined
  const previous = first && {
    back: true,
    from: Math.max(from - pageSize, 1),
    part: first.part,
    key: first.key,
  }

  const apps = await readApplications(
    db,
    head,
    onPage.map(({ service }) => service),
  )
  const placed = new Map(rowsOf(apps, environments).map((row) => [row.service, row.cells]))
  const teams = teamsFrom(tallies)
  return {
    ...blank(now),
    columns: columnsFrom(tallies, environments),
    rows: onPage.map(({ service, team, tier }) => {
      const cells = [...(placed.get(service) ?? [])].flatMap(([key, [worst, ...more]]): [string, Cell][] =>
        worst ? [[key, cellOf(worst, head, more.length)]] : [],
      )
      return { service, team, tier, cells: Object.fromEntries(cells) }
    }),
    total: Math.min(
      totalFrom(tallies, filter, environments) ?? counted ?? 0,
      countless ? countMax : Number.MAX_SAFE_INTEGER,
    ),
    totalIsMinimum: countless && (counted ?? 0) > countMax,
    services: tallies.service ?? 0,
    from,
    ...(next ? { next: writeCursor(next) } : {}),
    // The first page is where everything begins, whatever has come before it since.
    ...(before ? { previous: previous && from > pageSize + 1 ? writeCursor(previous) : '' } : {}),
    counts: countsFrom(tallies, head.pinned.length),
    teams,
    myTeams: head.myTeams.filter((team) => teams.includes(team)),
    unmapped: page.unmapped ?? tallies.unmapped ?? 0,
    projects: head.scope === 'all' ? null : head.scope.projects,
  }
}

/** How many applications without a service a page lists. */
const unmappedMax = 100

function unmappedAfter(text: string | undefined): [string, string, string] | undefined {
  try {
    const read: unknown = JSON.parse(Buffer.from(text ?? '', 'base64url').toString())
    const whole = Array.isArray(read) && read.length === 3 && read.every((part) => typeof part === 'string')
    return whole && !read.some((part) => part.includes('\0')) ? (read as [string, string, string]) : undefined
  } catch {
    return undefined
  }
}

/** Applications that no rule maps, by instance and name, a page at a time; go on with `after: next`. */
export async function listUnmapped(
  db: Reader,
  viewer: Viewer,
  now: Instant,
  after?: string,
): Promise<UnmappedPage> {
  const head = await readHead(db, viewer, now)
  if (!head) return { applications: [], total: 0 }
  const place = unmappedAfter(after)
  const beyond = place ? Prisma.sql`(a.instance, a.name, a.id) > (${Prisma.join(place)})` : Prisma.sql`true`
  const counted =
    head.scope === 'all'
      ? Prisma.sql`SELECT coalesce(sum(n), 0) FROM catalog.tally WHERE name = 'unmapped'`
      : Prisma.sql`SELECT count(*) FROM catalog.application a WHERE a.service IS NULL AND a.gone_at IS NULL AND ${inScope(head.scope)}`
  type Row = {
    id: string
    instance: string
    name: string
    project: string
    reason: string
    problem: string | null
  }
  const read = await readJson<{ total: number; rows: Row[] | null }>(
    db,
    Prisma.sql`SELECT json_build_object('total', (${counted}), 'rows', (SELECT json_agg(r) FROM (
      SELECT a.id, a.instance, a.name, a.project, a.unmapped_reason AS reason, a.problem FROM catalog.application a
      WHERE a.service IS NULL AND a.gone_at IS NULL AND ${inScope(head.scope)} AND ${beyond}
      ORDER BY a.instance, a.name, a.id LIMIT ${unmappedMax + 1}) r))::text AS answer`,
  )
  const rows = (read.rows ?? []).slice(0, unmappedMax)
  const last = rows.at(-1)
  const more = (read.rows ?? []).length > unmappedMax && last
  return {
    applications: rows.map((row) => ({ ...row, asOf: head.stale.get(row.instance) ?? null })),
    total: read.total,
    ...(more
      ? { next: Buffer.from(JSON.stringify([last.instance, last.name, last.id])).toString('base64url') }
      : {}),
  }
}

/** How many releases the page of a service lists; the rest is one link away. */
const releasesMax = 20

/** A service in every environment with its newest releases; null when there is none, or none for this viewer. */
export async function readService(
  db: Db,
  viewer: Viewer,
  now: Instant,
  environments: Environments,
  service: string,
): Promise<ServicePage | null> {
  const head = await readHead(db, viewer, now)
  const apps = head ? await readApplications(db, head, [service]) : []
  const [row] = rowsOf(apps, environments)
  if (!head || !row) return null
  const releases = await db.release.findMany({
    where: { applicationId: { in: apps.map(({ id }) => id) } },
    select: { ...ruleSelect, reason: true, createdAt: true },
    orderBy: { id: 'desc' },
    take: releasesMax + 1,
  })
  const targets = new Map(apps.map((app) => [app.id, app.target]))
  return {
    service,
    ...ownerOf(apps, environments),
    columns: columnsFrom(talliesOf(apps), environments).map((column) => ({
      ...column,
      cells: (row.cells.get(column.key) ?? []).map((placed) => cellOf(placed, head)),
    })),
    releases: releases.slice(0, releasesMax).map((found) => {
      const release = toRelease(found)
      return {
        id: release.id,
        state: release.state,
        environment: release.application.environment,
        target: targets.get(release.application.id) ?? null,
        requester: release.requester.name,
        reason: found.reason,
        approved: approvals(release),
        required: release.requiredApprovals,
        createdAt: instant(found.createdAt),
      }
    }),
    more: releases.length > releasesMax,
  }
}

/** Team and tier of a service: those of what is deployed furthest, as Postgres takes them for the matrix. */
function ownerOf(apps: readonly Light[], environments: Environments) {
  const order = environments.map(({ name }) => name)
  const sorted = apps.toSorted(
    (a, b) => order.indexOf(b.environment) - order.indexOf(a.environment) || (a.id < b.id ? -1 : 1),
  )
  const one = (part: 'team' | 'tier') => sorted.find((app) => app[part] !== null)?.[part] ?? null
  return { team: one('team'), tier: one('tier') }
}
