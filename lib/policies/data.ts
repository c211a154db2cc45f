import 'server-only'
import { readEvidence, type StoredPlan, withEvidence } from '#lib/plans/data.ts'
import { blockers } from '#lib/plans/plan.ts'
import type { Instant } from '#lib/platform/clock.ts'
import type { Db, Tx } from '#lib/platform/db.ts'
import type { ReleaseAuthor } from '#lib/releases/author.ts'
import { isPolicy, type ReleasePolicy, requiredBy } from '#lib/releases/policy.ts'

/** Who is behind a plan by what is known now, as a request would freeze it; null when Git has not been asked. */
export async function authorsOfPlan(db: Db | Tx, plan: string): Promise<ReleaseAuthor[] | null> {
  const looked = await db.planAuthors.findFirst({ where: { planDigest: plan }, select: { round: true } })
  if (!looked) return null
  return db.$queryRaw<ReleaseAuthor[]>`
    SELECT role, name, address, revision, person_id AS person, known FROM rel.authors_of_plan(${plan})`
}

/** Whether this person wrote a part of a release, under any address they ever had. */
export async function isAuthor(tx: Tx, release: string, person: string): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ wrote: boolean }[]>`SELECT rel.is_author(${release}, ${person}) AS wrote`
  return row?.wrote ?? false
}

/**
 * Why the policy that a release was requested under holds it back now: what moves is asked again, and what the web wrote
 * at the request is not believed. `wait` may pass by itself. Null: nothing does.
 */
export async function heldBack(
  db: Db | Tx,
  id: string,
  plan: StoredPlan,
  now: Instant,
): Promise<{ kind: 'wait' | 'stop'; why: string } | null> {
  const row = await db.release.findUniqueOrThrow({
    where: { id },
    select: { policy: true, policyDigest: true, requiredApprovals: true, applicationId: true },
  })
  const stored = row.policy as Partial<ReleasePolicy>
  if (!isPolicy(stored) || stored.digest !== row.policyDigest)
    return {
      kind: 'stop',
      why: 'Nothing was sent: the policy kept with it is not the one it was requested under.',
    }
  const unknown = await db.releaseAuthor.count({ where: { releaseId: id, known: false } })
  const found = { unknownAuthors: unknown > 0, diff: plan.document.diff }
  if (requiredBy(stored, found).required > row.requiredApprovals)
    return {
      kind: 'stop',
      why: 'Nothing was sent: it was requested with fewer approvals than its policy asks for.',
    }
  const application = await db.application.findUniqueOrThrow({ where: { id: row.applicationId } })
  const evidence = await readEvidence(db, application, plan.document.environments ?? [], now)
  const gates = withEvidence(plan, evidence, stored.checks, now).document.checks.filter(
    ({ id }) => id === 'plan-age' || id === 'findings' || stored.checks.mustPass.includes(id),
  )
  const [first] = blockers(gates)
  if (!first) return null
  // Another environment may recover and a freeze ends; a plan only grows older, and what it holds stays.
  return first.id === 'order' || first.id === 'freeze'
    ? { kind: 'wait', why: `${first.title}: ${first.detail}` }
    : { kind: 'stop', why: `Nothing was sent: ${first.title}: ${first.detail}.` }
}
