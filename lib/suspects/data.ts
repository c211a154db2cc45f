import 'server-only'
import type { ReadScope } from '#lib/access/policy.ts'
import { inScope, type Reader } from '#lib/catalog/data.ts'
import { type Instant, instant, plus } from '#lib/platform/clock.ts'
import type { Deployed } from './suspect.ts'

const reachMs = 24 * 3_600_000
const laterMs = 30 * 60_000
const rowsMax = 200

type Row = Omit<Deployed, 'at'> & { at: Date }

/**
 * Deployments of a service and its neighbours (same namespace, project or team) in one environment, from a day before a
 * moment to half an hour after it; the newest 200. Within what somebody may read; null when there is no such service there
 * for them.
 */
export async function deploymentsAround(
  db: Reader,
  scope: ReadScope,
  of: { service: string; environment: string },
  at: Instant,
): Promise<Deployed[] | null> {
  if (scope === 'none') return null
  const [from, to] = [plus(at, -reachMs), plus(at, laterMs)]
  const own = await db.$queryRaw<
    { id: string; project: string; team: string | null; namespace: string | null }[]
  >`
    SELECT a.id, a.project, a.team, a.observed #>> '{destination,namespace}' AS namespace FROM catalog.application a
    WHERE a.service = ${of.service} AND a.environment = ${of.environment} AND a.gone_at IS NULL AND ${inScope(scope)}`
  if (own.length === 0) return null
  const all = (values: (string | null)[]) => [...new Set(values.filter((value) => value))]
  const rows = await db.$queryRaw<Row[]>`
    SELECT d.id, d.application_id AS application, a.name, d.service, d.environment, a.target, d.version, d.release_id AS release,
      d.cause, d.actor, coalesce(d.sync_started_at, d.deployed_at) AS at, b.version AS before, r.reach,
      (SELECT jsonb_array_length(l.resources) FROM catalog.resource_list l WHERE l.application_id = a.id) AS resources
    FROM catalog.deployment d JOIN catalog.application a ON a.id = d.application_id
      CROSS JOIN LATERAL (
        SELECT CASE WHEN a.id = ANY (${all(own.map(({ id }) => id))}) THEN 'service'
          WHEN a.observed #>> '{destination,namespace}' = ANY (${all(own.map(({ namespace }) => namespace))}) THEN 'namespace'
          WHEN a.project = ANY (${all(own.map(({ project }) => project))}) THEN 'project'
          WHEN a.team = ANY (${all(own.map(({ team }) => team))}) THEN 'team' END AS reach) r
      LEFT JOIN LATERAL (
        SELECT e.version FROM catalog.deployment e WHERE e.application_id = d.application_id AND e.deployed_at < d.deployed_at
        ORDER BY e.deployed_at DESC LIMIT 1) b ON true
    WHERE d.deployed_at BETWEEN ${from}::timestamptz AND ${to}::timestamptz AND d.environment = ${of.environment}
      AND r.reach IS NOT NULL AND ${inScope(scope)}
    ORDER BY d.deployed_at DESC LIMIT ${rowsMax}`
  return rows.map((row) => ({ ...row, at: instant(row.at) }))
}
