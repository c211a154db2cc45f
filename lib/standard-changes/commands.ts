import 'server-only'
import { can, type Viewer } from '#lib/access/policy.ts'
import { record } from '#lib/audit/record.ts'
import type { Check } from '#lib/plans/plan.ts'
import { type Instant, plus } from '#lib/platform/clock.ts'
import { type Db, inTransaction, type Tx } from '#lib/platform/db.ts'
import { newId } from '#lib/platform/ids.ts'
import { notify } from '#lib/platform/notify.ts'
import { ok, type Result, refuse } from '#lib/platform/result.ts'
import { subjectOf } from '#lib/releases/release.ts'
import { getStandardChange } from './data.ts'
import type { ProposalInput, SignatureInput } from './schema.ts'
import {
  limitProblem,
  limitsDigest,
  mayPropose,
  maySign,
  mayStop,
  type StandardChangeRefusal,
  signersNeeded,
} from './standard-change.ts'

type Outcome<T> = Promise<Result<T, StandardChangeRefusal>>

const actorOf = (by: Viewer) => ({ kind: 'person', person: by.personId, account: by.accountId }) as const
const tell = (tx: Tx) => notify(tx, { policy: true, instance: '*', log: true })

async function refused(tx: Tx, by: Viewer, refusal: StandardChangeRefusal, id?: string) {
  const data = { refusal: refusal.code, ...(id && { standardChange: id }) }
  await record(tx, { type: 'standard-change.refused', actor: actorOf(by), subject: {}, data })
  return refuse(refusal)
}

/** Proposes a standard change, which two other people have to sign. A refusal is recorded, then returned. */
export function proposeStandardChange(
  db: Db,
  { days, reason, ...place }: ProposalInput,
  by: Viewer,
  now: Instant,
): Outcome<{ id: string }> {
  return inTransaction(db, async (tx) => {
    const allowed = mayPropose(place, by)
    if (!allowed.ok) return refused(tx, by, allowed.refusal)
    const [found] = await tx.$queryRaw<{ place: boolean; zone: boolean }[]>`
      SELECT EXISTS (SELECT FROM catalog.application WHERE project = ${place.project} AND service = ${place.service}
          AND environment = ${place.environment} AND protected AND gone_at IS NULL) AS place,
        EXISTS (SELECT FROM pg_timezone_names WHERE name = ${place.timeZone}) AS zone`
    if (!found?.place) return refused(tx, by, { code: 'no-such-service' })
    if (!found.zone) return refused(tx, by, { code: 'no-such-time-zone' })
    const id = newId('standardChange')
    const limits = { ...place, expiresAt: plus(now, days * 86_400_000) }
    const data = { standardChange: id, digest: limitsDigest(limits), ...limits, reason }
    const event = await record(tx, {
      type: 'standard-change.proposed',
      actor: actorOf(by),
      subject: { service: place.service, environment: place.environment },
      data,
    })
    await tx.$executeRaw`
      INSERT INTO rel.standard_change (id, project, service, environment, per_day, time_zone, expires_at, reason, account_id, person_id, event_id)
      VALUES (${id}, ${place.project}, ${place.service}, ${place.environment}, ${place.perDay}, ${place.timeZone},
              ${limits.expiresAt}::timestamptz, ${reason}, ${by.accountId}, ${by.personId}, ${event})`
    await tell(tx)
    return ok({ id })
  })
}

async function look(tx: Tx, id: string, by: Viewer) {
  await tx.$executeRaw`SELECT rel.lock_standard_change(${id})`
  const given = await getStandardChange(tx, id)
  return given && can(by, 'read', { project: given.project }) ? given : undefined
}

/** One person's word on a standard change; the second that signs puts it in force. A refusal is recorded, then returned. */
export function signStandardChange(
  db: Db,
  id: string,
  { kind, digest, reason }: SignatureInput,
  by: Viewer,
): Outcome<{ state: 'open' | 'in-force' | 'rejected' }> {
  return inTransaction(db, async (tx) => {
    const given = await look(tx, id, by)
    if (!given) return refuse({ code: 'no-such-standard-change' })
    const allowed = maySign(given, by)
    if (!allowed.ok) return refused(tx, by, allowed.refusal, id)
    if (digest !== given.digest) return refused(tx, by, { code: 'digest-moved' }, id)
    const data = { standardChange: id, digest, decision: kind, reason }
    const { service, environment } = given
    const subject = { service, environment }
    const event = await record(tx, { type: 'standard-change.decided', actor: actorOf(by), subject, data })
    await tx.$executeRaw`
      INSERT INTO rel.standard_change_vote (standard_change_id, digest, proposer, person_id, account_id, kind, reason, event_id)
      VALUES (${id}, ${digest}, ${given.proposer.person}, ${by.personId}, ${by.accountId}, ${kind}, ${reason ?? null}, ${event})`
    await tell(tx)
    const signed = given.votes.length + 1 >= signersNeeded
    return ok({ state: kind === 'reject' ? 'rejected' : signed ? 'in-force' : 'open' })
  })
}

/** One person ends it at once; what went is not touched, what waits to be sent loses its approvals. */
export function stopStandardChange(
  db: Db,
  id: string,
  reason: string,
  by: Viewer,
): Outcome<{ state: 'stopped' }> {
  return inTransaction(db, async (tx) => {
    const given = await look(tx, id, by)
    if (!given) return refuse({ code: 'no-such-standard-change' })
    const allowed = mayStop(given, by)
    if (!allowed.ok) return refused(tx, by, allowed.refusal, id)
    const { service, environment, digest } = given
    const event = await record(tx, {
      type: 'standard-change.stopped',
      actor: actorOf(by),
      subject: { service, environment },
      data: { standardChange: id, digest, reason },
    })
    await tx.$executeRaw`
      INSERT INTO rel.standard_change_stop (standard_change_id, why, person_id, account_id, event_id)
      VALUES (${id}, ${reason}, ${by.personId}, ${by.accountId}, ${event})`
    await tell(tx)
    return ok({ state: 'stopped' })
  })
}

type Requested = Parameters<typeof subjectOf>[0] & { checks: readonly Check[] }

/**
 * Lets a release that was requested in this transaction go under a standard change: it is approved with it. Where a limit
 * is not met, the log says which, and the release waits for its approvals like any other. Postgres asks all of it again.
 */
export async function goUnderStandardChange(
  tx: Tx,
  id: string,
  release: Requested,
  by: Viewer,
  now: Instant,
) {
  const given = await look(tx, id, by)
  const head = { actor: actorOf(by), subject: subjectOf(release) }
  const plan = release.planDigest
  const [found] = await tx.$queryRaw<{ why: string | null }[]>`
    SELECT rel.beyond_standard_change(${id}, ${release.id}) AS why`
  const why = given ? (found?.why ?? limitProblem(given, release.checks)) : 'there is no such standard change'
  if (!given || why) {
    const data = { plan, standardChange: id, why: why ?? '' }
    await record(tx, { ...head, type: 'release.standard-change-refused', data })
    return
  }
  const signers = given.votes.map(({ person }) => person)
  const data = { plan, standardChange: id, digest: given.digest, signers }
  const used = await record(tx, { ...head, type: 'release.standard-change', data })
  await tx.$executeRaw`
    INSERT INTO rel.standard_change_use (release_id, standard_change_id, event_id) VALUES (${release.id}, ${id}, ${used})`
  const approvals = signers.map((person) => ({ person }))
  const eventId = await record(tx, {
    ...head,
    type: 'release.approved',
    data: { plan, approvals, standardChange: id },
  })
  await tx.release.update({
    where: { id: release.id },
    data: { state: 'approved', approvedAt: now, eventId },
  })
}
