import 'server-only'
import type { ReadScope } from '#lib/access/policy.ts'
import type { Reader } from '#lib/catalog/data.ts'
import { type Instant, instant } from '#lib/platform/clock.ts'
import { Prisma } from '#prisma/client/client.ts'
import { type Cursor, type Filter, type Line, lasted } from './inquiry.ts'
import { about, applicationOf, proofsOfEvents, stampOf, within } from './proofs.ts'

const { sql } = Prisma

type Row = {
  id: string
  stamp: string
  kind: string
  application: Line['application']
  asked: string | null
  what: string
  signed: string[]
  closing: string | null
  closed: Date | null
  due: Date | null
  release: string | null
  finding: string | null
  events: string[]
}

const nameOf = (person: Prisma.Sql) =>
  sql`coalesce((SELECT name FROM access.person_detail WHERE person_id = ${person}), ${person})`

/** Open, over time, or closed; `due` is null for what has no time of its own. */
function inState(state: string | undefined, closed: Prisma.Sql, due: Prisma.Sql): Prisma.Sql {
  if (state === undefined) return sql`true`
  if (state === 'closed') return sql`${closed} IS NOT NULL`
  const open = sql`${closed} IS NULL`
  return state === 'overdue'
    ? sql`${open} AND ${due} < now()`
    : sql`${open} AND coalesce(${due} >= now(), true)`
}

const never = sql`NULL::timestamptz`

function branches(
  scope: Exclude<ReadScope, 'none'>,
  filter: Filter,
  before: Cursor | undefined,
  limit: number,
) {
  const here = about(scope, filter)
  const page = (at: Prisma.Sql, id: Prisma.Sql) => sql`${within(at, id, filter, before)} LIMIT ${limit + 1}`
  const still = (closed: Prisma.Sql, due = never) => inState(filter.state, closed, due)
  // Policies are about no application: whoever narrows to one does not ask for them.
  const narrowed = filter.service || filter.environment || filter.project
  const first = sql`(SELECT min(w.created_at) FROM rel.policy_withdrawal w WHERE w.proposal_id = p.id)`
  const settled = sql`coalesce(v.created_at, ${first},
    (SELECT min(o.created_at) FROM rel.policy_vote o WHERE o.proposal_id = p.id AND o.kind = 'reject'))`
  return {
    'break-glass': sql`
      (SELECT b.release_id AS id, b.created_at AS at, 'break-glass' AS kind, ${applicationOf} AS application, ${nameOf(sql`b.person_id`)} AS asked,
         b.incident || ': ' || r.reason AS what, CASE WHEN t.kind = 'approve' THEN ARRAY[${nameOf(sql`t.person_id`)}] ELSE '{}' END AS signed,
         CASE WHEN t.kind = 'object' THEN ${nameOf(sql`t.person_id`)} || ' objected: ' || coalesce(t.reason, '') WHEN t.kind = 'approve' THEN 'approved afterwards' END AS closing,
         t.created_at AS closed, b.due_at AS due, b.release_id AS release, NULL AS finding, array_remove(ARRAY[b.event_id, t.event_id], NULL) AS events
       FROM rel.break_glass b JOIN rel.release r ON r.id = b.release_id JOIN catalog.application a ON a.id = b.application_id
       LEFT JOIN rel.retrospective t ON t.release_id = b.release_id
       WHERE ${here} AND ${still(sql`t.created_at`, sql`b.due_at`)} AND ${page(sql`b.created_at`, sql`b.release_id`)})`,
    finding: sql`
      (SELECT f.id, f.found_at AS at, 'finding' AS kind, ${applicationOf} AS application, f.says_who AS asked, f.sentence AS what,
         CASE WHEN c.finding_id IS NULL THEN '{}' ELSE ARRAY[${nameOf(sql`c.person_id`)}] END AS signed, c.kind || ': ' || c.reason AS closing,
         c.closed_at AS closed, ${never} AS due, NULL AS release, f.id AS finding, array_remove(ARRAY[f.event_id, c.event_id], NULL) AS events
       FROM rel.finding f JOIN catalog.application a ON a.id = f.application_id LEFT JOIN rel.finding_closing c ON c.finding_id = f.id
       WHERE ${here} AND ${still(sql`c.closed_at`)} AND ${page(sql`f.found_at`, sql`f.id`)})`,
    override: sql`
      (SELECT o.id, o.created_at AS at, 'override' AS kind, ${applicationOf} AS application, ${nameOf(sql`o.requester_person`)} AS asked,
         z.reason || ': ' || o.reason AS what, ARRAY[${nameOf(sql`o.person_id`)}] AS signed, r.state AS closing, r.finished_at AS closed,
         ${never} AS due, o.release_id AS release, NULL AS finding, ARRAY[o.event_id, r.event_id] AS events
       FROM rel.freeze_override o JOIN rel.freeze z ON z.id = o.freeze_id JOIN rel.release r ON r.id = o.release_id
       JOIN catalog.application a ON a.id = r.application_id
       WHERE ${here} AND ${still(sql`r.finished_at`)} AND ${page(sql`o.created_at`, sql`o.id`)})`,
    review: sql`
      (SELECT e.id, e.at::timestamptz AS at, 'review' AS kind, ${applicationOf} AS application, ${nameOf(sql`r.requester_person`)} AS asked,
         coalesce(audit.field(e.entry, '{data,reason}'), audit.field(e.entry, '{data,message}'), 'Nobody could tell how it ended') AS what,
         ARRAY(SELECT ${nameOf(sql`c.person_id`)} FROM rel.closing c WHERE c.release_id = r.id AND c.kind IN ('find', 'confirm') ORDER BY c.id) AS signed,
         CASE WHEN r.finished_at IS NOT NULL THEN r.state || ': ' || r.ending END AS closing, r.finished_at AS closed, ${never} AS due,
         r.id AS release, NULL AS finding, CASE WHEN r.event_id = e.id THEN ARRAY[e.id] ELSE ARRAY[e.id, r.event_id] END AS events
       FROM audit.event e JOIN rel.release r ON r.id = e.release_id JOIN catalog.application a ON a.id = r.application_id
       WHERE e.type = 'release.review' AND ${here} AND ${still(sql`r.finished_at`)} AND e.at >= ${filter.from} AND e.at < ${filter.to}
         AND ${before ? sql`(e.at::timestamptz, e.id) < (${before.at}::timestamptz, ${before.id}) AND e.at <= ${before.at}` : sql`true`}
       ORDER BY e.at DESC, e.id DESC LIMIT ${limit + 1})`,
    policy: sql`
      (SELECT p.id, p.created_at AS at, 'policy' AS kind, NULL::jsonb AS application, NULL AS asked,
         jsonb_array_length(s.rules) || ' rules, set ' || left(p.set_digest, 8) AS what,
         ARRAY(SELECT ${nameOf(sql`o.person_id`)} FROM rel.policy_vote o WHERE o.proposal_id = p.id AND o.kind = 'approve' ORDER BY o.created_at) AS signed,
         CASE WHEN v.n IS NOT NULL THEN 'in force' WHEN ${first} IS NOT NULL THEN 'withdrawn' WHEN ${settled} IS NOT NULL THEN 'rejected' END AS closing,
         ${settled} AS closed, ${never} AS due, NULL AS release, NULL AS finding,
         array_remove(p.event_id || ARRAY(SELECT o.event_id FROM rel.policy_vote o WHERE o.proposal_id = p.id ORDER BY o.created_at) || v.event_id, NULL) AS events
       FROM rel.policy_proposal p JOIN rel.policy_set s ON s.digest = p.set_digest LEFT JOIN rel.policy_activation v ON v.proposal_id = p.id
       WHERE ${narrowed ? sql`false` : sql`true`} AND ${still(settled)} AND ${page(sql`p.created_at`, sql`p.id`)})`,
  } as const
}

function lineOf(row: Row, now: Instant): Omit<Line, 'entries'> {
  const [at, due, closedAt] = [
    instant(row.stamp),
    row.due && instant(row.due),
    row.closed && instant(row.closed),
  ]
  const late = due !== null && (closedAt ?? now) > due
  const clockWords = closedAt ? `Closed after ${lasted(at, closedAt)}` : `Open for ${lasted(at, now)}`
  const dueWords =
    due === null
      ? ''
      : late
        ? `, ${lasted(due, closedAt ?? now)} too late`
        : closedAt
          ? ', in time'
          : `, ${lasted(now, due)} left`
  return {
    ...{ id: row.id, kind: row.kind, at, application: row.application, what: row.what, asked: row.asked },
    ...{ signed: row.signed, state: closedAt ? (row.closing ?? 'closed') : late ? 'overdue' : 'open' },
    tone: late ? 'negative' : closedAt ? 'neutral' : 'attention',
    ...{ note: `${clockWords}${dueWords}`, due, closedAt, release: row.release, finding: row.finding },
  }
}

/** What did not go the usual way, newest first, each with its clock and how it was closed. */
export async function listExceptions(
  db: Reader,
  scope: ReadScope,
  filter: Filter,
  { before, limit, now }: { before?: Cursor | undefined; limit: number; now: Instant },
): Promise<{ lines: Line[]; next?: Cursor }> {
  if (scope === 'none') return { lines: [] }
  const all = branches(scope, filter, before, limit)
  const wanted = Object.entries(all).flatMap(([kind, branch]) =>
    filter.kind === undefined || filter.kind === kind ? [branch] : [],
  )
  if (wanted.length === 0) return { lines: [] }
  const rows = await db.$queryRaw<Row[]>`
    SELECT x.*, ${stampOf(sql`x.at`)} AS stamp FROM (${Prisma.join(wanted, ' UNION ALL ')}) x
    ORDER BY x.at DESC, x.id DESC LIMIT ${limit + 1}`
  const page = rows.slice(0, limit)
  const proofs = await proofsOfEvents(
    db,
    page.flatMap(({ events }) => events),
  )
  const lines = page.map(
    (row): Line => ({
      ...lineOf(row, now),
      entries: row.events.flatMap((event) => proofs.get(event) ?? []),
    }),
  )
  const last = page.at(-1)
  return rows.length > limit && last ? { lines, next: { at: last.stamp, id: last.id } } : { lines }
}
