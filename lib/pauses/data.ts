import 'server-only'
import type { ReadScope } from '#lib/access/policy.ts'
import { inScope, type Reader } from '#lib/catalog/rollup.ts'
import { instant } from '#lib/platform/clock.ts'
import { Prisma } from '#prisma/client/client.ts'
import type { Pause, PauseInput, PauseScope, Place } from './pause.ts'

const { sql } = Prisma

type Row = {
  id: string
  scope: PauseScope
  instance: string | null
  project: string | null
  application: Omit<Extract<Place, { scope: 'application' }>, 'scope'> | null
  reason: string
  by: string
  at: Date
  ended: { by: string; reason: string; at: string } | null
}

function placeOf({ scope, instance, project, application }: Row): Place {
  if (scope === 'all') return { scope }
  if (scope === 'instance' && instance !== null) return { scope, instance }
  if (scope === 'project' && project !== null) return { scope, project }
  if (scope === 'application' && application) return { scope, ...application }
  throw new Error(`a pause of scope ${scope} names nothing`)
}

const pauseOf = (row: Row): Pause => ({
  ...{ id: row.id, place: placeOf(row), reason: row.reason, by: row.by, at: instant(row.at) },
  ended: row.ended && { ...row.ended, at: instant(row.ended.at) },
})

const columns = sql`p.id, p.scope, p.instance, p.project, p.reason, coalesce(d.name, p.person_id) AS by, p.created_at AS at,
  CASE WHEN n.id IS NOT NULL THEN jsonb_build_object('id', n.id, 'name', n.name, 'project', n.project,
    'service', n.service, 'environment', n.environment) END AS application,
  CASE WHEN r.pause_id IS NOT NULL THEN jsonb_build_object('by', coalesce(e.name, r.person_id), 'reason', r.reason,
    'at', r.created_at) END AS ended`
const tables = sql`rel.pause p LEFT JOIN catalog.application n ON n.id = p.application_id
  LEFT JOIN rel.resumption r ON r.pause_id = p.id LEFT JOIN access.person_detail d ON d.person_id = p.person_id
  LEFT JOIN access.person_detail e ON e.person_id = r.person_id`

/** Pauses that concern something somebody may read; of the others they do not hear. */
const concerning = (scope: Exclude<ReadScope, 'none'>) =>
  scope === 'all'
    ? sql`true`
    : sql`(p.scope = 'all' OR p.project = ANY (${scope.projects}) OR EXISTS (SELECT FROM catalog.application a
        WHERE (a.instance = p.instance OR a.id = p.application_id) AND ${inScope(scope)}))`

/** Pauses newest first, those that are on or those that are over, `limit` a page; go on with `before: next`. */
export async function listPauses(
  db: Reader,
  scope: ReadScope,
  page: { on: boolean; before?: string | undefined; limit?: number },
): Promise<{ pauses: Pause[]; next?: string }> {
  if (scope === 'none') return { pauses: [] }
  const limit = page.limit ?? 50
  const rows = await db.$queryRaw<Row[]>`
    SELECT ${columns} FROM ${tables}
    WHERE (r.pause_id IS NULL) = ${page.on} AND ${concerning(scope)}
      AND ${page.before === undefined ? sql`true` : sql`p.id < ${page.before}`}
    ORDER BY p.id DESC LIMIT ${limit + 1}`
  const pauses = rows.slice(0, limit).map(pauseOf)
  const last = pauses.at(-1)
  return rows.length > limit && last ? { pauses, next: last.id } : { pauses }
}

/** One pause, or null when there is none that somebody may hear of. */
export async function getPause(db: Reader, scope: ReadScope, id: string): Promise<Pause | null> {
  if (scope === 'none') return null
  const [row] = await db.$queryRaw<Row[]>`
    SELECT ${columns} FROM ${tables} WHERE p.id = ${id} AND ${concerning(scope)}`
  return row ? pauseOf(row) : null
}

/** What of this name somebody may read: nothing, one place, or several applications. */
export async function findPlaces(db: Reader, scope: ReadScope, input: PauseInput): Promise<Place[]> {
  if (scope === 'none') return []
  if (input.scope === 'all') return [{ scope: 'all' }]
  if (input.scope === 'application') {
    const [name, instance] = input.application.split('/', 2).reverse()
    const rows = await db.$queryRaw<Omit<Extract<Place, { scope: 'application' }>, 'scope'>[]>`
      SELECT a.id, a.name, a.project, a.service, a.environment FROM catalog.application a
      WHERE (a.id = ${name} OR a.name = ${name}) AND ${instance === undefined ? sql`true` : sql`a.instance = ${instance}`}
        AND a.gone_at IS NULL AND ${inScope(scope)} ORDER BY a.id LIMIT 2`
    return rows.map((row) => ({ scope: 'application', ...row }))
  }
  const named =
    input.scope === 'instance' ? sql`a.instance = ${input.instance}` : sql`a.project = ${input.project}`
  const found = await db.$queryRaw<unknown[]>`
    SELECT 1 FROM catalog.application a WHERE ${named} AND a.gone_at IS NULL AND ${inScope(scope)} LIMIT 1`
  if (found.length === 0) return []
  return [
    input.scope === 'instance'
      ? { scope: 'instance', instance: input.instance }
      : { scope: 'project', project: input.project },
  ]
}

/** Instances and projects of which somebody may read anything, by name. */
export async function listPlaces(
  db: Reader,
  scope: ReadScope,
): Promise<{ instances: string[]; projects: string[] }> {
  if (scope === 'none') return { instances: [], projects: [] }
  const [row] = await db.$queryRaw<{ instances: string[] | null; projects: string[] | null }[]>`
    SELECT array_agg(DISTINCT a.instance ORDER BY a.instance) AS instances,
      array_agg(DISTINCT a.project ORDER BY a.project) AS projects
    FROM catalog.application a WHERE a.gone_at IS NULL AND ${inScope(scope)}`
  return { instances: row?.instances ?? [], projects: row?.projects ?? [] }
}

/** Whether a pause, a freeze or a shut deployment window holds the releases of this application back at this moment. */
export async function isPaused(db: Reader, application: string): Promise<boolean> {
  const rows = await db.$queryRaw<unknown[]>`SELECT 1 FROM rel.holds(${application}) LIMIT 1`
  return rows.length > 0
}

/** Approved releases that nothing was sent for, of applications that this pause holds back. */
export async function heldByPause(
  db: Reader,
  pause: string,
): Promise<{ release: string; application: string }[]> {
  return db.$queryRaw`
    SELECT r.id AS release, r.application_id AS application
    FROM rel.release r JOIN catalog.application a ON a.id = r.application_id
    JOIN rel.pause p ON p.id = ${pause}
      AND (p.scope = 'all' OR p.instance = a.instance OR p.project = a.project OR p.application_id = a.id)
    WHERE r.state IN ('approved', 'dispatching') ORDER BY r.id`
}
