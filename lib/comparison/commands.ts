import 'server-only'
import { type ReadScope, readScope, type Viewer } from '#lib/access/policy.ts'
import { inScope } from '#lib/catalog/data.ts'
import { type Db, inTransaction, type Tx } from '#lib/platform/db.ts'
import { newId } from '#lib/platform/ids.ts'
import { notify } from '#lib/platform/notify.ts'
import { ok, type Result, refuse } from '#lib/platform/result.ts'
import type { NewComparison } from './schema.ts'

export type ComparisonRefusal =
  | { code: 'not-found' }
  | { code: 'never-deployed' }
  /** Rendering costs Argo CD something: one person may ask so often. */
  | { code: 'too-many' }

export const explainComparison = ({ code }: ComparisonRefusal): string =>
  ({
    'not-found': 'There is no such application, or it is not yours to read.',
    'never-deployed': 'Only revisions that ran there can be compared.',
    'too-many': `You asked for ${perPersonMax} comparisons in the last five minutes. Wait a little.`,
  })[code]

const perPersonMax = 10

const readable = async (tx: Tx, scope: Exclude<ReadScope, 'none'>, ids: string[]): Promise<boolean> => {
  const [found] = await tx.$queryRaw<{ n: number }[]>`
    SELECT count(*)::int AS n FROM catalog.application a WHERE a.id = ANY (${ids}) AND ${inScope(scope)}`
  return found?.n === new Set(ids).size
}

const deployed = async (tx: Tx, { application, revisions }: NewComparison['left']): Promise<boolean> => {
  const [found] = await tx.$queryRaw<{ there: boolean }[]>`
    SELECT EXISTS (SELECT FROM catalog.deployment WHERE application_id = ${application} AND revisions = ${revisions}) AS there`
  return found?.there === true
}

/** Asks the worker for the manifests of two sides. One that is under way or still kept is given again. */
export function requestComparison(
  db: Db,
  viewer: Viewer,
  { left, right }: NewComparison,
): Promise<Result<{ id: string }, ComparisonRefusal>> {
  return inTransaction(db, async (tx) => {
    const scope = readScope(viewer)
    if (scope === 'none' || !(await readable(tx, scope, [left.application, right.application])))
      return refuse({ code: 'not-found' })
    if (!(await deployed(tx, left)) || !(await deployed(tx, right))) return refuse({ code: 'never-deployed' })
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${viewer.personId}, 12))`
    const [kept] = await tx.$queryRaw<{ id: string }[]>`
      SELECT id FROM catalog.comparison WHERE left_application = ${left.application} AND left_revisions = ${left.revisions}
        AND right_application = ${right.application} AND right_revisions = ${right.revisions}
        AND state <> 'failed' AND expires_at > now() ORDER BY requested_at DESC LIMIT 1`
    if (kept) return ok(kept)
    const [asked] = await tx.$queryRaw<{ n: number }[]>`
      SELECT count(*)::int AS n FROM catalog.comparison c JOIN access.account a ON a.id = c.requested_by
      WHERE a.person_id = ${viewer.personId} AND c.requested_at > now() - interval '5 minutes'`
    if ((asked?.n ?? 0) >= perPersonMax) return refuse({ code: 'too-many' })
    const id = newId('comparison')
    await tx.$executeRaw`
      INSERT INTO catalog.comparison (id, left_application, left_revisions, right_application, right_revisions, requested_by)
      VALUES (${id}, ${left.application}, ${left.revisions}, ${right.application}, ${right.revisions}, ${viewer.accountId})`
    await notify(tx, { comparison: true })
    return ok({ id })
  })
}
