import 'server-only'
import { can, type Viewer } from '#lib/access/policy.ts'
import { record } from '#lib/audit/record.ts'
import { jobEntry, releaseOfJob, saveJob } from '#lib/gates/data.ts'
import { checksNow, getPlan, readEvidence, withEvidence } from '#lib/plans/data.ts'
import type { Check } from '#lib/plans/plan.ts'
import { type Instant, instant, plus } from '#lib/platform/clock.ts'
import { type Db, inTransaction, type Tx } from '#lib/platform/db.ts'
import { newId } from '#lib/platform/ids.ts'
import { notify } from '#lib/platform/notify.ts'
import { ok, type Result, refuse } from '#lib/platform/result.ts'
import { authorsOfPlan, isAuthor } from '#lib/policies/data.ts'
import { isReleaseOf, offeredPlan } from '#lib/rollbacks/data.ts'
import { rollbackColumns } from '#lib/rollbacks/rollback.ts'
import { goUnderStandardChange } from '#lib/standard-changes/commands.ts'
import { getStepUp } from '#lib/step-ups/data.ts'
import { authorProblem } from './author.ts'
import { lockRelease, staleBefore } from './data.ts'
import { mayExtend } from './extension.ts'
import { type PolicyPlace, type ReleasePolicy, requiredBy } from './policy.ts'
import { decide, mayRevoke, mayWithdraw, type Refusal, subjectOf } from './release.ts'
import { mayRequest, type RequestRefusal } from './request.ts'
import type { DecisionInput, ExtensionInput, RequestInput } from './schema.ts'

/** A person as the actor of an entry of the log. */
export const personActor = (by: Viewer) =>
  ({ kind: 'person', person: by.personId, account: by.accountId }) as const

/** The answers of checks as the log keeps them. */
const answers = (checks: readonly Check[]) => checks.map(({ id, result, blocks }) => ({ id, result, blocks }))

/** Locks the application, so that two requests for it come one after the other. */
async function lockApplication(tx: Tx, id: string) {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${id}, 7))`
  return tx.application.findUnique({ where: { id } })
}

/**
 * Asks for a release of exactly `input.plan`. The policy of this moment is frozen into it.
 * `policyFor` is handed in because it comes from the configuration of the process. A refusal is recorded, then returned.
 */
export function requestRelease(
  db: Db,
  input: RequestInput,
  by: Viewer,
  now: Instant,
  policyFor: (application: PolicyPlace) => ReleasePolicy,
): Promise<Result<{ id: string }, RequestRefusal>> {
  return inTransaction(db, (tx) => requestIn(tx, input, by, now, policyFor))
}

/** The same as a part of a larger act. */
export async function requestIn(
  tx: Tx,
  input: RequestInput,
  by: Viewer,
  now: Instant,
  policyFor: (application: PolicyPlace) => ReleasePolicy,
): Promise<Result<{ id: string }, RequestRefusal>> {
  const application = await lockApplication(tx, input.application)
  if (!application) return refuse({ code: 'no-such-application' })
  const { project, environment, service } = application
  const where = { project, environment: environment ?? '', service: service ?? '' }
  const offered = await offeredPlan(tx, application, input.rollback?.to)
  const policy = policyFor({ ...where, back: offered.proven })
  const stored = offered.digest === input.plan ? await getPlan(tx, input.plan) : null
  const evidence = stored && (await readEvidence(tx, application, stored.document.environments ?? [], now))
  const plan = stored && evidence && withEvidence(stored, evidence, policy.checks, now)
  const authors = policy.excludeAuthors ? await authorsOfPlan(tx, input.plan) : null
  const open = await tx.release.findFirst({
    where: { applicationId: application.id, finishedAt: null },
    select: { id: true },
  })
  const allowed = mayRequest(
    {
      ...application,
      ...{ planDigest: offered.digest, rollback: input.rollback !== undefined },
      gone: application.goneAt !== null,
      seen: input.plan,
      checks: plan?.document.checks ?? null,
      openRelease: open?.id ?? null,
      authors: authorProblem(policy, authors),
    },
    by,
  )
  const refused = async (refusal: RequestRefusal) => {
    const subject = {
      application: application.id,
      plan: input.plan,
      ...(service && environment ? { service, environment } : {}),
    }
    const data = { plan: input.plan, refusal: refusal.code }
    await record(tx, { type: 'release.request-refused', actor: personActor(by), subject, data })
    return refuse(refusal)
  }
  if (!allowed.ok) return refused(allowed.refusal)
  if (!plan || !service || !environment) throw new Error('mayRequest let through what it must refuse')
  if (policy.ticket === 'required' && !input.ticket) return refused({ code: 'ticket-required' })

  const job = by.pipeline?.job
  const asked = job && (await releaseOfJob(tx, job))
  if (asked) return refused({ code: 'job-has-asked', release: asked })

  const id = newId('release')
  const release = {
    id,
    planDigest: input.plan,
    application: { ...where, id: application.id, name: application.name },
  }
  const back = input.rollback && rollbackColumns(input.rollback)
  if (back?.harm && !(await isReleaseOf(tx, back.harm, application.id)))
    return refused({ code: 'no-such-harm' })
  const notAfter = plus(now, policy.expiresAfterMs)
  const supersedes = back ? null : await staleBefore(tx, application.id)
  const { required, raised } = requiredBy(policy, {
    unknownAuthors: authors?.some(({ known }) => !known) ?? false,
    diff: plan.document.diff,
  })
  const eventId = await record(tx, {
    type: 'release.requested',
    actor: personActor(by),
    subject: subjectOf(release),
    data: {
      plan: input.plan,
      revisions: plan.plan.revisions,
      reason: input.reason,
      ticket: input.ticket,
      requiredApprovals: required,
      raised,
      supersedes: supersedes?.id,
      policy: policy.digest,
      rollback: input.rollback,
      checks: answers(plan.document.checks),
      notAfter,
      pipeline: job && jobEntry(job),
    },
  })
  await tx.$executeRaw`
    INSERT INTO rel.release (id, application_id, plan_digest, requester_account, requester_person, reason, ticket,
                             required_approvals, raised, supersedes, policy, policy_digest, not_after, event_id,
                             rollback_to, occasion, occasion_ref, harm_release)
    VALUES (${id}, ${application.id}, ${input.plan}, ${by.accountId}, ${by.personId}, ${input.reason}, ${input.ticket ?? null},
            ${required}, ${raised}, ${supersedes?.id ?? null}, ${JSON.stringify(policy)}::jsonb, ${policy.digest},
            ${notAfter}::timestamptz, ${eventId}, ${back?.to ?? null}, ${back?.kind ?? null}, ${back?.name ?? null},
            ${back?.harm ?? null})`
  if (job) await saveJob(tx, id, job)
  if (input.standardChange)
    await goUnderStandardChange(
      tx,
      input.standardChange,
      { ...release, checks: plan.document.checks },
      by,
      now,
    )
  await notify(tx, { release: id, application: application.id, log: true })
  return ok({ id })
}

/**
 * One person's approval or rejection: lock, decide, save, record, in one transaction. A refusal is recorded too, then
 * returned. Quorum moves the release to `approved`; the worker hears of it by NOTIFY and by looking.
 */
export function decideRelease(
  db: Db,
  id: string,
  input: DecisionInput,
  by: Viewer,
  now: Instant,
): Promise<Result<{ state: string; approvals: number }, Refusal | { code: 'no-such-release' }>> {
  return inTransaction(db, (tx) => decideIn(tx, id, input, by, now))
}

/** The same as a part of a larger act. */
export async function decideIn(
  tx: Tx,
  id: string,
  input: DecisionInput,
  by: Viewer,
  now: Instant,
): Promise<Result<{ state: string; approvals: number }, Refusal | { code: 'no-such-release' }>> {
  const release = await lockRelease(tx, id)
  if (!release || !can(by, 'read', release.application)) return refuse({ code: 'no-such-release' })
  const head = { actor: personActor(by), subject: subjectOf(release) }
  const stepUp = input.kind === 'approve' && input.stepUp ? await getStepUp(tx, input.stepUp) : null
  const ruled = decide(release, by, { kind: input.kind, digest: input.plan, stepUp }, now)
  // A former address of theirs stands in Git: only Postgres knows those.
  const decided =
    ruled.ok && input.kind === 'approve' && (await isAuthor(tx, id, by.personId))
      ? refuse({ code: 'author' as const, role: 'author' as const, revision: null })
      : ruled
  if (!decided.ok) {
    const data = { decision: input.kind, plan: input.plan, refusal: decided.refusal.code }
    await record(tx, { ...head, type: 'release.decision-refused', data })
    return decided
  }
  const decisionId = newId('decision')
  // What machines said at this moment stands in the log beside what the person said.
  const checks = answers(await checksNow(tx, release.planDigest, release.policy?.checks, now))
  const rests = release.policy?.stepUp && stepUp ? stepUp.id : undefined
  const { comment } = input
  // Told by a browser, whose clock may run ahead: nobody has read anything in the future.
  const acknowledged = input.acknowledged?.map(({ plan, at }) => ({
    plan,
    at: at > now ? now : instant(at),
  }))
  const said = { decision: input.kind, plan: input.plan, comment, acknowledged }
  const data = { ...said, groups: by.groups, checks, stepUp: rests }
  const eventId = await record(tx, { ...head, type: 'release.decided', data })
  await tx.$executeRaw`
    INSERT INTO rel.decision (id, release_id, plan_digest, requester_account, requester_person, account_id, person_id, kind, comment, step_up_id, event_id)
    VALUES (${decisionId}, ${id}, ${input.plan}, ${release.requester.account}, ${release.requester.person},
            ${by.accountId}, ${by.personId}, ${input.kind}, ${comment ?? null}, ${rests ?? null}, ${eventId})`
  if (decided.value.state === 'approved') {
    const people = [...release.decisions.map((d) => d.person), by.personId]
    const data = { plan: input.plan, approvals: people.map((person) => ({ person })) }
    const moved = await record(tx, { ...head, type: 'release.approved', data })
    await tx.release.update({ where: { id }, data: { state: 'approved', approvedAt: now, eventId: moved } })
  } else if (decided.value.state === 'rejected') {
    const moved = await record(tx, {
      ...head,
      type: 'release.rejected',
      data: { plan: input.plan, reason: input.comment },
    })
    await tx.release.update({
      where: { id },
      data: { state: 'rejected', finishedAt: now, ending: `${by.name} rejected it.`, eventId: moved },
    })
  }
  await notify(tx, { release: id, application: release.application.id, log: true })
  return decided
}

/**
 * More time, by an approver who approves the same digest anew: a row beside the frozen end. Serialised with the intent by
 * the row lock. A refusal is recorded, then returned.
 */
export function extendRelease(
  db: Db,
  id: string,
  input: ExtensionInput,
  by: Viewer,
  now: Instant,
): Promise<Result<{ notAfter: Instant }, Refusal | { code: 'no-such-release' }>> {
  return inTransaction(db, async (tx) => {
    const release = await lockRelease(tx, id)
    if (!release || !can(by, 'read', release.application)) return refuse({ code: 'no-such-release' })
    const head = { actor: personActor(by), subject: subjectOf(release) }
    const refused = async (refusal: Refusal) => {
      const data = { plan: input.plan, refusal: refusal.code }
      await record(tx, { ...head, type: 'release.extension-refused', data })
      return refuse(refusal)
    }
    const current = release.planDigest
    if (input.plan !== current) return refused({ code: 'digest-moved', seen: input.plan, current })
    const allowed = mayExtend(release, by, now)
    if (!allowed.ok) return refused(allowed.refusal)
    if (await isAuthor(tx, id, by.personId))
      return refused({ code: 'author', role: 'author', revision: null })
    const notAfter = allowed.value
    const { comment } = input
    const eventId = await record(tx, {
      ...head,
      type: 'release.extended',
      data: { plan: input.plan, notAfter, comment },
    })
    const { account, person } = release.requester
    await tx.$executeRaw`
      INSERT INTO rel.extension (id, release_id, plan_digest, requester_account, requester_person, account_id, person_id,
                                 not_after, comment, event_id)
      VALUES (${newId('extension')}, ${id}, ${input.plan}, ${account}, ${person}, ${by.accountId}, ${by.personId},
              ${notAfter}::timestamptz, ${comment ?? null}, ${eventId})`
    await notify(tx, { release: id, application: release.application.id, log: true })
    return ok({ notAfter })
  })
}

/** The requester takes the request back; possible until the worker has written the intent. */
export function withdrawRelease(
  db: Db,
  id: string,
  by: Viewer,
  now: Instant,
): Promise<Result<{ state: 'withdrawn' }, Refusal | { code: 'no-such-release' }>> {
  return inTransaction(db, async (tx) => {
    const release = await lockRelease(tx, id)
    if (!release || !can(by, 'read', release.application)) return refuse({ code: 'no-such-release' })
    const allowed = mayWithdraw(release, by)
    if (!allowed.ok) return allowed
    const eventId = await record(tx, {
      type: 'release.withdrawn',
      actor: personActor(by),
      subject: subjectOf(release),
      data: {},
    })
    await tx.release.update({
      where: { id },
      data: { state: 'withdrawn', finishedAt: now, ending: `${by.name} withdrew it.`, eventId },
    })
    await notify(tx, { release: id, application: release.application.id, log: true })
    return ok({ state: 'withdrawn' as const })
  })
}

/**
 * Somebody who approved takes that back; possible until the worker has written the intent. The release ends with it and
 * keeps its decisions. A refusal is recorded, then returned.
 */
export function revokeRelease(
  db: Db,
  id: string,
  reason: string,
  by: Viewer,
  now: Instant,
): Promise<Result<{ state: 'revoked' }, Refusal | { code: 'no-such-release' }>> {
  return inTransaction(db, async (tx) => {
    const release = await lockRelease(tx, id)
    if (!release || !can(by, 'read', release.application)) return refuse({ code: 'no-such-release' })
    const head = { actor: personActor(by), subject: subjectOf(release) }
    const allowed = mayRevoke(release, by)
    if (!allowed.ok) {
      await record(tx, { ...head, type: 'release.revoke-refused', data: { refusal: allowed.refusal.code } })
      return allowed
    }
    const eventId = await record(tx, { ...head, type: 'release.revoked', data: { reason } })
    await tx.release.update({
      where: { id },
      data: {
        state: 'revoked',
        finishedAt: now,
        ending: `${by.name} took the approval back: ${reason}`,
        eventId,
      },
    })
    await notify(tx, { release: id, application: release.application.id, log: true })
    return ok({ state: 'revoked' as const })
  })
}
