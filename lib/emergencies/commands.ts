import 'server-only'
import { can, type Viewer } from '#lib/access/policy.ts'
import { sha256Hex } from '#lib/audit/merkle.ts'
import { record } from '#lib/audit/record.ts'
import { checksNow, getPlan, readEvidence, withEvidence } from '#lib/plans/data.ts'
import { type Instant, plus } from '#lib/platform/clock.ts'
import { type Db, inTransaction, type Tx } from '#lib/platform/db.ts'
import { newId } from '#lib/platform/ids.ts'
import { notify } from '#lib/platform/notify.ts'
import { ok, type Result, refuse } from '#lib/platform/result.ts'
import { authorsOfPlan, isAuthor } from '#lib/policies/data.ts'
import { authorProblem } from '#lib/releases/author.ts'
import { personActor } from '#lib/releases/commands.ts'
import { lockRelease } from '#lib/releases/data.ts'
import { type PolicyPlace, type ReleasePolicy, requiredBy } from '#lib/releases/policy.ts'
import { subjectOf } from '#lib/releases/release.ts'
import { beginStepUp, type Challenge } from '#lib/step-ups/commands.ts'
import { getStepUp } from '#lib/step-ups/data.ts'
import { mayUse } from '#lib/step-ups/step-up.ts'
import { getEmergency, unsettledOf } from './data.ts'
import {
  type BreakGlassRefusal,
  checksUnderBreakGlass,
  mayBreakGlass,
  maySettle,
  type RetrospectiveRefusal,
} from './emergency.ts'
import type { BreakGlassInput, RetrospectiveInput } from './schema.ts'

/** How the configuration wants it: levels of sign-in that will do, and how long another person has. */
export type BreakGlassRules = { acr: readonly string[]; approvedWithinMs: number }

type PolicyFor = (where: PolicyPlace) => ReleasePolicy

/** The application under its lock, with all that decides whether its glass may be broken for `plan`. */
async function look(
  tx: Tx,
  { application: id, plan }: { application: string; plan: string },
  by: Viewer,
  policyFor: PolicyFor,
  now: Instant,
) {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${id}, 7))`
  const row = await tx.application.findUnique({ where: { id } })
  if (!row) return null
  const { project, service, environment } = row
  const where = { project, environment: environment ?? '', service: service ?? '' }
  const policy = policyFor(where)
  const stored = row.planDigest === plan ? await getPlan(tx, plan) : null
  const evidence = stored && (await readEvidence(tx, row, stored.document.environments ?? [], now))
  const current = stored && evidence && withEvidence(stored, evidence, checksUnderBreakGlass, now)
  const authors = policy.excludeAuthors ? await authorsOfPlan(tx, plan) : null
  const open = await tx.release.findFirst({
    where: { applicationId: id, finishedAt: null },
    select: { id: true },
  })
  const allowed = mayBreakGlass(
    {
      ...row,
      gone: row.goneAt !== null,
      seen: plan,
      checks: current?.document.checks ?? null,
      authors: authorProblem(policy, authors),
      openRelease: open?.id ?? null,
      unsettled: await unsettledOf(tx, by.personId),
    },
    by,
  )
  const subject = {
    application: id,
    plan,
    ...(service && environment ? { service, environment } : {}),
  }
  return { row, where, policy, plan: current, authors, allowed, subject }
}

/** Begins the step-up of a break-glass: only for those who may break this glass for exactly this plan now. */
export function askToBreakGlass(
  db: Db,
  challenge: Challenge,
  input: { application: string; plan: string },
  by: Viewer,
  now: Instant,
  policyFor: PolicyFor,
  { acr }: BreakGlassRules,
): Promise<Result<{ acr: readonly string[] }, BreakGlassRefusal>> {
  return inTransaction(db, async (tx) => {
    const seen = await look(tx, input, by, policyFor, now)
    if (!seen) return refuse({ code: 'no-such-application' })
    if (!seen.allowed.ok) return seen.allowed
    const about = { purpose: 'break-glass', release: null, ...input, acr, subject: seen.subject } as const
    await beginStepUp(tx, challenge, about, by)
    return ok({ acr })
  })
}

/**
 * Breaks the glass: a release of exactly `input.plan` that is approved at once, with what it rests on, in one
 * transaction. Dispatch does the rest as for every other. A refusal is recorded, then returned.
 */
export function breakGlass(
  db: Db,
  input: BreakGlassInput,
  by: Viewer,
  now: Instant,
  policyFor: PolicyFor,
  rules: BreakGlassRules,
): Promise<Result<{ id: string; dueAt: Instant }, BreakGlassRefusal>> {
  return inTransaction(db, async (tx) => {
    const seen = await look(tx, input, by, policyFor, now)
    if (!seen) return refuse({ code: 'no-such-application' })
    const { row, where, policy, plan, authors } = seen
    const { plan: digest, application, reason, incident } = input
    const actor = personActor(by)
    const refused = async (refusal: BreakGlassRefusal) => {
      const data = { plan: digest, refusal: refusal.code }
      await record(tx, { type: 'release.break-glass-refused', actor, subject: seen.subject, data })
      return refuse(refusal)
    }
    if (!seen.allowed.ok) return refused(seen.allowed.refusal)
    if (!plan) throw new Error('mayBreakGlass let through what it must refuse')
    if (input.name !== row.name) return refused({ code: 'name-differs' })
    const use = {
      purpose: 'break-glass',
      release: null,
      application,
      plan: digest,
      account: by.accountId,
    } as const
    const asked = { acr: [...rules.acr], maxAgeMs: 300_000 }
    const confirmed = mayUse(await getStepUp(tx, input.stepUp), use, asked, now)
    if (!confirmed.ok) return refused(confirmed.refusal)

    const id = newId('release')
    const subject = subjectOf({ id, planDigest: digest, application: { ...where, id: application } })
    const head = { actor, subject }
    const notAfter = plus(now, policy.expiresAfterMs)
    const dueAt = plus(now, rules.approvedWithinMs)
    const { required, raised } = requiredBy(policy, {
      unknownAuthors: authors?.some(({ known }) => !known) ?? false,
      diff: plan.document.diff,
    })
    const checks = plan.document.checks.map(({ id, result, blocks }) => ({ id, result, blocks }))
    const requested = await record(tx, {
      ...head,
      type: 'release.requested',
      data: {
        ...{ plan: digest, revisions: plan.plan.revisions, reason, ticket: incident },
        ...{ requiredApprovals: required, raised, policy: policy.digest, checks, notAfter },
      },
    })
    await tx.$executeRaw`
      INSERT INTO rel.release (id, application_id, plan_digest, requester_account, requester_person, reason, ticket,
                               required_approvals, raised, policy, policy_digest, not_after, event_id)
      VALUES (${id}, ${application}, ${digest}, ${by.accountId}, ${by.personId}, ${reason}, ${incident},
              ${required}, ${raised}, ${JSON.stringify(policy)}::jsonb, ${policy.digest}, ${notAfter}::timestamptz, ${requested})`
    const broken = await record(tx, {
      ...head,
      type: 'release.break-glass',
      data: { plan: digest, reason, incident, dueAt, stepUp: input.stepUp },
    })
    await tx.$executeRaw`
      INSERT INTO rel.break_glass (release_id, application_id, plan_digest, account_id, person_id, typed_name, incident,
                                   step_up_id, due_at, event_id)
      VALUES (${id}, ${application}, ${digest}, ${by.accountId}, ${by.personId}, ${input.name}, ${incident},
              ${input.stepUp}, ${dueAt}::timestamptz, ${broken})`
    const eventId = await record(tx, {
      ...head,
      type: 'release.approved',
      data: { plan: digest, approvals: [], breakGlass: true },
    })
    await tx.release.update({ where: { id }, data: { state: 'approved', approvedAt: now, eventId } })
    // Every page draws its ribbon anew (`*` is any instance).
    await notify(tx, { release: id, application, instance: '*', log: true })
    return ok({ id, dueAt })
  })
}

/** Another person approves a break-glass release afterwards, or objects. A refusal is recorded too, then returned. */
export function decideAfterwards(
  db: Db,
  id: string,
  input: RetrospectiveInput,
  by: Viewer,
  now: Instant,
): Promise<
  Result<
    { kind: 'approve' | 'object' },
    RetrospectiveRefusal | { code: 'no-such-release' } | { code: 'digest-moved' }
  >
> {
  return inTransaction(db, async (tx) => {
    const release = await lockRelease(tx, id)
    const emergency = release && (await getEmergency(tx, 'all', id))
    if (!release || !emergency || !can(by, 'read', release.application))
      return refuse({ code: 'no-such-release' })
    const { kind, plan, reason } = input
    const head = { actor: personActor(by), subject: subjectOf(release) }
    const ruled = maySettle(emergency, release, by, kind)
    // A former address of theirs stands in Git: only Postgres knows those.
    const wrote = ruled.ok && kind === 'approve' && (await isAuthor(tx, id, by.personId))
    const judged = wrote
      ? refuse({ code: 'author' as const })
      : ruled.ok && plan !== release.planDigest
        ? refuse({ code: 'digest-moved' as const })
        : ruled
    if (!judged.ok) {
      const data = { plan, kind, refusal: judged.refusal.code }
      await record(tx, { ...head, type: 'release.retrospective-refused', data })
      return judged
    }
    const checks = await checksNow(tx, release.planDigest, release.policy?.checks, now)
    const answers = checks.map(({ id, result, blocks }) => ({ id, result, blocks }))
    const data = { plan, kind, groups: by.groups, checks: answers, ...(reason && { reason }) }
    const event = await record(tx, { ...head, type: 'release.retrospective', data })
    const { account, person } = release.requester
    await tx.$executeRaw`
      INSERT INTO rel.retrospective (release_id, plan_digest, requester_account, requester_person, account_id, person_id, kind, reason, event_id)
      VALUES (${id}, ${plan}, ${account}, ${person}, ${by.accountId}, ${by.personId}, ${kind}, ${reason ?? null}, ${event})`
    await notify(tx, { release: id, application: release.application.id, instance: '*', log: true })
    return ok({ kind })
  })
}

/** Who took the register away, as an entry of the log. */
export function recordEmergenciesExport(
  db: Db,
  of: {
    by: Viewer
    filter: Record<string, string | undefined>
    rows: number
    cut: boolean
    text: string
    request: string
  },
): Promise<string> {
  const kept = Object.entries(of.filter).flatMap(([name, value]) => (value ? [[name, value]] : []))
  const file = sha256Hex(Buffer.from(of.text))
  const data = {
    filter: Object.fromEntries(kept),
    rows: of.rows,
    ...(of.cut && { cut: true as const }),
    file,
  }
  const { by, request } = of
  return inTransaction(db, (tx) =>
    record(tx, { type: 'emergencies.exported', actor: personActor(by), subject: {}, request, data }),
  )
}
