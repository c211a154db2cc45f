import 'server-only'
import { can, type ReadScope, readScope, type Viewer } from '#lib/access/policy.ts'
import { inScope, type Reader } from '#lib/catalog/data.ts'
import { instant } from '#lib/platform/clock.ts'
import { Prisma } from '#prisma/client/client.ts'
import type { Emergency, EmergencyState } from './emergency.ts'

const { sql } = Prisma

type Row = Omit<Emergency, 'at' | 'dueAt' | 'retrospective'> & {
  at: Date
  dueAt: Date
  retrospective: (Omit<NonNullable<Emergency['retrospective']>, 'at'> & { at: string }) | null
}

const emergencyOf = (row: Row): Emergency => ({
  ...row,
  at: instant(row.at),
  dueAt: instant(row.dueAt),
  retrospective: row.retrospective && { ...row.retrospective, at: instant(row.retrospective.at) },
})

const columns = sql`b.release_id AS release, r.state AS "releaseState", r.reason, b.incident, b.created_at AS at, b.due_at AS "dueAt",
  jsonb_build_object('id', a.id, 'name', a.name, 'project', a.project, 'service', coalesce(a.service, a.name),
    'environment', coalesce(a.environment, ''), 'target', a.target) AS application,
  coalesce(convert_from(p.document, 'UTF8')::json #>> '{version,to}', left(b.plan_digest, 7)) AS version,
  jsonb_build_object('person', b.person_id, 'name', coalesce(d.name, b.person_id)) AS by,
  CASE WHEN t.release_id IS NOT NULL THEN jsonb_build_object('kind', t.kind, 'person', t.person_id,
    'name', coalesce(e.name, t.person_id), 'reason', t.reason, 'at', t.created_at) END AS retrospective`
const tables = sql`rel.break_glass b JOIN rel.release r ON r.id = b.release_id JOIN catalog.application a ON a.id = b.application_id
  JOIN rel.plan p ON p.digest = b.plan_digest LEFT JOIN rel.retrospective t ON t.release_id = b.release_id
  LEFT JOIN access.person_detail d ON d.person_id = b.person_id LEFT JOIN access.person_detail e ON e.person_id = t.person_id`

const inState = (state: EmergencyState | undefined) => {
  switch (state) {
    case undefined:
      return sql`true`
    case 'open':
      return sql`t.release_id IS NULL AND b.due_at >= now()`
    case 'overdue':
      return sql`t.release_id IS NULL AND b.due_at < now()`
    default:
      return sql`t.kind = ${state === 'approved' ? 'approve' : 'object'}`
  }
}

/** Break-glass releases newest first, `limit` a page, within what somebody may read; go on with `before: next`. */
export async function listEmergencies(
  db: Reader,
  scope: ReadScope,
  filter: { state?: EmergencyState | undefined; waiting?: boolean; release?: string } = {},
  page: { before?: string | undefined; limit?: number } = {},
): Promise<{ emergencies: Emergency[]; next?: string }> {
  if (scope === 'none') return { emergencies: [] }
  const limit = page.limit ?? 50
  const rows = await db.$queryRaw<Row[]>`
    SELECT ${columns} FROM ${tables} WHERE ${inScope(scope)} AND ${inState(filter.state)}
      AND ${filter.waiting ? sql`t.release_id IS NULL` : sql`true`}
      AND ${filter.release ? sql`b.release_id = ${filter.release}` : sql`true`}
      AND ${page.before ? sql`b.release_id < ${page.before}` : sql`true`}
    ORDER BY b.release_id DESC LIMIT ${limit + 1}`
  const emergencies = rows.slice(0, limit).map(emergencyOf)
  const last = emergencies.at(-1)
  return rows.length > limit && last ? { emergencies, next: last.release } : { emergencies }
}

/** What stands about one release; null when no glass was broken for it, or nobody of `scope` may read it. */
export async function getEmergency(db: Reader, scope: ReadScope, release: string): Promise<Emergency | null> {
  const { emergencies } = await listEmergencies(db, scope, { release }, { limit: 1 })
  return emergencies[0] ?? null
}

/** The release of this person that still waits for another one; null when none does. */
export async function unsettledOf(db: Reader, person: string): Promise<string | null> {
  const rows = await db.$queryRaw<{ release: string }[]>`
    SELECT release_id AS release FROM rel.break_glass_open WHERE person_id = ${person}`
  return rows[0]?.release ?? null
}

/** More than anybody ever has waiting at once. */
const waitingMax = 100

/** Those that wait for this viewer: another person's, where they may decide. */
export async function listEmergenciesFor(db: Reader, viewer: Viewer): Promise<Emergency[]> {
  if (!can(viewer, 'decide:release')) return []
  const page = { limit: waitingMax }
  const { emergencies } = await listEmergencies(db, readScope(viewer), { waiting: true }, page)
  return emergencies.filter(
    ({ by, application }) => by.person !== viewer.personId && can(viewer, 'decide:release', application),
  )
}
