import 'server-only'
import { type ReadScope, readScope, type Viewer } from '#lib/access/policy.ts'
import { inScope, type Reader } from '#lib/catalog/data.ts'
import { type Instant, instant } from '#lib/platform/clock.ts'
import { Prisma } from '#prisma/client/client.ts'
import type { InstanceFacts } from './instance-line.ts'
import type { Gap, Reading } from './schema.ts'

type Scope = Exclude<ReadScope, 'none'>
const { sql } = Prisma

const moment = (date: Date | null): Instant | null => (date ? instant(date) : null)

/** Instances of which somebody may read anything; all of them for who may read everything. */
const instancesInScope = (scope: Scope) =>
  scope === 'all'
    ? sql`true`
    : sql`EXISTS (SELECT FROM catalog.application a WHERE a.instance = i.name AND ${inScope(scope)})`

type InstanceRow = {
  state: string
  stateSince: Date
  lastContactAt: Date | null
  name: string
  webUrl: string | null
  detail: string | null
  sweptAt: Date | null
  version: string | null
  applications: bigint
  setsState: Reading['state'] | null
  setsDetail: string | null
  setsReadAt: Date | null
  projectsState: Reading['state'] | null
  projectsDetail: string | null
  projectsReadAt: Date | null
  listingSince: Date | null
  listingSeen: number | null
  listingKnown: number | null
  listingHeardAt: Date | null
  account: string | null
  rights: Record<string, boolean> | null
  rightsAt: Date | null
}

export type InstanceRecord = InstanceFacts & {
  webUrl: string | null
  applications: number
  sets: Reading
  projects: Reading
  account: { name: string | null; rights: Record<string, boolean>; at: Instant } | null
}

/**
 * Every Argo CD that somebody may know of, by name. What our account may do is for who may read everything. Not
 * `counted`, the applications are nobody's business: every page asks for the states.
 */
export async function listInstances(
  db: Reader,
  viewer: Viewer,
  { counted = true }: { counted?: boolean } = {},
): Promise<InstanceRecord[]> {
  const scope = readScope(viewer)
  if (scope === 'none') return []
  const rows = await db.$queryRaw<InstanceRow[]>`
    SELECT i.name, i.web_url AS "webUrl", i.detail, i.swept_at AS "sweptAt", i.version, i.state, i.state_since AS "stateSince",
      i.last_contact_at AS "lastContactAt",
      CASE WHEN ${counted} THEN (SELECT count(*) FROM catalog.application a
        WHERE a.instance = i.name AND a.gone_at IS NULL AND ${inScope(scope)}) ELSE 0 END AS applications,
      r.sets_state AS "setsState", r.sets_detail AS "setsDetail", r.sets_read_at AS "setsReadAt",
      r.projects_state AS "projectsState", r.projects_detail AS "projectsDetail", r.projects_read_at AS "projectsReadAt",
      r.listing_since AS "listingSince", r.listing_seen AS "listingSeen", r.listing_known AS "listingKnown",
      r.listing_heard_at AS "listingHeardAt", r.account, r.rights, r.rights_at AS "rightsAt"
    FROM catalog.instance i LEFT JOIN catalog.instance_report r ON r.instance = i.name
    WHERE ${instancesInScope(scope)} ORDER BY i.name`
  return rows.map((row) => ({
    name: row.name,
    webUrl: row.webUrl,
    state: row.state,
    detail: row.detail,
    stateSince: instant(row.stateSince),
    lastContactAt: moment(row.lastContactAt),
    sweptAt: moment(row.sweptAt),
    version: row.version,
    applications: Number(row.applications),
    sets: { state: row.setsState ?? 'unknown', detail: row.setsDetail, readAt: moment(row.setsReadAt) },
    projects: {
      state: row.projectsState ?? 'unknown',
      detail: row.projectsDetail,
      readAt: moment(row.projectsReadAt),
    },
    // How long the list is tells how much there is that somebody may not see.
    listing:
      row.listingSince && row.listingHeardAt && scope === 'all'
        ? { seen: row.listingSeen ?? 0, known: row.listingKnown ?? 0, heardAt: instant(row.listingHeardAt) }
        : null,
    account:
      row.rightsAt && scope === 'all'
        ? { name: row.account, rights: row.rights ?? {}, at: instant(row.rightsAt) }
        : null,
  }))
}

/** The instances of which sets or projects are not read as they should be. */
export async function gapsOf(db: Reader, scope: Scope, kind: 'sets' | 'projects'): Promise<Gap[]> {
  const rows = await db.$queryRaw<
    { instance: string; state: Reading['state']; detail: string | null; readAt: Date | null }[]
  >`
    SELECT g.instance, g.state, g.detail, g."readAt" FROM (
      SELECT i.name AS instance,
        coalesce(CASE WHEN ${kind === 'sets'} THEN r.sets_state ELSE r.projects_state END, 'unknown') AS state,
        CASE WHEN ${kind === 'sets'} THEN r.sets_detail ELSE r.projects_detail END AS detail,
        CASE WHEN ${kind === 'sets'} THEN r.sets_read_at ELSE r.projects_read_at END AS "readAt"
      FROM catalog.instance i LEFT JOIN catalog.instance_report r ON r.instance = i.name
      WHERE ${instancesInScope(scope)}) g
    WHERE g.state <> 'read' ORDER BY g.instance`
  return rows.map((row) => ({ ...row, readAt: moment(row.readAt) }))
}
