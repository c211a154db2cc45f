import 'server-only'
import { can, readScope, type Viewer } from '#lib/access/policy.ts'
import { record } from '#lib/audit/record.ts'
import { type Instant, instant } from '#lib/platform/clock.ts'
import { type Db, inTransaction, type Tx } from '#lib/platform/db.ts'
import { newId } from '#lib/platform/ids.ts'
import { notify } from '#lib/platform/notify.ts'
import { ok, type Result, refuse } from '#lib/platform/result.ts'
import { personActor } from '#lib/releases/commands.ts'
import { lockRelease } from '#lib/releases/data.ts'
import { subjectOf } from '#lib/releases/release.ts'
import { freezesOf, getFreeze, isPlace, releasesUnder } from './data.ts'
import {
  type FreezePlace,
  type FreezeRefusal,
  type FreezeTimes,
  mayFreeze,
  mayOverride,
  placeWords,
} from './freeze.ts'
import { expand, horizonMs, readTimes } from './occurrence.ts'
import type { FreezeInput, OverrideInput } from './schema.ts'

/** Waits for the intents that are being written; later ones see what we do. Before anything else: one order of locks. */
const lockHolds = (tx: Tx) => tx.$executeRaw`SELECT rel.lock_holds(true)`

/** Every page is drawn anew (`*` is any instance), and what waits is looked at again, by the worker too. */
async function tell(tx: Tx, freeze: string): Promise<void> {
  await notify(tx, { instance: '*', freeze: true, log: true })
  for (const names of await releasesUnder(tx, freeze)) await notify(tx, names)
}

const placeOf = (input: FreezeInput): FreezePlace => ({
  ...{ instance: input.instance ?? null, project: input.project ?? null },
  ...{ environment: input.environment ?? null, service: input.service ?? null },
})

/** What the log keeps of the times. */
const said = (times: FreezeTimes, zone: string) =>
  times.kind === 'once'
    ? { from: times.from, to: times.to, zone }
    : { schedule: times.schedule, duration: String(times.durationMs), zone }

/**
 * A freeze or a deployment window. From its commit on it counts; one that recurs holds until the worker has computed when
 * it is on. A refusal is recorded too, then returned.
 */
export function makeFreeze(
  db: Db,
  input: FreezeInput,
  by: Viewer,
  now: Instant,
): Promise<Result<{ id: string }, FreezeRefusal>> {
  return inTransaction(db, async (tx) => {
    await lockHolds(tx)
    const place = placeOf(input)
    if (!(await isPlace(tx, readScope(by), place))) return refuse({ code: 'no-such-place' })
    const head = { actor: personActor(by), subject: {} }
    const { kind, zone, reason } = input
    const about = { kind, place: placeWords(place) }
    const allowed = mayFreeze(place, by)
    if (!allowed.ok) {
      const data = { ...about, act: 'make', refusal: allowed.refusal.code } as const
      await record(tx, { ...head, type: 'freeze.refused', data })
      return allowed
    }
    const read = readTimes(input.times, zone, now)
    if (!read.ok) return refuse({ code: 'bad-times', why: read.refusal })
    const times = read.value
    const id = newId('freeze')
    const data = { ...about, freeze: id, ...said(times, zone), reason }
    const event = await record(tx, { ...head, type: 'freeze.made', data })
    // What begins now begins when Postgres writes it.
    const beginsNow = input.times.kind === 'once' && input.times.from === undefined
    const [from, to] = times.kind === 'once' ? [beginsNow ? null : times.from, times.to] : [null, null]
    const [schedule, durationMs] = times.kind === 'once' ? [null, null] : [times.schedule, times.durationMs]
    await tx.$executeRaw`
      INSERT INTO rel.freeze (id, kind, reason, instance, project, environment, service, zone, starts_at, ends_at, schedule,
                              duration_ms, account_id, person_id, event_id)
      VALUES (${id}, ${kind}, ${reason}, ${place.instance}, ${place.project}, ${place.environment}, ${place.service}, ${zone},
              ${from}::timestamptz, ${to}::timestamptz, ${schedule}, ${durationMs}, ${by.accountId}, ${by.personId}, ${event})`
    await tell(tx, id)
    return ok({ id })
  })
}

/** Ends a freeze or window for good; what waited goes on by itself. A refusal is recorded too, then returned. */
export function endFreeze(
  db: Db,
  id: string,
  { reason }: { reason: string },
  by: Viewer,
): Promise<Result<{ id: string }, FreezeRefusal>> {
  return inTransaction(db, async (tx) => {
    await lockHolds(tx)
    const freeze = await getFreeze(tx, readScope(by), id)
    if (!freeze) return refuse({ code: 'no-such-freeze' })
    const head = { actor: personActor(by), subject: {} }
    const about = { kind: freeze.kind, place: placeWords(freeze.place), freeze: id }
    const allowed = mayFreeze(freeze.place, by)
    if (!allowed.ok) {
      const data = { ...about, act: 'end', refusal: allowed.refusal.code } as const
      await record(tx, { ...head, type: 'freeze.refused', data })
      return allowed
    }
    if (freeze.over) return refuse({ code: 'already-over' })
    const event = await record(tx, { ...head, type: 'freeze.ended', data: { ...about, reason } })
    await tx.$executeRaw`
      INSERT INTO rel.freeze_end (freeze_id, reason, account_id, person_id, event_id)
      VALUES (${id}, ${reason}, ${by.accountId}, ${by.personId}, ${event})`
    await tell(tx, id)
    return ok({ id })
  })
}

/**
 * Lets one release through one freeze, or through one window that is shut, whatever else it still needs. Serialised with
 * the intent by the row lock. A refusal is recorded too, then returned.
 */
export function overrideFreeze(
  db: Db,
  releaseId: string,
  input: OverrideInput,
  by: Viewer,
): Promise<Result<{ id: string }, FreezeRefusal>> {
  return inTransaction(db, async (tx) => {
    const release = await lockRelease(tx, releaseId)
    if (!release || !can(by, 'read', release.application)) return refuse({ code: 'no-such-release' })
    const head = { actor: personActor(by), subject: subjectOf(release) }
    const { freeze, reason } = input
    const refused = async (refusal: FreezeRefusal) => {
      await record(tx, { ...head, type: 'freeze.override-refused', data: { freeze, refusal: refusal.code } })
      return refuse(refusal)
    }
    const allowed = mayOverride(release, by)
    if (!allowed.ok) return refused(allowed.refusal)
    const found = (await freezesOf(tx, release.application.id)).find(({ id }) => id === freeze)
    if (found?.standing === 'overridden') return refused({ code: 'already-overridden' })
    if (!found?.holding) return refused({ code: 'not-holding' })
    const id = newId('override')
    const plan = release.planDigest
    const data = { override: id, freeze, kind: found.kind, plan, reason, about: found.reason }
    const event = await record(tx, { ...head, type: 'freeze.overridden', data })
    const { account, person } = release.requester
    await tx.$executeRaw`
      INSERT INTO rel.freeze_override (id, release_id, plan_digest, requester_account, requester_person, freeze_id, reason,
                                       account_id, person_id, event_id)
      VALUES (${id}, ${releaseId}, ${plan}, ${account}, ${person}, ${freeze}, ${reason}, ${by.accountId}, ${by.personId}, ${event})`
    await notify(tx, { release: releaseId, application: release.application.id, log: true })
    return ok({ id })
  })
}

type Due = { id: string; schedule: string; durationMs: number; zone: string; from: Date; now: Date }

/**
 * The next freeze or window whose times have to be computed further, as the worker does it, and what came of it; null when
 * none is due. A schedule that cannot be read any more stays unknown, so it holds.
 */
export function computeNext(db: Db, after: string): Promise<{ id: string; problem?: string } | null> {
  return inTransaction(db, async (tx) => {
    const [due] = await tx.$queryRaw<Due[]>`
      SELECT f.id, f.schedule, f.duration_ms::float8 AS "durationMs", f.zone, coalesce(h.computed_until, f.created_at) AS from,
        now() AS now
      FROM rel.freeze f LEFT JOIN rel.freeze_horizon h ON h.freeze_id = f.id
      WHERE f.schedule IS NOT NULL AND f.id > ${after} AND coalesce(h.computed_until < now() + interval '89 days', true)
        AND NOT EXISTS (SELECT FROM rel.freeze_end e WHERE e.freeze_id = f.id)
        AND pg_try_advisory_xact_lock(hashtextextended(f.id, 9))
      ORDER BY f.id LIMIT 1`
    if (!due) return null
    // Whoever had the lock before may have computed it meanwhile.
    const [known] = await tx.$queryRaw<{ until: Date }[]>`
      SELECT computed_until AS until FROM rel.freeze_horizon WHERE freeze_id = ${due.id}`
    const from = instant(known?.until ?? due.from)
    const to = instant(due.now.getTime() + horizonMs)
    const found = expand(due, from, to)
    if (!found.ok) return { id: due.id, problem: found.refusal }
    await tx.$executeRaw`
      INSERT INTO rel.freeze_occurrence (freeze_id, during)
      SELECT ${due.id}, tstzrange(o.a, o.b) FROM unnest(${found.value.map((each) => each.from)}::timestamptz[],
        ${found.value.map((each) => each.to)}::timestamptz[]) AS o (a, b)`
    await tx.$executeRaw`
      INSERT INTO rel.freeze_horizon (freeze_id, computed_until) VALUES (${due.id}, ${to}::timestamptz)
      ON CONFLICT (freeze_id) DO UPDATE SET computed_until = excluded.computed_until`
    if (!known) await tell(tx, due.id)
    return { id: due.id }
  })
}

/**
 * Tells open pages of freezes and windows that began or ended by themselves since a moment, so that they follow. Answers
 * the moment up to which it has told.
 */
export function tellTurns(db: Db, since: Instant | null): Promise<Instant> {
  return inTransaction(db, async (tx) => {
    const [row] = await tx.$queryRaw<{ now: Date; turned: string[] | null }[]>`
      WITH c AS MATERIALIZED (SELECT clock_timestamp() AS now),
        t AS (SELECT c.now, least(coalesce(${since}::timestamptz, c.now), c.now) AS since FROM c)
      SELECT t.now, (SELECT array_agg(f.id) FROM rel.freeze f
        WHERE NOT EXISTS (SELECT FROM rel.freeze_end e WHERE e.freeze_id = f.id)
          AND ((f.starts_at > t.since AND f.starts_at <= t.now) OR (f.ends_at > t.since AND f.ends_at <= t.now)
            OR EXISTS (SELECT FROM rel.freeze_occurrence o WHERE o.freeze_id = f.id AND o.during && tstzrange(t.since, t.now, '[]')
              AND ((lower(o.during) > t.since AND lower(o.during) <= t.now)
                OR (upper(o.during) > t.since AND upper(o.during) <= t.now))))) AS turned
      FROM t`
    for (const freeze of row?.turned ?? []) await tell(tx, freeze)
    return instant(row?.now ?? 0)
  })
}
