import 'server-only'
import type { ReadScope } from '#lib/access/policy.ts'
import { inScope, type Reader } from '#lib/catalog/data.ts'
import { Prisma } from '#prisma/client/client.ts'
import type { Cursor, Filter, ProofEntry } from './inquiry.ts'

const { sql } = Prisma

/** Microseconds, as a page's cursor needs them: two lines may share a millisecond. */
export const stampOf = (column: Prisma.Sql) =>
  sql`to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`

/** Within the period, and after the cursor, for a branch that is sorted by these two columns, newest first. */
export const within = (at: Prisma.Sql, id: Prisma.Sql, { from, to }: Filter, before: Cursor | undefined) =>
  sql`${at} >= ${from}::timestamptz AND ${at} < ${to}::timestamptz AND ${
    before ? sql`(${at}, ${id}) < (${before.at}::timestamptz, ${before.id})` : sql`true`
  } ORDER BY ${at} DESC, ${id} DESC`

/** What the reader may see and the filter asks of application `a`. */
export const about = (scope: Exclude<ReadScope, 'none'>, { service, environment, project }: Filter) =>
  Prisma.join(
    [
      inScope(scope),
      ...(service ? [sql`a.service = ${service}`] : []),
      ...(environment ? [sql`a.environment = ${environment}`] : []),
      ...(project ? [sql`a.project = ${project}`] : []),
    ],
    ' AND ',
  )

export const applicationOf = sql`CASE WHEN a.id IS NOT NULL THEN jsonb_build_object('id', a.id, 'name', a.name, 'project', a.project,
  'service', coalesce(a.service, a.name), 'environment', coalesce(a.environment, '')) END`

type Found = { about: string; seq: bigint; leaf: string; type: string }

const grouped = (rows: readonly Found[]) => {
  const all = new Map<string, ProofEntry[]>()
  for (const { about: key, seq, leaf, type } of rows) {
    const entry = { seq: Number(seq), leaf, type }
    all.set(key, [...(all.get(key) ?? []), entry])
  }
  return all
}

/** The entries that carry a release, from who asked to how it ended; not what happened in between. */
const carrying = [
  'requested',
  'break-glass',
  'decided',
  'approved',
  'retrospective',
  'intent',
  ...['succeeded', 'degraded', 'failed', 'review', 'rejected', 'withdrawn', 'revoked', 'expired', 'stale'],
].map((type) => `release.${type}`)

/** By release, ascending. */
export const proofsOfReleases = async (db: Reader, releases: readonly string[]) =>
  grouped(
    await db.$queryRaw<Found[]>`
      SELECT e.release_id AS about, l.seq, encode(l.leaf, 'hex') AS leaf, e.type FROM audit.event e JOIN audit.log l ON l.event_id = e.id
      WHERE e.release_id = ANY (${[...releases]}) AND e.type = ANY (${carrying}) ORDER BY l.seq`,
  )

/** By entry. */
export const proofsOfEvents = async (db: Reader, events: readonly string[]) =>
  grouped(
    await db.$queryRaw<Found[]>`
      SELECT e.id AS about, l.seq, encode(l.leaf, 'hex') AS leaf, e.type FROM audit.event e JOIN audit.log l ON l.event_id = e.id
      WHERE e.id = ANY (${[...events]}) ORDER BY l.seq`,
  )

export type ReleaseFacts = {
  id: string
  state: string
  version: string
  asked: string
  signed: string[]
  required: number
  policy: string
  groups: { group: string; count: number }[]
  /** Signed beforehand, for changes of its kind. */
  standard: boolean
  glass: boolean
  ending: string | null
}

/** Who asked for these releases, who signed, and what came of them. */
export async function factsOfReleases(
  db: Reader,
  releases: readonly string[],
): Promise<Map<string, ReleaseFacts>> {
  const rows = await db.$queryRaw<ReleaseFacts[]>`
    SELECT r.id, r.state, coalesce(convert_from(p.document, 'UTF8')::json #>> '{version,to}', left(r.plan_digest, 7)) AS version,
      coalesce(q.name, r.requester_person) AS asked,
      ARRAY(SELECT coalesce(n.name, d.person_id) FROM (
              SELECT d.person_id, d.created_at FROM rel.decision d WHERE d.release_id = r.id AND d.kind = 'approve'
              UNION ALL
              SELECT v.person_id, v.created_at FROM rel.standard_change_use u JOIN rel.standard_change_vote v
                ON v.standard_change_id = u.standard_change_id WHERE u.release_id = r.id AND v.kind = 'approve') d
            LEFT JOIN access.person_detail n ON n.person_id = d.person_id ORDER BY d.created_at) AS signed,
      EXISTS (SELECT FROM rel.standard_change_use u WHERE u.release_id = r.id) AS standard,
      r.required_approvals AS required, r.policy_digest AS policy, coalesce(r.policy -> 'groups', '[]') AS groups,
      EXISTS (SELECT FROM rel.break_glass b WHERE b.release_id = r.id) AS glass, r.ending
    FROM rel.release r JOIN rel.plan p ON p.digest = r.plan_digest LEFT JOIN access.person_detail q ON q.person_id = r.requester_person
    WHERE r.id = ANY (${[...releases]})`
  return new Map(rows.map((row) => [row.id, row]))
}

/** A state of a release as a tone: what went well, what did not, what is not over. */
export const toneOfState = (state: string) =>
  state === 'succeeded'
    ? 'positive'
    : ['degraded', 'failed', 'review'].includes(state)
      ? 'negative'
      : 'neutral'
