import 'server-only'
import type { ReadScope } from '#lib/access/policy.ts'
import { type Instant, instant } from '#lib/platform/clock.ts'
import type { Db, Tx } from '#lib/platform/db.ts'
import { Prisma } from '#prisma/client/client.ts'
import type { StandardChange } from './standard-change.ts'

const { sql } = Prisma

type Row = Omit<StandardChange, 'at' | 'expiresAt' | 'usedToday'> & {
  at: Date
  expiresAt: Date
  usedToday: bigint
}

async function read(db: Db | Tx, where: Prisma.Sql, limit: number): Promise<StandardChange[]> {
  const rows = await db.$queryRaw<Row[]>`
    SELECT s.id, s.digest, s.project, s.service, s.environment, s.per_day AS "perDay", s.time_zone AS "timeZone",
      s.expires_at AS "expiresAt", s.reason, s.created_at AS at,
      CASE WHEN EXISTS (SELECT FROM rel.standard_change_vote v WHERE v.standard_change_id = s.id AND v.kind = 'reject') THEN 'rejected'
        WHEN x.standard_change_id IS NOT NULL THEN 'stopped' WHEN s.expires_at <= now() THEN 'expired'
        WHEN (SELECT count(*) FROM rel.standard_change_vote v WHERE v.standard_change_id = s.id) >= 2 THEN 'in-force' ELSE 'open' END AS state,
      jsonb_build_object('person', s.person_id, 'name', coalesce(d.name, s.person_id)) AS proposer,
      coalesce((SELECT jsonb_agg(jsonb_build_object('person', v.person_id, 'name', coalesce(n.name, v.person_id), 'kind', v.kind,
          'reason', v.reason, 'at', v.created_at) ORDER BY v.created_at) FROM rel.standard_change_vote v
        LEFT JOIN access.person_detail n ON n.person_id = v.person_id WHERE v.standard_change_id = s.id), '[]') AS votes,
      CASE WHEN x.standard_change_id IS NOT NULL THEN jsonb_build_object('why', x.why, 'name', coalesce(e.name, x.person_id),
        'release', x.release_id, 'at', x.created_at) END AS stop,
      (SELECT count(*) FROM rel.standard_change_use u WHERE u.standard_change_id = s.id
        AND u.day = (now() AT TIME ZONE s.time_zone)::date) AS "usedToday"
    FROM rel.standard_change s LEFT JOIN rel.standard_change_stop x ON x.standard_change_id = s.id
      LEFT JOIN access.person_detail d ON d.person_id = s.person_id LEFT JOIN access.person_detail e ON e.person_id = x.person_id
    WHERE ${where} ORDER BY s.id DESC LIMIT ${limit}`
  return rows.map(({ at, expiresAt, usedToday, ...row }) => ({
    ...row,
    at: instant(at),
    expiresAt: instant(expiresAt),
    usedToday: Number(usedToday),
  }))
}

const inProjects = (scope: ReadScope) =>
  scope === 'all'
    ? sql`true`
    : scope === 'none'
      ? sql`false`
      : sql`s.project = ANY(${scope.projects}::text[])`

/** One standard change, whoever asks. */
export const getStandardChange = async (db: Db | Tx, id: string): Promise<StandardChange | undefined> =>
  (await read(db, sql`s.id = ${id}`, 1))[0]

/** Standard changes within what somebody may read, newest first. */
export const listStandardChanges = (db: Db, scope: ReadScope, limit = 100): Promise<StandardChange[]> =>
  read(db, inProjects(scope), limit)

/** The newest one in force for an application's place, if there is any. */
export async function standardChangeFor(
  db: Db | Tx,
  place: { project: string; service: string; environment: string },
): Promise<StandardChange | undefined> {
  const found = await read(
    db,
    sql`s.project = ${place.project} AND s.service = ${place.service} AND s.environment = ${place.environment}`,
    20,
  )
  return found.find(({ state }) => state === 'in-force')
}

export type StandardChangeUse = { release: string; state: string; application: string; at: Instant }

/** The releases that went under it, newest first, at most a hundred. */
export async function usesOf(db: Db, id: string): Promise<StandardChangeUse[]> {
  const rows = await db.$queryRaw<(Omit<StandardChangeUse, 'at'> & { at: Date })[]>`
    SELECT u.release_id AS release, r.state, a.name AS application, u.created_at AS at FROM rel.standard_change_use u
    JOIN rel.release r ON r.id = u.release_id JOIN catalog.application a ON a.id = r.application_id
    WHERE u.standard_change_id = ${id} ORDER BY u.release_id DESC LIMIT 100`
  return rows.map(({ at, ...row }) => ({ ...row, at: instant(at) }))
}

/** The standard change that a release went under. */
export async function standardChangeOf(db: Db, release: string): Promise<StandardChange | undefined> {
  return (
    await read(
      db,
      sql`s.id = (SELECT standard_change_id FROM rel.standard_change_use WHERE release_id = ${release})`,
      1,
    )
  )[0]
}
