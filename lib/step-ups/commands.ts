import 'server-only'
import { can, type Viewer } from '#lib/access/policy.ts'
import { record } from '#lib/audit/record.ts'
import { type Instant, instant } from '#lib/platform/clock.ts'
import { type Db, inTransaction, type Tx } from '#lib/platform/db.ts'
import { ok, type Result, refuse } from '#lib/platform/result.ts'
import { lockRelease } from '#lib/releases/data.ts'
import { mayApprove, type Refusal, subjectOf } from '#lib/releases/release.ts'
import { getStepUp } from './data.ts'
import type { KeptClaims } from './schema.ts'
import { mayAnswer, type StepUp, type StepUpProblem, type StepUpPurpose } from './step-up.ts'

/** What only the round itself knows: the id that the state names, and the hash of the nonce. */
export type Challenge = { id: string; nonceHash: string }

type About = {
  purpose: StepUpPurpose
  release: string | null
  application: string
  plan: string
  acr: readonly string[]
  subject: Parameters<typeof record>[1]['subject']
}

const actorOf = (by: { personId: string; accountId: string }) =>
  ({ kind: 'person', person: by.personId, account: by.accountId }) as const

/** Writes down that somebody is sent to the provider, and for what; within the transaction that judged they may. */
export async function beginStepUp(tx: Tx, { id, nonceHash }: Challenge, about: About, by: Viewer) {
  const { purpose, release, application, plan, acr, subject } = about
  const data = { stepUp: id, purpose, plan }
  const event = await record(tx, { type: 'step-up.asked', actor: actorOf(by), subject, data })
  await tx.$executeRaw`
    INSERT INTO rel.step_up (id, purpose, release_id, application_id, plan_digest, account_id, person_id, acr, nonce_hash, event_id)
    VALUES (${id}, ${purpose}, ${release}, ${application}, ${plan}, ${by.accountId}, ${by.personId}, ${[...acr]}, ${nonceHash}, ${event})`
}

export type AskRefusal = Refusal | { code: 'no-such-release' } | { code: 'step-up-not-asked' }

/** Begins the step-up of an approval: only for those who could approve exactly this plan now. */
export function askToApprove(
  db: Db,
  challenge: Challenge,
  { release: id, plan }: { release: string; plan: string },
  by: Viewer,
  now: Instant,
): Promise<Result<{ acr: readonly string[] }, AskRefusal>> {
  return inTransaction(db, async (tx) => {
    const release = await lockRelease(tx, id)
    if (!release || !can(by, 'read', release.application)) return refuse({ code: 'no-such-release' })
    const allowed = mayApprove(release, by, now)
    if (!allowed.ok) return allowed
    if (plan !== release.planDigest)
      return refuse({ code: 'digest-moved', seen: plan, current: release.planDigest })
    const wanted = release.policy?.stepUp
    if (!wanted) return refuse({ code: 'step-up-not-asked' })
    const application = release.application.id
    const about = { purpose: 'approve', release: id, application, plan, acr: wanted.acr } as const
    await beginStepUp(tx, challenge, { ...about, subject: subjectOf(release) }, by)
    return ok({ acr: wanted.acr })
  })
}

type Answer =
  | { kind: 'token'; claims: KeptClaims; idToken: string }
  | { kind: 'problem'; problem: StepUpProblem }

/**
 * Keeps what the provider answered, or writes down why it cannot stand. `account` is whose session the browser holds;
 * `idToken` is the SHA-256 of the token, in hex.
 */
export function answerStepUp(
  db: Db,
  stepUp: StepUp,
  account: { accountId: string; personId: string; issuer: string; subject: string },
  answer: Answer,
  now: Instant,
): Promise<Result<null, StepUpProblem>> {
  return inTransaction(db, async (tx) => {
    const { id, purpose, plan } = stepUp
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${id}, 8))`
    const current = (await getStepUp(tx, id)) ?? stepUp
    const { application, release } = stepUp
    const where = await tx.application.findUniqueOrThrow({
      where: { id: application },
      select: { service: true, environment: true },
    })
    const subject = {
      application,
      plan,
      ...(release && { release }),
      ...(where.service && { service: where.service }),
      ...(where.environment && { environment: where.environment }),
    }
    const head = { actor: actorOf(account), subject }
    const judged =
      answer.kind === 'problem'
        ? refuse(answer.problem)
        : mayAnswer(current, account, claimsOf(answer.claims), now)
    if (!judged.ok) {
      const data = { stepUp: id, purpose, plan, refusal: judged.refusal }
      await record(tx, { ...head, type: 'step-up.refused', data })
      return judged
    }
    if (answer.kind === 'problem') throw new Error('a problem cannot be judged well')
    const { claims, idToken } = answer
    const { authTime, acr, amr } = judged.value
    const event = await record(tx, {
      ...head,
      type: 'step-up.confirmed',
      data: { stepUp: id, purpose, plan, authTime, ...(acr !== null && { acr }), amr, idToken },
    })
    await tx.$executeRaw`
      INSERT INTO rel.step_up_proof (step_up_id, issuer, subject, nonce, auth_time, acr, amr, claims, id_token, event_id)
      VALUES (${id}, ${claims.iss}, ${claims.sub}, ${claims.nonce}, ${authTime}::timestamptz, ${acr}, ${amr},
              ${JSON.stringify(claims)}::jsonb, ${idToken}, ${event})`
    return ok(null)
  })
}

const claimsOf = ({ iss, sub, auth_time, acr, amr }: KeptClaims) => ({
  ...{ iss, sub, acr: acr ?? null, amr: amr ?? [] },
  authTime: instant(auth_time * 1000),
})
