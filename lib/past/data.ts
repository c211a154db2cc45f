import 'server-only'
import { readScope, type Viewer } from '#lib/access/policy.ts'
import { containing, type Environments, inScope, type Reader } from '#lib/catalog/data.ts'
import { runningAt, type Then } from '#lib/deployments/data.ts'
import { type Instant, instant } from '#lib/platform/clock.ts'
import { Prisma } from '#prisma/client/client.ts'
import { absenceOf, relationThen } from './past.ts'
import type { CellThen, MatrixThen, ReleaseThen, RowThen } from './schema.ts'

export const pageSize = 50

/** Services by name that have ever had a place, after `after`. What they were at the moment is read next. */
async function readNames(
  db: Reader,
  scope: Exclude<ReturnType<typeof readScope>, 'none'>,
  { q, after }: { q?: string | undefined; after?: string | undefined },
): Promise<string[]> {
  const rows = await db.$queryRaw<{ service: string }[]>`
    SELECT p.service FROM catalog.placement_point p JOIN catalog.application a ON a.id = p.application_id
    WHERE p.service > ${after ?? ''} AND ${inScope(scope)}
      AND ${q === undefined ? Prisma.sql`true` : Prisma.sql`p.service ILIKE ${containing(q)}`}
    GROUP BY p.service ORDER BY p.service LIMIT ${pageSize + 1}`
  return rows.map(({ service }) => service)
}

/** Who asked for and who signed these releases. They belong to applications that the viewer may read. */
async function readReleases(db: Reader, ids: readonly string[]): Promise<Map<string, ReleaseThen>> {
  if (ids.length === 0) return new Map()
  const rows = await db.$queryRaw<(Omit<ReleaseThen, 'approvedAt'> & { approvedAt: Date | null })[]>`
    SELECT r.id, coalesce(q.name, r.requester_person) AS requester, r.approved_at AS "approvedAt",
      ARRAY(SELECT coalesce(n.name, d.person_id) FROM rel.decision d
        LEFT JOIN access.person_detail n ON n.person_id = d.person_id
        WHERE d.release_id = r.id AND d.kind = 'approve' ORDER BY d.created_at, d.id) AS approvers
    FROM rel.release r LEFT JOIN access.person_detail q ON q.person_id = r.requester_person
    WHERE r.id = ANY (${[...ids]})`
  return new Map(
    rows.map((row) => [row.id, { ...row, approvedAt: row.approvedAt && instant(row.approvedAt) }]),
  )
}

function cellOf(
  one: Then,
  all: readonly Then[],
  order: readonly string[],
  releases: Map<string, ReleaseThen>,
) {
  const { deployment, status } = one
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
    relation: one.presence.is === 'gone' ? null : relationThen(placed(one), all.map(placed), order),
    absence: absenceOf(one.presence, deployment !== null),
    release: releases.get(deployment?.releaseId ?? '') ?? null,
    open: one.openRelease,
  } satisfies CellThen
}

function rowOf(
  service: string,
  all: readonly Then[],
  order: readonly string[],
  releases: Map<string, ReleaseThen>,
): RowThen {
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
      return all ? [rowOf(service, all, order, releases)] : []
    }),
    environments: order.map((name) => ({
      name,
      protected: environments.find((each) => each.name === name)?.protected ?? false,
    })),
  }
}

/** The first moment of which anything is known to this viewer. */
async function readSince(
  db: Reader,
  scope: Exclude<ReturnType<typeof readScope>, 'none'>,
): Promise<Instant | null> {
  const [row] = await db.$queryRaw<{ since: Date | null }[]>`
    SELECT d.deployed_at AS since FROM catalog.deployment d JOIN catalog.application a ON a.id = d.application_id
    WHERE ${inScope(scope)} ORDER BY d.deployed_at, d.id LIMIT 1`
  return row?.since ? instant(row.since) : null
}

/** A page of the matrix as it was at a moment, by name. A page may hold fewer rows than fifty: some came later. */
export async function readMatrixThen(
  db: Reader,
  viewer: Viewer,
  at: Instant,
  environments: Environments,
  filter: { q?: string | undefined; after?: string | undefined },
): Promise<MatrixThen> {
  const scope = readScope(viewer)
  if (scope === 'none') return { at, since: null, environments: [], rows: [] }
  const names = await readNames(db, scope, filter)
  const services = names.slice(0, pageSize)
  const since = await readSince(db, scope)
  const page = await readServicesThen(db, viewer, at, environments, services)
  const last = services.at(-1)
  return { at, since, ...page, ...(names.length > pageSize && last !== undefined && { next: last }) }
}
