import 'server-only'
import type { NewEvent } from '#lib/audit/event.ts'
import { record } from '#lib/audit/record.ts'
import { digestOf, sha256 } from '#lib/manifests/digest.ts'
import { isPaused } from '#lib/pauses/data.ts'
import { pausedMark } from '#lib/pauses/pause.ts'
import { type Instant, instant } from '#lib/platform/clock.ts'
import { type Db, inTransaction, type Tx } from '#lib/platform/db.ts'
import { newId, newSecret } from '#lib/platform/ids.ts'
import { notify } from '#lib/platform/notify.ts'
import { isOpen, type ReleaseState, subjectOf } from '#lib/releases/release.ts'
import type { Claimed, StoredIntent } from './data.ts'
import { sendingMax, type Timing, timing } from './dispatch.ts'

/** Thrown when another worker has taken the release over, or people ended it: what was about to be written is void. */
export class LeaseLost extends Error {}

/** Any number that other advisory locks do not use: claims come one after another, so that they can count. */
const claimKey = 4_855_443_348_260

/**
 * Takes one release that nobody holds: others to follow to their end first, then approved ones to send in the order of
 * their approval, unless a pause holds them back or as many as may be are on their way to the same Argo CD. The epoch
 * grows, so the former holder's writes are refused from here on. Null when there is nothing to do.
 */
export async function claimNext(
  db: Db,
  worker: string,
  { leaseMs }: Timing = timing,
): Promise<{ id: string; epoch: number } | null> {
  return inTransaction(db, async (tx) => {
    const waiting = await tx.$queryRaw<unknown[]>`
      SELECT 1 FROM rel.release WHERE state IN ('approved', 'dispatching', 'syncing', 'verifying')
      AND (lease_until IS NULL OR lease_until < now()) LIMIT 1`
    if (waiting.length === 0) return null
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(${claimKey})`
    const rows = await tx.$queryRaw<{ id: string; epoch: number }[]>`
      UPDATE rel.release SET epoch = epoch + 1, lease_owner = ${worker},
             lease_until = clock_timestamp() + ${leaseMs} * interval '1 millisecond'
      WHERE id = (
        SELECT r.id FROM rel.release r JOIN catalog.application a ON a.id = r.application_id
        WHERE r.state IN ('approved', 'dispatching', 'syncing', 'verifying')
          AND (r.lease_until IS NULL OR r.lease_until < clock_timestamp())
          AND (r.state <> 'approved' OR r.waiting_for IS DISTINCT FROM ${pausedMark}
               OR NOT EXISTS (SELECT FROM rel.holds(r.application_id)))
          AND (r.state <> 'approved' OR ${sendingMax} >
               (SELECT count(*) FROM rel.release o JOIN catalog.application b ON b.id = o.application_id
                WHERE b.instance = a.instance AND o.id <> r.id
                  AND (o.state IN ('dispatching', 'syncing')
                       OR o.state = 'approved' AND o.lease_owner IS NOT NULL AND o.lease_until > clock_timestamp())))
        ORDER BY r.state = 'approved', r.approved_at, r.id LIMIT 1 FOR NO KEY UPDATE OF r SKIP LOCKED)
      RETURNING id, epoch`
    return rows[0] ?? null
  })
}

/** Keeps the lease and tells the time of Postgres. Throws LeaseLost when it is no longer ours. */
export async function renewLease(
  db: Db,
  held: Pick<Claimed, 'id' | 'epoch'>,
  { leaseMs }: Timing = timing,
): Promise<Instant> {
  const rows = await db.$queryRaw<{ now: Date }[]>`
    UPDATE rel.release SET lease_until = now() + ${leaseMs} * interval '1 millisecond'
    WHERE id = ${held.id} AND epoch = ${held.epoch} AND lease_owner IS NOT NULL RETURNING now() AS now`
  if (!rows[0]) throw new LeaseLost(held.id)
  return instant(rows[0].now)
}

/** Says what the release waits for and lets go of it for `pauseMs`. The state, and with it the approval, stays. */
export async function waitFor(db: Db, held: Claimed, why: string, pauseMs: number): Promise<void> {
  await inTransaction(db, async (tx) => {
    const before = await lockHeld(tx, held)
    await tx.$executeRaw`
      UPDATE rel.release SET waiting_for = ${why}, lease_owner = NULL, lease_until = now() + ${pauseMs} * interval '1 millisecond'
      WHERE id = ${held.id}`
    if (before.waiting_for !== why) await notify(tx, { release: held.id, application: held.application.id })
  })
}

/**
 * Lets go of a release that a pause holds back, and says whether one does. An approved one is not claimed again before
 * that ends; one that may have been sent is looked at again each second.
 */
export async function waitWhilePaused(db: Db, held: Claimed): Promise<boolean> {
  if (!(await isPaused(db, held.application.id))) return false
  await waitFor(db, held, pausedMark, held.state === 'approved' ? 0 : 1_000)
  return true
}

/**
 * The same for everything approved that nobody holds on the same Argo CD: nobody needs to ask for each of them whether
 * it is back, and when it is they go in the order of their approval, because all their pauses end with this one's.
 */
export async function waitForArgo(db: Db, held: Claimed, why: string, pauseMs: number): Promise<void> {
  await waitFor(db, held, why, pauseMs)
  await inTransaction(db, async (tx) => {
    const all = await tx.$queryRaw<{ id: string; application_id: string; waiting_for: string | null }[]>`
      SELECT r.id, r.application_id, r.waiting_for FROM rel.release r JOIN catalog.application a ON a.id = r.application_id
      WHERE r.state = 'approved' AND a.instance = ${held.application.instance} AND r.lease_owner IS NULL
        AND r.waiting_for IS DISTINCT FROM ${pausedMark}
      ORDER BY r.id FOR NO KEY UPDATE OF r`
    await tx.$executeRaw`
      UPDATE rel.release SET waiting_for = ${why}, lease_until = clock_timestamp() + ${pauseMs} * interval '1 millisecond'
      WHERE id = ANY(${all.map(({ id }) => id)}) AND lease_owner IS NULL`
    for (const { id, application_id, waiting_for } of all)
      if (waiting_for !== why) await notify(tx, { release: id, application: application_id })
  })
}

/** Lets go, for another or for `pauseMs`: this worker ends, or could not go on. */
export async function letGo(db: Db, held: Pick<Claimed, 'id' | 'epoch'>, pauseMs = 0): Promise<void> {
  await db.$executeRaw`
    UPDATE rel.release SET lease_owner = NULL, lease_until = now() + ${pauseMs} * interval '1 millisecond'
    WHERE id = ${held.id} AND epoch = ${held.epoch} AND finished_at IS NULL`
}

async function lockHeld(tx: Tx, held: Pick<Claimed, 'id' | 'epoch' | 'state'>) {
  const rows = await tx.$queryRaw<{ state: ReleaseState; epoch: number; waiting_for: string | null }[]>`
    SELECT state, epoch, waiting_for FROM rel.release WHERE id = ${held.id} FOR NO KEY UPDATE`
  const row = rows[0]
  // The state moves without the epoch when a person withdraws or revokes what this worker was about to send.
  if (row?.epoch !== held.epoch || row.state !== held.state) throw new LeaseLost(held.id)
  return row
}

const about = ({ id, application, plan }: Claimed) => subjectOf({ id, application, planDigest: plan.digest })

const actorOf = (worker: string) => ({ kind: 'worker', name: worker }) as const
/** What Argo CD itself said is an entry of Argo CD's, by the name of its instance. */
const argo = (held: Claimed) => ({ kind: 'argocd', name: held.application.instance }) as const

type StateEvent = Extract<NewEvent, { type: `release.${ReleaseState}` }>
type Moves = { [T in StateEvent['type']]: Extract<StateEvent, { type: T }>['data'] }

/**
 * Moves a held release to `state` with its entry in the log, in one transaction. `ending` is the sentence people read
 * when it is over. Throws LeaseLost when another worker holds it, and whatever Postgres refuses.
 */
export async function moveTo<S extends Exclude<ReleaseState, 'requested'>>(
  db: Db,
  held: Claimed,
  worker: string,
  state: S,
  data: Moves[`release.${S}`],
  change: { now: Instant; ending?: string; waitingFor?: string; syncedAt?: Instant },
): Promise<void> {
  await inTransaction(db, async (tx) => {
    await lockHeld(tx, held)
    const event = {
      type: `release.${state}`,
      actor: actorOf(worker),
      subject: about(held),
      data,
    } as NewEvent
    const eventId = await record(tx, event)
    const over = !isOpen(state)
    await tx.release.update({
      where: { id: held.id },
      data: {
        state,
        eventId,
        waitingFor: change.waitingFor ?? null,
        ...(change.syncedAt ? { syncedAt: change.syncedAt } : {}),
        ...(change.ending ? { ending: change.ending } : {}),
        ...(over ? { finishedAt: change.now, leaseOwner: null, leaseUntil: null } : {}),
      },
    })
    // What runs here has changed, or will not: the plan needs another look.
    if (over)
      await tx.application.update({ where: { id: held.application.id }, data: { planCheckedAt: null } })
    await notify(tx, { release: held.id, application: held.application.id, log: true })
  })
}

/** Nobody can tell what happened, and why: two people have to look (lib/closings). */
export function handToPeople(
  db: Db,
  held: Claimed,
  worker: string,
  why: string,
  now: Instant,
): Promise<void> {
  return moveTo(db, held, worker, 'review', { message: why, epoch: held.epoch }, { now, waitingFor: why })
}

/** Records something Argo CD answered that does not change the state by itself. */
export async function recordAnswer(
  db: Db,
  held: Claimed,
  event: Pick<
    Extract<
      NewEvent,
      { type: 'release.accepted' | 'release.refused' | 'release.ambiguous' | 'release.operation-ended' }
    >,
    'type' | 'data'
  >,
): Promise<void> {
  await inTransaction(db, async (tx) => {
    await lockHeld(tx, held)
    await record(tx, { ...event, actor: argo(held), subject: about(held) } as NewEvent)
    await notify(tx, { release: held.id, log: true })
  })
}

/**
 * Writes the intent: from its commit on a sync may be on its way. The first one also moves the release to
 * `dispatching`. Postgres refuses it without quorum, without a receipt that covers the decisions, after expiry, with a
 * stale epoch, while a pause is on (under the lock that pausing takes alone), or, for the second, inside the quiet period
 * or after Argo CD has moved.
 */
export async function saveIntent(
  db: Db,
  held: Claimed,
  worker: string,
  sending: {
    receipt: bigint
    preStateHash: string
    preHistoryId: number | null
    body: (token: string, id: string) => unknown
  },
  { postDeadlineMs, quietMs }: Timing = timing,
): Promise<StoredIntent> {
  return inTransaction(db, async (tx) => {
    await lockHeld(tx, held)
    const n = held.intents.length + 1
    const id = newId('intent')
    const token = newSecret()
    const body = sending.body(token, id)
    const head = { actor: actorOf(worker), subject: about(held) }
    const eventId = await record(tx, {
      ...head,
      type: 'release.intent',
      data: {
        intent: n,
        plan: held.plan.digest,
        token: sha256(token),
        body: digestOf(body),
        epoch: held.epoch,
        receipt: String(sending.receipt),
        preState: sending.preStateHash,
      },
    })
    const { preStateHash, preHistoryId, receipt } = sending
    const rows = await tx.$queryRaw<{ created_at: Date; post_deadline: Date; quiet_until: Date }[]>`
      INSERT INTO rel.intent (id, release_id, n, plan_digest, epoch, token, body, pre_state_hash, pre_history_id, receipt_id,
                              event_id, created_at, post_deadline, quiet_until)
      VALUES (${id}, ${held.id}, ${n}, ${held.plan.digest}, ${held.epoch}, ${token}, ${JSON.stringify(body)}::jsonb,
              ${preStateHash}, ${preHistoryId}, ${receipt}, ${eventId}, now(),
              now() + ${postDeadlineMs} * interval '1 millisecond', now() + ${quietMs} * interval '1 millisecond')
      RETURNING created_at, post_deadline, quiet_until`
    const row = rows[0]
    if (!row) throw new Error(`the intent of ${held.id} was not written`)
    if (n === 1) {
      const moved = await record(tx, { ...head, type: 'release.dispatching', data: { epoch: held.epoch } })
      await tx.release.update({
        where: { id: held.id },
        data: { state: 'dispatching', waitingFor: null, eventId: moved },
      })
    }
    await notify(tx, { release: held.id, application: held.application.id, log: true })
    return {
      ...{ id, n, token, body, preStateHash, preHistoryId },
      createdAt: instant(row.created_at),
      postDeadline: instant(row.post_deadline),
      quietUntil: instant(row.quiet_until),
    }
  })
}
