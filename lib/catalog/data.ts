import 'server-only'
import { type ReadScope, readScope, type Viewer } from '#lib/access/policy.ts'
import { type Instant, instant } from '#lib/platform/clock.ts'
import type { Db } from '#lib/platform/db.ts'
import { ruleSelect, toRelease } from '#lib/releases/data.ts'
import { approvals, type Decision, mayDecide, openStates, type Release } from '#lib/releases/release.ts'
import { Prisma } from '#prisma/client/client.ts'
import { staleSince } from './instance.ts'
import { columnsOf, countsOf, type Light, type Placed, pageOf, rowsOf } from './matrix.ts'
import type { Cell, MatrixFilter, MatrixPage, ServicePage, UnmappedApplication } from './schema.ts'

/** Reads only; also inside a transaction. */
export type Reader = Pick<Db, '$queryRaw'>
export type Environments = readonly { name: string; protected: boolean }[]

/** The condition that keeps a list to what somebody may read. */
export const inScope = (scope: Exclude<ReadScope, 'none'>): Prisma.Sql =>
  scope === 'all' ? Prisma.sql`true` : Prisma.sql`a.project = ANY (${scope.projects})`

/** Part of a text, any case; what Postgres would take for a pattern stands for itself. */
export const containing = (text: string) => `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`

const found = (q: string | undefined) => {
  if (q === undefined) return Prisma.sql`true`
  const part = containing(q)
  return Prisma.sql`(a.service ILIKE ${part} OR a.name ILIKE ${part} OR a.team ILIKE ${part}
    OR a.version ILIKE ${part} OR EXISTS (SELECT FROM unnest(a.images) i WHERE i ILIKE ${part}))`
}

type LightRow = Omit<Light, 'service' | 'environment' | 'release'> & {
  service: string | null
  environment: string | null
}

/** Every application that somebody may read, as little of each as the order needs; also those without a service. */
function readLight(db: Reader, where: Prisma.Sql, q?: string): Promise<LightRow[]> {
  return db.$queryRaw<LightRow[]>`
    SELECT a.id, a.service, a.environment, a.target, a.team, a.tier, a.version, a.health, a.coming,
      a.problem IS NOT NULL AS problem, a.protected, a.automated, a.plan_commits AS "planCommits",
      coalesce(${found(q)}, false) AS matches
    FROM catalog.application a WHERE a.gone_at IS NULL AND ${where}`
}

type OpenRow = {
  id: string
  state: Release['state']
  application: string
  name: string
  project: string
  service: string | null
  environment: string | null
  planDigest: string
  account: string
  person: string
  required: number
  notAfter: Date
  decisions: { person: string; account: string; kind: Decision['kind']; at: string }[]
}

/** Open releases by application. The rules compare ids, so no name of a person is read. */
async function readOpen(db: Reader, where: Prisma.Sql): Promise<Map<string, Release>> {
  const rows = await db.$queryRaw<OpenRow[]>`
    SELECT r.id, r.state, a.id AS application, a.name, a.project, a.service, a.environment,
      r.plan_digest AS "planDigest", r.requester_account AS account, r.requester_person AS person,
      r.required_approvals AS required, r.not_after AS "notAfter",
      (SELECT coalesce(jsonb_agg(jsonb_build_object('person', d.person_id, 'account', d.account_id,
          'kind', d.kind, 'at', d.created_at)), '[]') FROM rel.decision d WHERE d.release_id = r.id) AS decisions
    FROM rel.release r JOIN catalog.application a ON a.id = r.application_id
    WHERE r.state IN (${Prisma.join([...openStates])}) AND a.gone_at IS NULL AND ${where}`
  return new Map(
    rows.map((row) => {
      const { id, state, application, name, project, planDigest, account, person, required } = row
      const where = { service: row.service ?? name, environment: row.environment ?? '' }
      const release = {
        id,
        state,
        planDigest,
        requester: { account, person, name: person },
        requiredApprovals: required,
        notAfter: instant(row.notAfter),
        application: { id: application, name, project, ...where },
        decisions: row.decisions.map((each) => ({ ...each, name: each.person, at: instant(each.at) })),
      } satisfies Release
      return [application, release]
    }),
  )
}

type DetailRow = {
  id: string
  name: string
  sync: string
  healthSince: Date | null
  deployedAt: Date | null
  why: string | null
  problem: string | null
  instance: string
  state: string
  stateSince: Date
  lastContactAt: Date | null
}

const moment = (date: Date | null): Instant | null => (date ? instant(date) : null)
const asOf = (row: Pick<DetailRow, 'state' | 'stateSince' | 'lastContactAt'>, now: Instant) =>
  staleSince(
    { state: row.state, stateSince: instant(row.stateSince), lastContactAt: moment(row.lastContactAt) },
    now,
  )

/** The cells of these applications with everything that is shown of them. */
async function readCells(
  db: Reader,
  placed: readonly Placed[],
  now: Instant,
): Promise<(one: Placed, more?: number) => Cell> {
  const rows = await db.$queryRaw<DetailRow[]>`
    SELECT a.id, a.name, a.sync, a.health_since AS "healthSince", a.deployed_at AS "deployedAt",
      a.coming_reason AS why, a.problem, a.instance, i.state, i.state_since AS "stateSince",
      i.last_contact_at AS "lastContactAt"
    FROM catalog.application a JOIN catalog.instance i ON i.name = a.instance
    WHERE a.id = ANY (${placed.map(({ app }) => app.id)})`
  const details = new Map(rows.map((row) => [row.id, row]))
  return ({ app, relation, mine }, more = 0) => {
    const row = details.get(app.id)
    if (!row) throw new Error(`application ${app.id} went away while it was read`)
    return {
      application: app.id,
      name: row.name,
      instance: row.instance,
      version: app.version,
      revisions: [],
      health: app.health,
      healthSince: moment(row.healthSince),
      sync: row.sync,
      deployedAt: moment(row.deployedAt),
      relation,
      why: row.why,
      problem: row.problem,
      asOf: asOf(row, now),
      mine,
      release: app.release?.id ?? null,
      more,
    }
  }
}

/** What both the matrix and the page of a service are made of. */
async function readCatalog(
  db: Reader,
  viewer: Viewer,
  now: Instant,
  environments: Environments,
  narrowed: { q?: string | undefined; service?: string } = {},
) {
  const scope = readScope(viewer)
  if (scope === 'none') return undefined
  const service =
    narrowed.service === undefined ? Prisma.sql`true` : Prisma.sql`a.service = ${narrowed.service}`
  const where = Prisma.sql`${inScope(scope)} AND ${service}`
  const [light, open] = await Promise.all([readLight(db, where, narrowed.q), readOpen(db, where)])
  const apps = light.flatMap((row): Light[] => {
    if (row.service === null || row.environment === null) return []
    const release = open.get(row.id)
    const standing = release && {
      id: release.id,
      state: release.state,
      approved: approvals(release),
      required: release.requiredApprovals,
      mine: mayDecide(release, viewer, now).ok,
    }
    return [{ ...row, service: row.service, environment: row.environment, release: standing }]
  })
  const columns = columnsOf(apps, environments)
  return {
    columns,
    rows: rowsOf(apps, columns),
    unmapped: light.length - apps.length,
    cells: (placed: readonly Placed[]) => readCells(db, placed, now),
  }
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
): Promise<MatrixPage> {
  const scope = readScope(viewer)
  const catalog = await readCatalog(db, viewer, now, environments, { q: filter.q })
  const { columns = [], rows = [], unmapped = 0 } = catalog ?? {}
  const { rows: onPage, ...page } = pageOf(rows, filter)
  const firsts = onPage.flatMap((row) => [...row.cells.values()].flatMap(([first]) => first ?? []))
  const cellOf = await catalog?.cells(firsts)
  const teams = rows.flatMap((row) => [...row.cells.values()].flat().flatMap(({ app }) => app.team ?? []))
  return {
    at: now,
    columns,
    rows: onPage.map((row) => {
      const cells = [...row.cells].flatMap(([key, [first, ...more]]): [string, Cell][] =>
        first && cellOf ? [[key, cellOf(first, more.length)]] : [],
      )
      return { service: row.service, ...ownerOf(row), cells: Object.fromEntries(cells) }
    }),
    ...page,
    services: rows.length,
    counts: countsOf(rows),
    teams: [...new Set(teams)].sort(),
    myTeams: [],
    totalIsMinimum: false,
    unmapped,
    projects: scope === 'all' ? null : scope === 'none' ? [] : scope.projects,
  }
}

/** Team and tier of a service: those of its applications, what is deployed furthest first. */
function ownerOf(row: { cells: Map<string, Placed[]> }): { team: string | null; tier: string | null } {
  const apps = [...row.cells.values()].flatMap((placed) => placed.map(({ app }) => app)).reverse()
  const one = (part: 'team' | 'tier') => apps.find((app) => app[part] !== null)?.[part] ?? null
  return { team: one('team'), tier: one('tier') }
}

/** Applications that no rule maps, by name, at most 500. */
export async function listUnmapped(db: Reader, viewer: Viewer, now: Instant): Promise<UnmappedApplication[]> {
  const scope = readScope(viewer)
  if (scope === 'none') return []
  const rows = await db.$queryRaw<(DetailRow & { project: string; reason: string })[]>`
    SELECT a.id, a.name, a.project, a.unmapped_reason AS reason, a.problem, a.instance, i.state,
      i.state_since AS "stateSince", i.last_contact_at AS "lastContactAt"
    FROM catalog.application a JOIN catalog.instance i ON i.name = a.instance
    WHERE a.service IS NULL AND a.gone_at IS NULL AND ${inScope(scope)}
    ORDER BY a.instance, a.name LIMIT 500`
  return rows.map(({ id, instance, name, project, reason, problem, ...row }) => ({
    id,
    instance,
    name,
    project,
    reason,
    problem,
    asOf: asOf(row, now),
  }))
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
  const catalog = await readCatalog(db, viewer, now, environments, { service })
  const [row] = catalog?.rows ?? []
  if (!catalog || !row) return null
  const applications = [...row.cells.values()].flat()
  const [cellOf, releases] = await Promise.all([
    catalog.cells(applications),
    db.release.findMany({
      where: { applicationId: { in: applications.map(({ app }) => app.id) } },
      select: { ...ruleSelect, reason: true, createdAt: true },
      orderBy: { id: 'desc' },
      take: releasesMax + 1,
    }),
  ])
  const targets = new Map(applications.map(({ app }) => [app.id, app.target]))
  return {
    service,
    ...ownerOf(row),
    columns: catalog.columns.map((column) => ({
      ...column,
      cells: (row.cells.get(column.key) ?? []).map((placed) => cellOf(placed)),
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
