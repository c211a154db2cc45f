import 'server-only'
import { can, type Viewer } from '#lib/access/policy.ts'
import type { PlanAuthors } from '#lib/plans/authors.ts'
import { type Planned, storePlan } from '#lib/plans/commands.ts'
import type { Plan, PlanDocument } from '#lib/plans/plan.ts'
import { type Db, inTransaction } from '#lib/platform/db.ts'
import { notify } from '#lib/platform/notify.ts'
import { ok, type Result, refuse } from '#lib/platform/result.ts'
import { getRan, preparedOf, readRan } from './data.ts'
import { explainNoWayBack, type NoWayBack, noWayBack } from './rollback.ts'

export type PrepareRefusal =
  | { code: 'no-such-deployment' }
  | { code: 'may-not-request'; environment: string }
  | NoWayBack

export function explainPrepare(refusal: PrepareRefusal): string {
  switch (refusal.code) {
    case 'no-such-deployment':
      return 'There is no such deployment, or you may not see it.'
    case 'may-not-request':
      return `None of your groups may ask for releases to ${refusal.environment}.`
    default:
      return explainNoWayBack(refusal)
  }
}

/** Asked again within this time, nothing is rendered anew: what changes is looked at without anybody asking. */
const askedAgainAfterMs = 5_000

/** Has the worker prepare the way back to one deployment: whoever may ask for a release may ask for that. */
export function askForRollback(
  db: Db,
  given: { application: string; deployment: string },
  by: Viewer,
): Promise<Result<{ deployment: string }, PrepareRefusal>> {
  return inTransaction(db, async (tx) => {
    const application = await tx.application.findUnique({ where: { id: given.application } })
    const ran = application && (await getRan(tx, given.application, given.deployment))
    if (!application || !ran || !can(by, 'read', { project: application.project }))
      return refuse({ code: 'no-such-deployment' })
    const environment = application.environment ?? ''
    if (!application.protected || !can(by, 'request:release', { project: application.project, environment }))
      return refuse({ code: 'may-not-request', environment })
    const [current] = await readRan(tx, given.application)
    const impossible = noWayBack(ran, current ?? null)
    if (impossible) return refuse(impossible)
    const [asked] = await preparedOf(tx, given.application, {
      deployment: given.deployment,
      askedWithinMs: askedAgainAfterMs,
    })
    if (asked) return ok({ deployment: given.deployment })
    await tx.$executeRaw`
      INSERT INTO rel.prepared_rollback (application_id, deployment_id, asked_at) VALUES (${given.application}, ${given.deployment}, now())
      ON CONFLICT (application_id, deployment_id) DO UPDATE SET asked_at = clock_timestamp()`
    await notify(tx, { application: given.application })
    return ok({ deployment: given.deployment })
  })
}

/** What the worker found out about a way back: its plan, or why there is none. */
export async function savePrepared(
  db: Db,
  application: Planned,
  worker: string,
  deployment: string,
  basis: string,
  made: { plan: Plan; document: PlanDocument; authors: PlanAuthors | null } | { problem: string },
): Promise<void> {
  await inTransaction(db, async (tx) => {
    const digest =
      'plan' in made ? await storePlan(tx, application, worker, made.plan, made.document, made.authors) : null
    const problem = 'problem' in made ? made.problem : null
    await tx.$executeRaw`
      INSERT INTO rel.prepared_rollback (application_id, deployment_id, plan_digest, problem, basis, prepared_at)
      VALUES (${application.id}, ${deployment}, ${digest}, ${problem}, ${basis}, now())
      ON CONFLICT (application_id, deployment_id) DO UPDATE SET plan_digest = EXCLUDED.plan_digest, problem = EXCLUDED.problem,
        basis = EXCLUDED.basis, prepared_at = EXCLUDED.prepared_at`
    await notify(tx, { application: application.id, log: true })
  })
}
