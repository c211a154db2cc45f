import 'server-only'
import { type Instant, instant } from '#lib/platform/clock.ts'
import type { Db, Tx } from '#lib/platform/db.ts'
import { type Answer, type Checkpoint, checkpointsMin, type Verdict } from './verdict.ts'

/** A release that is to be judged now. */
export type Due = {
  release: string
  application: string
  service: string
  environment: string
  plan: string
  state: 'succeeded' | 'degraded'
  ending: string
  checkpoint: Checkpoint
  syncedAt: Date
  finishedAt: Date
}

/** Releases whose next checkpoint is over and not judged, the longest waiting first. Those of a day and a bit ago are let go. */
export function listDue(db: Db, limit: number): Promise<Due[]> {
  return db.$queryRaw<Due[]>`
    SELECT r.id AS release, r.application_id AS application, a.service, a.environment, r.plan_digest AS plan, r.state,
      coalesce(r.ending, '') AS ending, c.checkpoint, r.synced_at AS "syncedAt", r.finished_at AS "finishedAt"
    FROM rel.release r JOIN catalog.application a ON a.id = r.application_id
      CROSS JOIN unnest(${[...checkpointsMin]}::int[]) AS c (checkpoint)
    WHERE r.state IN ('succeeded', 'degraded') AND r.synced_at IS NOT NULL AND r.finished_at > now() - interval '26 hours'
      AND now() > r.finished_at + (c.checkpoint + 1) * interval '1 minute'
      AND NOT EXISTS (SELECT FROM rel.verdict v WHERE v.release_id = r.id AND v.checkpoint = c.checkpoint)
    ORDER BY r.finished_at + c.checkpoint * interval '1 minute' LIMIT ${limit}`
}

/** When else an application was deployed since a moment. */
export function listDeployments(
  db: Db,
  application: string,
  release: string,
  since: Instant,
): Promise<{ from: Date; to: Date }[]> {
  return db.$queryRaw`
    SELECT coalesce(sync_started_at, deployed_at) AS "from", deployed_at AS "to" FROM catalog.deployment
    WHERE application_id = ${application} AND release_id IS DISTINCT FROM ${release}
      AND deployed_at > ${since}::timestamptz ORDER BY deployed_at`
}

const besideMax = 10

/** Services that share its namespace and were deployed in that time. */
export async function listBeside(db: Db, application: string, from: Instant, to: Instant): Promise<string[]> {
  const rows = await db.$queryRaw<{ name: string }[]>`
    SELECT DISTINCT o.name FROM catalog.application a
      JOIN catalog.application o ON o.project = a.project AND o.id <> a.id AND o.gone_at IS NULL
        AND o.observed #>> '{destination,namespace}' = a.observed #>> '{destination,namespace}'
      JOIN catalog.deployment d ON d.application_id = o.id AND d.deployed_at BETWEEN ${from}::timestamptz AND ${to}::timestamptz
    WHERE a.id = ${application} ORDER BY o.name LIMIT ${besideMax}`
  return rows.map(({ name }) => name)
}

export type KeptVerdict = { checkpoint: Checkpoint; answer: Answer; verdict: Verdict; judgedAt: Instant }

/** What a release was judged so far, by checkpoint. */
export async function listVerdicts(db: Db | Tx, release: string): Promise<KeptVerdict[]> {
  const rows = await db.$queryRaw<(Omit<KeptVerdict, 'judgedAt'> & { judgedAt: Date })[]>`
    SELECT checkpoint, answer, document AS verdict, judged_at AS "judgedAt" FROM rel.verdict
    WHERE release_id = ${release} ORDER BY checkpoint`
  return rows.map((row) => ({ ...row, judgedAt: instant(row.judgedAt) }))
}

/** Everything that a verdict was worked out from, as it was kept; null when there is none. */
export async function readInputs(
  db: Db,
  release: string,
  checkpoint: number,
): Promise<{ bytes: Uint8Array; digest: string } | null> {
  const [row] = await db.$queryRaw<{ bytes: Uint8Array; digest: string }[]>`
    SELECT inputs AS bytes, inputs_digest AS digest FROM rel.verdict
    WHERE release_id = ${release} AND checkpoint = ${checkpoint}`
  return row ?? null
}
