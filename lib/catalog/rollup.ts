import 'server-only'
import { can, permissions, type ReadScope, readScope, type Viewer } from '#lib/access/policy.ts'
import { type Instant, instant } from '#lib/platform/clock.ts'
import type { Db } from '#lib/platform/db.ts'
import { mayDecide, type Release } from '#lib/releases/release.ts'
import { Prisma } from '#prisma/client/client.ts'
import { staleSince } from './instance.ts'
import { type Cursor, fits, type KeyName, type Part, partsFrom, partsOf } from './keyset.ts'
import { type Environments, pageSize } from './matrix.ts'
import type { MatrixFilter } from './schema.ts'
import { healthMark, type Tallies } from './tally.ts'

const { sql, join, empty } = Prisma

/** Reads only; also inside a transaction. */
export type Reader = Pick<Db, '$queryRaw'>
export type Seen = Exclude<ReadScope, 'none'>

/** The condition that keeps a list to what somebody may read. */
export const inScope = (scope: Seen): Prisma.Sql =>
  scope === 'all' ? sql`true` : sql`a.project = ANY (${scope.projects})`

/** Part of a text, any case; what Postgres would take for a pattern stands for itself. */
export const containing = (text: string) => `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`

/** Postgres puts the answer together; one text costs a tenth of fifty rows. */
export async function readJson<T>(db: Reader, query: Prisma.Sql): Promise<T> {
  const [row] = await db.$queryRaw<{ answer: string }[]>(query)
  return JSON.parse(row?.answer ?? 'null')
}

/** What the order and the marks of the matrix owe to who is looking, and what tells whether anything has changed. */
export type Head = {
  scope: Seen
  /** Counts changes of all that the matrix shows, whoever may see them. */
  version: string
  /** When each Argo CD was last heard of; only those that it was too long ago for. */
  stale: ReadonlyMap<string, Instant>
  /** Teams that the viewer's groups are named like. */
  myTeams: string[]
  /** The application of each release that waits for the viewer; at most `mineMax`. */
  mine: ReadonlyMap<string, string>
  /** Their services. */
  pinned: string[]
  /** Names how freezes and windows stand now, which changes with time alone. */
  freezes: string
}

/** More releases than anybody decides on in a day. */
export const mineMax = 200
const groupsMax = 100

/** Where the viewer's grants let them decide. */
function deciding({ grants }: Viewer): Prisma.Sql {
  const places = grants
    .filter(({ role }) => (permissions[role] as readonly string[]).includes('decide:release'))
    .map(({ projects, environments }) => {
      const project = projects ? sql`a.project = ANY (${projects})` : sql`true`
      return environments ? sql`(${project} AND a.environment = ANY (${environments}))` : sql`(${project})`
    })
  return places.length > 0 ? sql`(${join(places, ' OR ')})` : sql`false`
}

type AwaitingRow = {
  id: string
  planDigest: string
  account: string
  person: string
  required: number
  notAfter: string
  application: Release['application']
}

/** Releases that could wait for the viewer, what expires first first; `mayDecide` has the last word. */
const awaiting = (viewer: Viewer, scope: Seen) => sql`
  SELECT r.id, r.plan_digest AS "planDigest", r.requester_account AS account, r.requester_person AS person,
    r.required_approvals AS required, r.ends_at AS "notAfter",
    json_build_object('id', a.id, 'name', a.name, 'project', a.project, 'service', a.service, 'environment', a.environment) AS application
  FROM rel.release r JOIN catalog.application a ON a.id = r.application_id
  WHERE r.state = 'requested' AND r.ends_at >= now() - interval '1 minute' AND r.requester_person <> ${viewer.personId}
    AND a.gone_at IS NULL AND a.service IS NOT NULL AND ${inScope(scope)} AND ${deciding(viewer)}
    AND NOT EXISTS (SELECT FROM rel.decision d WHERE d.release_id = r.id AND d.person_id = ${viewer.personId})
    AND NOT rel.is_author(r.id, ${viewer.personId})
  ORDER BY r.ends_at LIMIT ${mineMax}`

/** Undefined when this viewer may read nothing at all; then nothing is asked. One statement. */
export async function readHead(db: Reader, viewer: Viewer, now: Instant): Promise<Head | undefined> {
  const scope = readScope(viewer)
  if (scope === 'none') return undefined
  const names = viewer.groups.flatMap((group) => group.split('/').at(-1) || []).slice(0, groupsMax)
  const waits = can(viewer, 'decide:release') ? awaiting(viewer, scope) : sql`SELECT WHERE false`
  const read = await readJson<{
    version: string
    instances: { name: string; state: string; since: string; heard: string | null }[] | null
    teams: string[] | null
    freezes: string | null
    awaiting: AwaitingRow[] | null
  }>(
    db,
    sql`SELECT json_build_object(
      'version', (SELECT coalesce(sum(n), 0)::text FROM catalog.tally WHERE name = 'version'),
      'instances', (SELECT json_agg(json_build_object('name', i.name, 'state', i.state, 'since', i.state_since,
        'heard', i.last_contact_at)) FROM catalog.instance i),
      'teams', (SELECT json_agg(DISTINCT t ORDER BY t) FROM unnest(${names}::text[]) t
        WHERE EXISTS (SELECT FROM catalog.service s WHERE s.team_key = t AND s.applications > 0)),
      'freezes', (SELECT md5(string_agg(concat_ws(' ', f.id, f.computed, f.on_until, f.next_from), ',' ORDER BY f.id))
        FROM rel.freeze_now f),
      'awaiting', (SELECT json_agg(w) FROM (${waits}) w))::text AS answer`,
  )
  const mine = (read.awaiting ?? []).filter((row) => {
    const { id, planDigest, account, person, required, application } = row
    const release = {
      ...{ id, planDigest, application, state: 'requested', requiredApprovals: required, decisions: [] },
      requester: { account, person, name: person },
      notAfter: instant(row.notAfter),
    } satisfies Release
    return mayDecide(release, viewer, now).ok
  })
  const stale = (read.instances ?? []).flatMap(({ name, state, since, heard }): [string, Instant][] => {
    const at = staleSince(
      { state, stateSince: instant(since), lastContactAt: heard === null ? null : instant(heard) },
      now,
    )
    return at === null ? [] : [[name, at]]
  })
  return {
    scope,
    version: read.version,
    stale: new Map(stale),
    myTeams: read.teams ?? [],
    mine: new Map(mine.map(({ id, application }) => [application.id, id])),
    pinned: [...new Set(mine.map(({ application }) => application.service))].sort(),
    freezes: read.freezes ?? '',
  }
}

/** Counting stops here: "1,000+" says as much as a number. */
export const countMax = 1000

const keys: Record<KeyName, Prisma.Sql> = {
  rank: sql`s.rank`,
  team: sql`s.team_key`,
  recency: sql`s.recency`,
  service: sql`s.service COLLATE "C"`,
}
const casts: Record<KeyName, Prisma.Sql> = {
  rank: sql`::smallint`,
  team: sql`::text`,
  recency: sql`::bigint`,
  service: sql`::text`,
}

/**
 * The services that somebody may see, as they are for them. A service that lies in their projects altogether is read
 * as it is kept; one that reaches beyond is made anew from the applications that they may read.
 */
const visible = (projects: string[], words: boolean) => sql`
  WITH seen AS MATERIALIZED (
    SELECT k.service, k.applications, k.rank, k.team, k.tier, k.team_key, k.recency, k.marks, k.places, k.troubles, k.behind, k.degraded,
      NULL AS words
    FROM catalog.service k WHERE k.applications > 0 AND k.projects && ${projects} AND k.projects <@ ${projects}
    UNION ALL
    SELECT r.service, r.applications, r.rank, r.team, r.tier, coalesce(r.team, U&'\\+10FFFF'), r.recency, r.marks, r.places, r.troubles,
      'behind' = ANY (r.marks), 'degraded' = ANY (r.marks),
      ${words ? sql`r.words` : sql`NULL`}
    FROM catalog.rollup_of(${projects}) r WHERE r.service = ANY (ARRAY(
      SELECT k.service FROM catalog.service k WHERE k.applications > 0 AND k.projects && ${projects} AND NOT k.projects <@ ${projects})))`

/** What is well is found on the way, there are many; only the others are in an index. */
const healthy = (mark: string) =>
  mark.endsWith('\tHealthy') ? sql`${mark} = ANY (s.marks)` : sql`s.troubles @> ${[mark]}`

function narrowed({ q, only, team, health }: MatrixFilter, head: Head, environments: Environments) {
  const kept = sql`EXISTS (SELECT FROM catalog.service_words w WHERE w.service = s.service AND w.words ILIKE ${containing(q ?? '')})`
  const found =
    head.scope === 'all'
      ? kept
      : sql`CASE WHEN s.words IS NULL THEN ${kept} ELSE s.words ILIKE ${containing(q ?? '')} END`
  return join(
    [
      sql`s.applications > 0`,
      ...(q === undefined ? [] : [found]),
      ...(team === undefined ? [] : [sql`s.team_key = ${team}`]),
      ...(only === 'action' ? [sql`s.rank <= 1`] : []),
      ...(only === 'behind' ? [sql`s.behind`] : []),
      ...(only === 'degraded' ? [sql`s.degraded`] : []),
      ...(only === 'mine' ? [sql`s.service = ANY (${head.pinned})`] : []),
      ...(health === undefined ? [] : [healthy(healthMark(health, environments))]),
    ],
    ' AND ',
  )
}

type PageRow = {
  part: number
  service: string
  rank: number
  team: string | null
  tier: string | null
  team_key: string
  recency: string
}
export type PageRead = {
  tallies: Tallies
  unmapped: number | null
  counted: number | null
  rows: (PageRow & { key: Cursor['key'] })[]
}

/** One page of services, one more than `pageSize` of them, with what is counted. One statement, whatever the scope. */
export async function readPage(
  db: Reader,
  head: Head,
  filter: MatrixFilter,
  environments: Environments,
  cursor: Cursor | undefined,
  count: boolean,
): Promise<PageRead> {
  const { scope, pinned, myTeams } = head
  const byNeed = filter.sort === undefined
  const parts = partsOf(filter.sort, { pinned: pinned.length > 0, myTeams: myTeams.length > 0 })
  const from = scope === 'all' ? sql`catalog.service` : sql`seen`
  const where = narrowed(filter, head, environments)
  const inPart = ({ which, rank }: Part) =>
    join(
      [
        where,
        ...(which === 'pinned' ? [sql`s.service = ANY (${pinned})`] : []),
        ...(byNeed && which !== 'pinned' && pinned.length > 0 ? [sql`s.service <> ALL (${pinned})`] : []),
        ...(which === 'my-teams' ? [sql`s.team_key = ANY (${myTeams})`] : []),
        ...(which === 'other-teams' ? [sql`s.team_key <> ALL (${myTeams})`] : []),
        ...(rank === undefined ? [] : [sql`s.rank = ${rank}`]),
      ],
      ' AND ',
    )
  const back = cursor?.back === true
  const beyond = ({ n, by }: Part) => {
    if (cursor?.part !== n || !fits(cursor.key, by)) return empty
    const place = join(by.map((name, index) => sql`${cursor.key[index]}${casts[name]}`))
    const order = join(by.map((name) => keys[name]))
    return back ? sql` AND (${order}) < (${place})` : sql` AND (${order}) > (${place})`
  }
  const lists = partsFrom(parts, cursor).map(
    (
      part,
    ) => sql`(SELECT ${part.n}::int AS part, s.service, s.rank, s.team, s.tier, s.team_key, s.recency::text AS recency
      FROM ${from} s WHERE ${inPart(part)}${beyond(part)}
      ORDER BY ${join(part.by.map((name) => (back ? sql`${keys[name]} DESC` : keys[name])))} LIMIT ${pageSize + 1})`,
  )
  // Parts are read one after another until the page is full: the later ones are then never begun.
  const rows = sql`SELECT json_agg(p) FROM (SELECT * FROM (${join(lists, ' UNION ALL ')}) l LIMIT ${pageSize + 1}) p`
  const counted = count
    ? sql`(SELECT count(*) FROM (SELECT FROM ${from} s WHERE ${where} ORDER BY ${keys.rank}, ${keys.service} LIMIT ${countMax + 1}) c)`
    : sql`NULL`
  const tallies =
    scope === 'all'
      ? sql`SELECT t.name, sum(t.n) AS n FROM catalog.tally t GROUP BY t.name HAVING sum(t.n) <> 0`
      : sql`SELECT t.name, count(*) AS n FROM seen s, unnest(s.marks || s.places) AS t (name) GROUP BY t.name`
  const unmapped =
    scope === 'all'
      ? sql`NULL`
      : sql`(SELECT count(*) FROM catalog.application a WHERE a.service IS NULL AND a.gone_at IS NULL AND ${inScope(scope)})`
  const read = await readJson<{
    tallies: Tallies | null
    unmapped: number | null
    counted: number | null
    rows: PageRow[] | null
  }>(
    db,
    sql`${scope === 'all' ? empty : visible(scope.projects, filter.q !== undefined)} SELECT json_build_object(
      'tallies', (SELECT json_object_agg(t.name, t.n) FROM (${tallies}) t), 'unmapped', ${unmapped},
      'counted', ${counted}, 'rows', (${rows}))::text AS answer`,
  )
  const byPart = new Map(parts.map((part) => [part.n, part.by]))
  const named = (row: PageRow) => ({ ...row, team: row.team_key })
  const keyed = (read.rows ?? []).map((row) => ({
    ...row,
    key: (byPart.get(row.part) ?? []).map((name) => named(row)[name]),
  }))
  return { ...read, tallies: read.tallies ?? {}, rows: back ? keyed.reverse() : keyed }
}
