import 'server-only'
import { readScope, type Viewer } from '#lib/access/policy.ts'
import { inScope, type Reader } from '#lib/catalog/data.ts'
import { type Instant, instant, plus } from '#lib/platform/clock.ts'
import type { LinkSubject } from '#lib/releases/links.ts'

/** What one person did for a service lately. `account`: a name that Argo CD wrote down, which proves nobody. */
export type PersonLately = {
  name: string
  account: boolean
  asked: number
  approved: number
  deployed: number
  last: Instant
}

const latelyMs = 90 * 24 * 3_600_000
const peopleMax = 20

/** Who asked, approved and deployed in the last 90 days, the latest first: from releases and deployments in scope. */
export async function readPeople(
  db: Reader,
  viewer: Viewer,
  service: string,
  now: Instant,
): Promise<PersonLately[]> {
  const scope = readScope(viewer)
  if (scope === 'none') return []
  const since = plus(now, -latelyMs)
  const rows = await db.$queryRaw<(Omit<PersonLately, 'last'> & { last: Date })[]>`
    WITH own AS (SELECT a.id FROM catalog.application a WHERE a.service = ${service} AND ${inScope(scope)}),
    releases AS (SELECT r.id, r.requester_person, r.created_at FROM rel.release r
      WHERE r.application_id IN (SELECT id FROM own) AND r.created_at >= ${since}::timestamptz),
    deeds AS (
      SELECT r.requester_person AS who, false AS account, 'asked' AS deed, r.created_at AS at FROM releases r
      UNION ALL
      SELECT d.person_id, false, 'approved', d.created_at FROM rel.decision d JOIN releases r ON r.id = d.release_id
      WHERE d.kind = 'approve'
      UNION ALL
      SELECT d.actor, true, 'deployed', d.deployed_at FROM catalog.deployment d
      WHERE d.application_id IN (SELECT id FROM own) AND d.cause = 'account' AND d.actor IS NOT NULL
        AND d.deployed_at >= ${since}::timestamptz
    )
    SELECT CASE WHEN e.account THEN e.who ELSE coalesce(n.name, e.who) END AS name, e.account,
      (count(*) FILTER (WHERE e.deed = 'asked'))::int AS asked, (count(*) FILTER (WHERE e.deed = 'approved'))::int AS approved,
      (count(*) FILTER (WHERE e.deed = 'deployed'))::int AS deployed, max(e.at) AS last
    FROM deeds e LEFT JOIN access.person_detail n ON NOT e.account AND n.person_id = e.who
    GROUP BY 1, e.account, e.who ORDER BY last DESC LIMIT ${peopleMax}`
  return rows.map((row) => ({ ...row, last: instant(row.last) }))
}

export type ApplicationOf = LinkSubject & { id: string; since: Instant; gaveUp: string | null }

/** The applications of a service with what links to its signals are filled with. */
export async function readApplicationsOf(
  db: Reader,
  viewer: Viewer,
  service: string,
): Promise<ApplicationOf[]> {
  const scope = readScope(viewer)
  if (scope === 'none') return []
  const rows = await db.$queryRaw<(Omit<ApplicationOf, 'since'> & { since: Date })[]>`
    SELECT a.id, a.service, coalesce(a.environment, '') AS environment, a.target, a.project, a.name AS application,
      coalesce(a.version, '') AS version, a.observed #>> '{destination,namespace}' AS namespace,
      coalesce(a.observed -> 'labels', '{}') AS labels, coalesce(a.deployed_at, a.observed_at) AS since,
      CASE WHEN a.coming = 'gave-up' THEN coalesce(a.coming_reason, 'Argo CD gave up syncing it') END AS "gaveUp"
    FROM catalog.application a WHERE a.service = ${service} AND a.gone_at IS NULL AND ${inScope(scope)} ORDER BY a.name`
  return rows.map((row) => ({ ...row, since: instant(row.since) }))
}
