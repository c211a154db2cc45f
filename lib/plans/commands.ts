import 'server-only'
import { canonicalBytes } from '#lib/audit/canonical.ts'
import { record } from '#lib/audit/record.ts'
import { digestOf, sha256 } from '#lib/manifests/digest.ts'
import { type Db, inTransaction, type Tx } from '#lib/platform/db.ts'
import { notify } from '#lib/platform/notify.ts'
import type { PlanAuthors } from './authors.ts'
import { type Identity, identityOf } from './data.ts'
import type { Plan, PlanDocument } from './plan.ts'

/** The name of a plan: SHA-256 over its canonical JSON. */
export function planDigest(plan: Plan): string {
  return digestOf(plan)
}

/** What the planner works on; `openRelease` keeps the policy it was asked under. */
export type Planned = Identity & {
  coming: string
  planDigest: string | null
  openRelease: {
    id: string
    state: string
    policyDigest: string
    planDigest: string
    /** The deployment that it brings back, if it is a rollback. */
    rollbackTo: string | null
  } | null
}

/**
 * Takes the next protected application that needs a look: changed since its last plan, or not looked at for
 * `recheckAfterMs`. Two workers never take the same one; one that dies leaves it to the next re-check.
 */
export async function claimApplication(db: Db, recheckAfterMs: number): Promise<Planned | null> {
  const rows = await db.$queryRaw<{ id: string }[]>`
    UPDATE catalog.application SET plan_checked_at = now()
    WHERE id = (SELECT id FROM catalog.application
                WHERE protected AND gone_at IS NULL
                  AND (plan_checked_at IS NULL OR plan_checked_at < now() - ${recheckAfterMs} * interval '1 millisecond')
                ORDER BY plan_checked_at NULLS FIRST LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED)
    RETURNING id`
  const id = rows[0]?.id
  if (!id) return null
  const row = await db.application.findUniqueOrThrow({ where: { id } })
  const openRelease = await db.release.findFirst({
    where: { applicationId: id, finishedAt: null },
    select: { id: true, state: true, policyDigest: true, planDigest: true, rollbackTo: true },
  })
  return { ...identityOf(row), coming: row.coming, planDigest: row.planDigest, openRelease }
}

/** Stores a plan, its document and its entry in the log; its digest. Idempotent. */
export async function storePlan(
  tx: Tx,
  application: Planned,
  worker: string,
  plan: Plan,
  document: PlanDocument,
  authors: PlanAuthors | null,
): Promise<string> {
  const body = canonicalBytes(plan)
  const digest = sha256(body)
  const known = await tx.plan.findUnique({ where: { digest }, select: { digest: true } })
  if (!known) {
    const seen = canonicalBytes(document)
    const eventId = await record(tx, {
      type: 'plan.created',
      actor: { kind: 'worker', name: worker },
      subject: {
        application: application.id,
        service: application.service,
        environment: application.environment,
        plan: digest,
      },
      data: {
        plan: digest,
        revisions: plan.revisions,
        manifests: plan.manifests.digest,
        document: sha256(seen),
      },
    })
    await tx.$executeRaw`
      INSERT INTO rel.plan (digest, body, application_id, document, document_digest, event_id)
      VALUES (${digest}, ${body}, ${application.id}, ${seen}, ${sha256(seen)}, ${eventId}) ON CONFLICT DO NOTHING`
  }
  if (authors) await saveAuthors(tx, application, worker, digest, authors)
  return digest
}

/** Stores a plan and makes it the plan of its application. */
export async function savePlan(
  db: Db,
  application: Planned,
  worker: string,
  plan: Plan,
  document: PlanDocument,
  authors: PlanAuthors | null,
): Promise<string> {
  return inTransaction(db, async (tx) => {
    const digest = await storePlan(tx, application, worker, plan, document, authors)
    await setPlan(tx, application.id, {
      digest,
      version: document.version.to,
      commits: document.commits.incomplete ? null : document.commits.commits.length,
    })
    await notify(tx, { application: application.id, log: true })
    return digest
  })
}

/** Another round when Git says something else than it did: it was away, or a merge was recorded since. */
async function saveAuthors(
  tx: Tx,
  application: Planned,
  worker: string,
  plan: string,
  { people, incomplete }: PlanAuthors,
): Promise<void> {
  const last = await tx.planAuthors.findFirst({ where: { planDigest: plan }, orderBy: { round: 'desc' } })
  const authors = digestOf({ people, incomplete })
  if (last && digestOf({ people: last.people, incomplete: last.incomplete }) === authors) return
  const { id, service, environment } = application
  const eventId = await record(tx, {
    type: 'plan.authors',
    actor: { kind: 'worker', name: worker },
    subject: { application: id, service, environment, plan },
    data: { plan, people: people.length, authors, incomplete },
  })
  await tx.$executeRaw`
    INSERT INTO rel.plan_authors (plan_digest, round, people, incomplete, event_id)
    VALUES (${plan}, ${(last?.round ?? 0) + 1}, ${JSON.stringify(people)}::jsonb, ${incomplete}, ${eventId})`
}

/** There is nothing to release here, or no plan can be made now: `problem` says why. */
export async function clearPlan(db: Db, application: Planned, problem: string | null): Promise<void> {
  await inTransaction(db, async (tx) => {
    const changed = await tx.$executeRaw`
      UPDATE catalog.application
      SET plan_digest = NULL, plan_commits = NULL, desired_version = NULL, plan_problem = ${problem}
      WHERE id = ${application.id} AND (plan_digest IS NOT NULL OR plan_problem IS DISTINCT FROM ${problem})`
    if (changed > 0) await notify(tx, { application: application.id })
  })
}

/** No plan could be made: the one that stands keeps standing beside the reason, and is checked again soon. */
export async function notePlanProblem(
  db: Db,
  application: Planned,
  problem: string,
  retryAfterMs: number,
  recheckAfterMs: number,
): Promise<void> {
  await inTransaction(db, async (tx) => {
    await tx.$executeRaw`
      UPDATE catalog.application SET plan_problem = ${problem},
        plan_checked_at = now() + (${retryAfterMs - recheckAfterMs}) * interval '1 millisecond'
      WHERE id = ${application.id}`
    await notify(tx, { application: application.id })
  })
}

/** What Argo CD says now of a manual sync; null when it did not say. */
export async function noteWindows(db: Db, application: Planned, canSync: boolean | null): Promise<void> {
  await inTransaction(db, async (tx) => {
    const changed = await tx.$executeRaw`
      UPDATE catalog.application SET can_sync = ${canSync}
      WHERE id = ${application.id} AND can_sync IS DISTINCT FROM ${canSync}`
    await tx.$executeRaw`UPDATE catalog.application SET can_sync_at = now() WHERE id = ${application.id}`
    if (changed > 0) await notify(tx, { application: application.id })
  })
}

async function setPlan(
  tx: Tx,
  application: string,
  plan: { digest: string; version: string; commits: number | null },
): Promise<void> {
  await tx.application.update({
    where: { id: application },
    data: {
      planDigest: plan.digest,
      desiredVersion: plan.version,
      planCommits: plan.commits,
      planProblem: null,
    },
  })
}
