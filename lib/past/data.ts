import 'server-only'
import { readScope, type Viewer } from '#lib/access/policy.ts'
import { containing, type Environments, inScope, type Reader } from '#lib/catalog/data.ts'
import { runningAt, type Then } from '#lib/deployments/data.ts'
import { type Instant, instant } from '#lib/platform/clock.ts'
import { Prisma } from '#prisma/client/client.ts'
import { absenceOf, isThere, relationThen } from './past.ts'
import type { CellThen, MatrixThen, ReleaseThen, RowThen, Steps } from './schema.ts'

export const pageSize = 50

type Scope = Exclude<ReturnType<typeof readScope>, 'none'>
export type NameFilter = { q?: string | undefined; after?: string | undefined }

/**
 * Services by name, after `after`, of which something was there or is known to have run by the moment. What they were
 * then is read next.
 */
export async function readNames(
  db: Reader,
  scope: Scope,
  at: Instant,
  { q, after }: NameFilter,
  limit: number,
): Promise<string[]> {
  const rows = await db.$queryRaw<{ service: string }[]>`
    SELECT p.service FROM catalog.placement_point p JOIN catalog.application a ON a.id = p.application_id
    WHERE p.service > ${after ?? ''} AND ${inScope(scope)}
      AND ${q === undefined ? Prisma.sql`true` : Prisma.sql`p.service ILIKE ${containing(q)}`}
      AND (a.first_seen_at <= ${at}::timestamptz OR EXISTS (SELECT FROM catalog.deployment d
        WHERE d.application_id = a.id AND d.deployed_at <= ${at}::timestamptz))
    GROUP BY p.service ORDER BY p.service LIMIT ${limit}`
  return rows.map(({ service }) => service)
}

/** Who asked for and who had signed these releases by then. They belong to applications that the viewer may read. */
async function readReleases(
  db: Reader,
  ids: readonly string[],
  at: Instant,
): Promise<Map<string, ReleaseThen>> {
  if (ids.length === 0) return new Map()
  const rows = await db.$queryRaw<(Omit<ReleaseThen, 'approvedAt'> & { approvedAt: Date | null })[]>`
    SELECT r.id, coalesce(q.name, r.requester_person) AS requester, r.approved_at AS "approvedAt",
      ARRAY(SELECT coalesce(n.name, d.person_id) FROM rel.decision d
        LEFT JOIN access.person_detail n ON n.person_id = d.person_id
        WHERE d.release_id = r.id AND d.kind = 'approve' AND d.created_at <= ${at}::timestamptz
        ORDER BY d.created_at, d.id) AS approvers
    FROM rel.release r LEFT JOIN access.person_detail q ON q.person_id = r.requester_person
    WHERE r.id = ANY (${[...ids]})`
  return new Map(
    rows.map((row) => [row.id, { ...row, approvedAt: row.approvedAt && instant(row.approvedAt) }]),
  )
}

function cellOf(
  one: Then,
  there: readonly Then[],
  order: readonly string[],
  releases: Map<string, ReleaseThen>,
) {
  const { deployment } = one
  // Of what we could not read any more, only what it ran last is known.
  const status = one.presence.is === 'gone' ? null : one.status
  const placed = (then: Then) => ({
    environment: then.environment ?? '',
    target: then.target,
    version: then.deployment?.version ?? null,
    coming: then.status?.coming ?? null,
  })
  return {
    application: one.application,
    name: one.name,
    instance: one.instance,
    target: one.target,
    version: deployment?.version ?? null,
    revisions: deployment?.revisions ?? [],
    images: deployment?.images ?? [],
    deployedAt: deployment?.from ?? null,
    until: deployment?.to ?? null,
    cause: deployment?.cause ?? null,
    actor: deployment?.actor ?? null,
    knownFrom: deployment?.knownFrom ?? null,
    health: status?.health ?? null,
    sync: status?.sync ?? null,
    relation: one.presence.is === 'gone' ? null : relationThen(placed(one), there.map(placed), order),
    absence: absenceOf(one.presence, deployment !== null),
    release: releases.get(deployment?.releaseId ?? '') ?? null,
    open: one.openRelease,
  } satisfies CellThen
}

function rowOf(
  service: string,
  known: readonly Then[],
  order: readonly string[],
  releases: Map<string, ReleaseThen>,
): RowThen {
  const all = known.filter((one) => isThere(one.presence))
  const cells = Map.groupBy(all, (one) => one.environment ?? '')
  const last = (part: 'team' | 'tier') => all.findLast((one) => one[part] !== null)?.[part] ?? null
  return {
    service,
    team: last('team'),
    tier: last('tier'),
    cells: Object.fromEntries(
      [...cells].map(([environment, here]) => [
        environment,
        here
          .toSorted((a, b) => (a.target ?? '').localeCompare(b.target ?? '') || a.name.localeCompare(b.name))
          .map((one) => cellOf(one, all, order, releases)),
      ]),
    ),
  }
}

/** These services as they were at a moment, within what the viewer may read now (decision on time travel). */
export async function readServicesThen(
  db: Reader,
  viewer: Viewer,
  at: Instant,
  environments: Environments,
  services: readonly string[],
): Promise<{ rows: RowThen[]; environments: MatrixThen['environments'] }> {
  const then = (await runningAt(db, viewer, at, services)).filter((one) => one.service !== null)
  const releases = await readReleases(
    db,
    then.flatMap((one) => one.deployment?.releaseId ?? []),
    at,
  )
  const known = environments.map(({ name }) => name)
  const others = [...new Set(then.flatMap((one) => one.environment ?? []))].filter(
    (name) => !known.includes(name),
  )
  const order = [...known, ...others.sort()]
  const byService = Map.groupBy(then, (one) => one.service)
  return {
    rows: services.flatMap((service) => {
      const all = byService.get(service)
      return all?.some((one) => isThere(one.presence)) ? [rowOf(service, all, order, releases)] : []
    }),
    environments: order.map((name) => ({
      name,
      protected: environments.find((each) => each.name === name)?.protected ?? false,
    })),
  }
}

/** The first moment of which anything is known to this viewer. */
async function readSince(db: Reader, scope: Scope): Promise<Instant | null> {
  const [row] = await db.$queryRaw<{ since: Date | null }[]>`
    SELECT d.deployed_at AS since FROM catalog.deployment d JOIN catalog.application a ON a.id = d.application_id
    WHERE ${inScope(scope)} ORDER BY d.deployed_at, d.id LIMIT 1`
  return row?.since ? instant(row.since) : null
}

/** The deployments of these services next to a moment, on both sides. */
async function readNear(db: Reader, scope: Scope, at: Instant, services: readonly string[]): Promise<Steps> {
  const near = (side: Prisma.Sql, order: Prisma.Sql) => Prisma.sql`
    (SELECT d.deployed_at FROM catalog.deployment d JOIN catalog.application a ON a.id = d.application_id
     WHERE d.service = s.name AND d.deployed_at ${side} ${at}::timestamptz AND ${inScope(scope)}
     ORDER BY d.deployed_at ${order} LIMIT 1)`
  const [row] = await db.$queryRaw<{ previous: Date | null; next: Date | null }[]>`
    SELECT max(${near(Prisma.sql`<`, Prisma.sql`DESC`)}) AS previous, min(${near(Prisma.sql`>`, Prisma.sql`ASC`)}) AS next
    FROM unnest(${[...services]}::text[]) AS s (name)`
  return {
    previous: row?.previous ? instant(row.previous) : null,
    next: row?.next ? instant(row.next) : null,
  }
}

/** Where one can go from a moment: the first of which anything is known, and the deployments next to it. */
export async function readSteps(
  db: Reader,
  viewer: Viewer,
  at: Instant,
  services: readonly string[],
): Promise<Steps & { since: Instant | null }> {
  const scope = readScope(viewer)
  if (scope === 'none') return { since: null, previous: null, next: null }
  return { since: await readSince(db, scope), ...(await readNear(db, scope, at, services)) }
}

/** Whether this viewer may know of a service that is or was. */
export async function hasPlace(db: Reader, viewer: Viewer, service: string): Promise<boolean> {
  const scope = readScope(viewer)
  if (scope === 'none') return false
  const [row] = await db.$queryRaw<{ known: boolean }[]>`
    SELECT EXISTS (SELECT FROM catalog.placement_point p JOIN catalog.application a ON a.id = p.application_id
      WHERE p.service = ${service} AND ${inScope(scope)}) AS known`
  return row?.known === true
}

/** A page of the matrix as it was at a moment, by name. A page may hold fewer rows than fifty: some were gone by then. */
export async function readMatrixThen(
  db: Reader,
  viewer: Viewer,
  at: Instant,
  environments: Environments,
  filter: NameFilter,
): Promise<MatrixThen> {
  const scope = readScope(viewer)
  if (scope === 'none') return { at, environments: [], rows: [] }
  const names = await readNames(db, scope, at, filter, pageSize + 1)
  const services = names.slice(0, pageSize)
  const page = await readServicesThen(db, viewer, at, environments, services)
  const last = services.at(-1)
  return { at, ...page, ...(names.length > pageSize && last !== undefined && { next: last }) }
}
