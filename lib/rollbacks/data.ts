import 'server-only'
import type { ObservedApplication } from '#lib/argocd/application.ts'
import type { Source } from '#lib/argocd/schema.ts'
import { getPlan } from '#lib/plans/data.ts'
import { type Instant, instant } from '#lib/platform/clock.ts'
import type { Db, Tx } from '#lib/platform/db.ts'
import { Prisma } from '#prisma/client/client.ts'
import { isOutdated, type Ran, wasProven } from './rollback.ts'

type Row = Omit<Ran, 'from' | 'to' | 'sources' | 'release'> & {
  from: Date
  to: Date | null
  sources: unknown
  releaseId: string | null
  releaseState: string | null
  rollback: boolean
}

/** How far back the worker looks for something to go back to. */
const newestMax = 30

const read = async (db: Db | Tx, condition: Prisma.Sql): Promise<Ran[]> => {
  const rows = await db.$queryRaw<Row[]>`
    SELECT d.id, d.application_uid AS uid, d.deployed_at AS "from", upper(d.during) AS "to", d.revisions, d.sources, d.version,
      d.images, d.known_from = 'inferred' AS inferred, r.id AS "releaseId", r.state AS "releaseState",
      r.rollback_to IS NOT NULL AS rollback,
      EXISTS (SELECT FROM rel.accounted c WHERE c.application_id = d.application_id AND c.uid = d.application_uid
        AND c.history_id = d.history_id AND c.finding_id IS NOT NULL) AS unexplained,
      upper_inf(d.during) AND rel.failed_since(d) AS halfway
    FROM catalog.deployment d LEFT JOIN rel.release r ON r.id = d.release_id
    WHERE ${condition} ORDER BY d.deployed_at DESC LIMIT ${newestMax}`
  return rows.map(({ from, to, sources, releaseId, releaseState, rollback, ...row }) => ({
    ...row,
    from: instant(from),
    to: to && instant(to),
    sources: sources as Source[],
    release: releaseId && releaseState ? { id: releaseId, state: releaseState, rollback } : null,
  }))
}

/** The newest deployments of an application, newest first. */
export const readRan = (db: Db | Tx, application: string): Promise<Ran[]> =>
  read(db, Prisma.sql`d.application_id = ${application}`)

/** One of its deployments; null when it is not its own. */
export async function getRan(db: Db | Tx, application: string, deployment: string): Promise<Ran | null> {
  const [ran] = await read(db, Prisma.sql`d.application_id = ${application} AND d.id = ${deployment}`)
  return ran ?? null
}

export type Prepared = {
  deployment: string
  askedAt: Instant | null
  plan: string | null
  problem: string | null
  basis: string | null
  preparedAt: Instant | null
}

/** The ways back of an application that were ever prepared or asked for; `asked` narrows them to the ones asked for lately. */
export async function preparedOf(
  db: Db | Tx,
  application: string,
  which: { deployment?: string; askedWithinMs?: number } = {},
): Promise<Prepared[]> {
  const { deployment = null, askedWithinMs = null } = which
  const rows = await db.$queryRaw<
    (Omit<Prepared, 'askedAt' | 'preparedAt'> & { askedAt: Date | null; preparedAt: Date | null })[]
  >`SELECT deployment_id AS deployment, asked_at AS "askedAt", plan_digest AS plan, problem, basis, prepared_at AS "preparedAt"
    FROM rel.prepared_rollback WHERE application_id = ${application}
      AND (${deployment}::text IS NULL OR deployment_id = ${deployment})
      AND (${askedWithinMs}::float8 IS NULL OR asked_at > now() - ${askedWithinMs}::float8 * interval '1 millisecond')`
  return rows.map(({ askedAt, preparedAt, ...row }) => ({
    ...row,
    askedAt: askedAt && instant(askedAt),
    preparedAt: preparedAt && instant(preparedAt),
  }))
}

/**
 * The plan that may be asked for now: the one that Git wants next, or the prepared way back, as long as it fits what
 * runs. `proven`: four eyes have seen what it goes back to work.
 */
export async function offeredPlan(
  db: Db | Tx,
  application: { id: string; planDigest: string | null; observed: unknown },
  rollbackTo: string | undefined,
): Promise<{ digest: string | null; proven: boolean }> {
  if (rollbackTo === undefined) return { digest: application.planDigest, proven: false }
  const ran = await getRan(db, application.id, rollbackTo)
  const [prepared] = await preparedOf(db, application.id, { deployment: rollbackTo })
  const stored = prepared?.plan ? await getPlan(db, prepared.plan) : null
  const observed = application.observed as ObservedApplication | null
  const fits = stored !== null && observed !== null && !isOutdated(stored.plan, observed)
  return { digest: fits ? stored.digest : null, proven: ran !== null && wasProven(ran) }
}

export const isReleaseOf = async (db: Db | Tx, release: string, application: string): Promise<boolean> =>
  (await db.release.count({ where: { id: release, applicationId: application } })) > 0
