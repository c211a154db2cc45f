import 'server-only'
import type { ReadScope } from '#lib/access/policy.ts'
import { inScope, type Reader } from '#lib/catalog/data.ts'
import type { Instant } from '#lib/platform/clock.ts'
import { Prisma } from '#prisma/client/client.ts'
import type { Figures } from './control.ts'

const { sql } = Prisma

/** The newest entries of a period whose clocks are compared. */
const clockMax = 50_000

type Period = { from: Instant; to: Instant }

/** Counts what the eighteen controls rest on, within the period and what somebody may read. Counts of the log are of all of it. */
export async function readFigures(
  db: Reader,
  scope: Exclude<ReadScope, 'none'>,
  period: Period,
): Promise<Figures> {
  const [from, to] = [sql`${period.from}::timestamptz`, sql`${period.to}::timestamptz`]
  const during = (column: Prisma.Sql) => sql`${column} >= ${from} AND ${column} < ${to}`
  const told = sql`at >= ${period.from} AND at < ${period.to}`
  const here = inScope(scope)
  const one = async <T>(query: Prisma.Sql) => {
    const [row] = await db.$queryRaw<{ row: T }[]>(query)
    if (!row) throw new Error('a count is one row')
    return row.row
  }
  const sent = sql`sent AS (
    SELECT r.*, i.receipt_id, EXISTS (SELECT FROM rel.break_glass b WHERE b.release_id = r.id) AS glass
    FROM rel.intent i JOIN rel.release r ON r.id = i.release_id JOIN catalog.application a ON a.id = r.application_id
    WHERE i.n = 1 AND ${during(sql`i.created_at`)} AND ${here})`
  return {
    changes: await one<Figures['changes']>(sql`
      WITH d AS (
        SELECT d.cause, x.finding_id, x.before_us, c.finding_id AS closed FROM catalog.deployment d JOIN catalog.application a ON a.id = d.application_id
        LEFT JOIN LATERAL (SELECT finding_id, before_us FROM rel.accounted o WHERE o.application_id = d.application_id
          AND o.uid = d.application_uid AND o.history_id = d.history_id LIMIT 1) x ON d.cause <> 'release'
        LEFT JOIN rel.finding_closing c ON c.finding_id = x.finding_id
        WHERE a.protected AND ${during(sql`d.deployed_at`)} AND ${here})
      SELECT jsonb_build_object('all', count(*), 'release', count(*) FILTER (WHERE cause = 'release'),
        'finding', count(*) FILTER (WHERE finding_id IS NOT NULL AND closed IS NOT NULL),
        'open', count(*) FILTER (WHERE finding_id IS NOT NULL AND closed IS NULL), 'before', count(*) FILTER (WHERE before_us)) AS row FROM d`),
    sent: await one<Figures['sent']>(sql`
      WITH ${sent}, d AS (
        SELECT s.id, count(DISTINCT d.person_id) AS signed, count(*) FILTER (WHERE s.policy ? 'stepUp') AS asked,
          count(*) FILTER (WHERE s.policy ? 'stepUp' AND d.step_up_id IS NOT NULL) AS given
        FROM sent s JOIN (
          SELECT release_id, person_id, step_up_id FROM rel.decision WHERE kind = 'approve' UNION ALL
          SELECT u.release_id, v.person_id, NULL FROM rel.standard_change_use u JOIN rel.standard_change_vote v
            ON v.standard_change_id = u.standard_change_id WHERE v.kind = 'approve') d
          ON d.release_id = s.id AND d.person_id <> s.requester_person GROUP BY s.id)
      SELECT jsonb_build_object('all', count(*), 'glass', count(*) FILTER (WHERE glass),
        'signed', count(*) FILTER (WHERE NOT glass AND d.signed >= s.required_approvals),
        'lowerFirst', count(*) FILTER (WHERE s.policy #> '{checks,mustPass}' ? 'order'), 'documents', count(p.document_digest),
        'cannotTell', count(*) FILTER (WHERE position('"kind":"cannot-tell"' IN convert_from(p.document, 'UTF8')) > 0),
        'underPolicy', count(*) FILTER (WHERE EXISTS (SELECT FROM rel.policy_activation v JOIN rel.policy_set t ON t.digest = v.set_digest
           WHERE v.created_at <= s.created_at AND s.policy_digest = ANY (t.policies))),
        'stepUpAsked', coalesce(sum(d.asked), 0), 'stepUpGiven', coalesce(sum(d.given), 0), 'anchored', count(s.receipt_id),
        'second', count(*) FILTER (WHERE EXISTS (SELECT FROM rel.intent i WHERE i.release_id = s.id AND i.n = 2)),
        'back', count(s.rollback_to)) AS row
      FROM sent s LEFT JOIN d ON d.id = s.id LEFT JOIN rel.plan p ON p.digest = s.plan_digest`),
    ended: await one<Figures['ended']>(sql`
      WITH ${sent}
      SELECT jsonb_build_object('all', count(*) FILTER (WHERE finished_at IS NOT NULL),
        'verified', count(*) FILTER (WHERE state IN ('succeeded', 'degraded')), 'healthy', count(*) FILTER (WHERE state = 'succeeded'),
        'review', count(*) FILTER (WHERE state = 'review')) AS row FROM sent`),
    emergencies: await one<Figures['emergencies']>(sql`
      SELECT jsonb_build_object('all', count(*), 'inTime', count(*) FILTER (WHERE t.created_at <= b.due_at),
        'late', count(*) FILTER (WHERE t.created_at > b.due_at), 'waiting', count(*) FILTER (WHERE t.created_at IS NULL AND b.due_at >= now()),
        'overdue', count(*) FILTER (WHERE t.created_at IS NULL AND b.due_at < now())) AS row
      FROM rel.break_glass b JOIN catalog.application a ON a.id = b.application_id LEFT JOIN rel.retrospective t ON t.release_id = b.release_id
      WHERE ${during(sql`b.created_at`)} AND ${here}`),
    log: await one<Figures['log']>(sql`
      SELECT jsonb_build_object('size', (SELECT coalesce(max(seq) + 1, 0) FROM audit.log), 'anchored', (SELECT coalesce(max(size), 0) FROM audit.receipt),
        'anchors', (SELECT count(*) FROM audit.anchor), 'failing', (SELECT count(*) FROM audit.anchor WHERE failing_since IS NOT NULL),
        'starts', (SELECT count(*) FROM audit.event WHERE type = 'process.started' AND ${told}),
        'stops', (SELECT count(*) FROM audit.event WHERE type = 'process.stopped' AND ${told})) AS row`),
    clock: await one<Figures['clock']>(sql`
      SELECT jsonb_build_object('all', count(*), 'near', count(*) FILTER (WHERE abs(extract(epoch FROM created_at - at::timestamptz)) <= 2),
        'capped', count(*) = ${clockMax}::int) AS row
      FROM (SELECT at, created_at FROM audit.event WHERE ${told} ORDER BY at DESC LIMIT ${clockMax}) e`),
    roles: await one<Figures['roles']>(sql`
      SELECT jsonb_build_object('people', (SELECT count(DISTINCT actor_id) FROM audit.event WHERE type = 'sign-in' AND ${told}),
        'loaded', count(*), 'digests', count(audit.field(entry, '{data,roles}')),
        'configurations', count(DISTINCT audit.field(entry, '{data,configuration}'))) AS row
      FROM audit.event WHERE type = 'configuration.loaded' AND ${told}`),
    decisions: await one<Figures['decisions']>(sql`
      SELECT jsonb_build_object('all', count(*), 'service', count(*) FILTER (WHERE c.kind = 'service'),
        'own', count(*) FILTER (WHERE d.person_id = r.requester_person)) AS row
      FROM rel.release r JOIN catalog.application a ON a.id = r.application_id JOIN rel.decision d ON d.release_id = r.id
      JOIN access.account c ON c.id = d.account_id WHERE ${during(sql`r.created_at`)} AND ${here}`),
    packs: await one<number>(sql`
      SELECT to_jsonb(count(*)) AS row FROM audit.event WHERE type = 'evidence.exported' AND ${told}`),
    policies: await one<Figures['policies']>(sql`
      SELECT jsonb_build_object('all', count(*), 'fourEyes', count(*) FILTER (WHERE
        (SELECT count(*) FROM rel.policy_vote o WHERE o.proposal_id = v.proposal_id AND o.kind = 'approve') >= 2)) AS row
      FROM rel.policy_activation v WHERE v.proposal_id IS NOT NULL AND ${during(sql`v.created_at`)}`),
  }
}
