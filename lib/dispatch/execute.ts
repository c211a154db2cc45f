import 'server-only'
import { setTimeout as pause } from 'node:timers/promises'
import type { ArgoFailure } from '#lib/argocd/answer.ts'
import type { ObservedApplication } from '#lib/argocd/application.ts'
import type { ArgoClient } from '#lib/argocd/client.ts'
import { infoNames } from '#lib/argocd/sync-request.ts'
import { planDigest } from '#lib/plans/commands.ts'
import { rendersTheSame } from '#lib/plans/execute.ts'
import { planDifferences } from '#lib/plans/plan.ts'
import { renderPlan } from '#lib/plans/render.ts'
import { clock, type Instant, millisecondsBetween } from '#lib/platform/clock.ts'
import type { Db } from '#lib/platform/db.ts'
import { heldBack } from '#lib/policies/data.ts'
import {
  handToPeople,
  moveTo,
  recordAnswer,
  renewLease,
  waitFor,
  waitForArgo,
  waitWhilePaused,
} from './commands.ts'
import { type Claimed, countApprovals, coveringReceipt, databaseNow, type StoredIntent } from './data.ts'
import {
  carriesToken,
  follow,
  obstacle,
  recover,
  type Timing,
  timing,
  verify,
  windowsShut,
} from './dispatch.ts'
import { accepted, refOf, sendSync } from './send.ts'
import { endUnsent } from './upkeep.ts'

/** Where the tests end a worker in the middle (audit-security 3.6). */
export type CrashPoint =
  | 'claimed'
  | 'checked'
  | 'intent'
  | 'sending'
  | 'sent'
  | 'answered'
  | 'syncing'
  | 'verifying'
  | 'ended'

/**
 * A release this worker holds, with what it takes to bring it to its end. `timing` and `reached` are given by tests
 * only, when they build a worker.
 */
export type Held = {
  db: Db
  held: Claimed
  worker: string
  client: ArgoClient
  signal: AbortSignal
  timing?: Timing | undefined
  reached?: ((point: CrashPoint) => void | Promise<void>) | undefined
}

export const waitsForAnchor = 'an anchor to hold the approvals'
const slowPollMs = 2_000
/** A rollout is watched closely at first; a slow one must not cost Argo CD two questions a second for ten minutes. */
const watchCloselyMs = 60_000

/**
 * Brings a claimed release as far as it goes: to its end, to a wait, or to review. Throws LeaseLost when taken over.
 * The lease is kept all the while: a slow Argo CD is no dead worker.
 */
export async function executeRelease(work: Held): Promise<void> {
  const { db, held } = work
  const { leaseMs } = work.timing ?? timing
  const keep = setInterval(() => void renewLease(db, held, work.timing).catch(() => {}), leaseMs / 3)
  try {
    await work.reached?.('claimed')
    if (held.state === 'approved') await dispatch(work)
    else if (held.state === 'dispatching') await recoverSent(work)
    if (held.state === 'syncing') await followSync(work)
    if (held.state === 'verifying') await verifyHealth(work)
    await work.reached?.('ended')
  } finally {
    clearInterval(keep)
  }
}

/** Steps 2 to 7 of audit-security 3.4: re-check, render again, same digest, intent, one request, echo. */
async function dispatch(work: Held): Promise<void> {
  const { db, held, worker, client } = work
  const end = (state: 'expired' | 'stale', ending: string, found?: string) =>
    endUnsent(db, held.id, worker, { state, ending, found, epoch: held.epoch }, clock.now())
  if ((await databaseNow(db)) > held.notAfter) {
    await end('expired', 'It was approved, but could not be sent in time.')
    return
  }
  if ((await countApprovals(db, held.id)) < held.requiredApprovals)
    return moveTo(
      db,
      held,
      worker,
      'revoked',
      { reason: lostQuorum },
      { now: clock.now(), ending: lostQuorum },
    )
  if (await waitWhilePaused(db, held)) return
  const receipt = await awaitReceipt(work)
  if (receipt === null) return waitFor(db, held, waitsForAnchor, 500)
  const answer = await client.get(refOf(held), { refresh: 'normal', timeoutMs: 30_000 })
  if (!answer.ok) return unreadable(work, answer)
  const app = answer.value
  const why = (await whyNot(work, app)) ?? (await movedSince(work, app))
  if (why?.kind === 'wait') return waitFor(db, held, why.why, 2_000)
  if (why) {
    await end('stale', why.why, why.found)
    return
  }
  await work.reached?.('checked')
  await renewLease(db, held, work.timing)
  await sendSync(work, app, receipt)
}

const lostQuorum = 'An approval no longer counts: the account of an approver was disabled.'

type Why = { kind: 'wait' | 'stop'; why: string; found?: string }

/** Rendering may take a minute: is what was looked at first still so, just before the intent? */
async function movedSince({ held, client }: Held, app: ObservedApplication): Promise<Why | null> {
  const answer = await client.get(refOf(held))
  if (!answer.ok) return { kind: 'wait', why: `Argo CD: ${answer.message}` }
  const now = answer.value
  const settings = (of: ObservedApplication) =>
    JSON.stringify([
      ...[of.uid, of.project, of.destination, of.sources, of.syncOptions, of.automated, of.retryRefresh],
      ...[of.deleting, of.revisionHistoryLimit, of.operationFingerprint, of.operation?.inFlight ?? false],
    ])
  return settings(now) === settings(app)
    ? null
    : { kind: 'wait', why: 'The application changed while it was checked; it is checked again.' }
}

/** Everything that must still be true of the application, or why nothing may be sent now. */
async function whyNot({ db, held, client }: Held, app: ObservedApplication): Promise<Why | null> {
  const ran = app.operation?.info.some((each) => each.name === infoNames.release && each.value === held.id)
  if (ran && held.intents.length === 0)
    return {
      kind: 'stop',
      why: 'Nothing was sent: Argo CD has run a sync of this release that this database does not know, as if it had been restored from a backup.',
    }
  const hindered = obstacle(app)
  if (hindered) return hindered
  const shut = windowsShut(await client.syncWindows(refOf(held)))
  if (shut) return { kind: 'wait', why: shut }
  const policy = await heldBack(db, held.id, held.plan, clock.now())
  if (policy) return policy
  const { plan, digest } = held.plan
  const given = {
    revisions: plan.revisions,
    policyDigest: held.policyDigest,
    instance: plan.instance,
    twice: false,
    ...(plan.rollback && { rollback: plan.rollback }),
  }
  const again = await renderPlan(client, app, given)
  if (!again.ok) return { kind: 'wait', why: `Argo CD could not render the plan again: ${again.message}` }
  const found = planDigest(again.value.plan)
  if (found !== digest) {
    const differences = planDifferences(plan, again.value.plan).join('; ') || 'the plan changed'
    return { kind: 'stop', why: `Nothing was sent: ${differences}.`, found }
  }
  // What Git says by now does not matter to what goes back; what runs does, and stands in the digest.
  if (plan.rollback || app.desiredRevisions.join() === plan.revisions.join()) return null
  const newer = await rendersTheSame(client, app, plan)
  if (newer === 'same') return null
  if (newer === 'cannot-tell') return { kind: 'wait', why: 'Argo CD could not render the newest revision' }
  return {
    kind: 'stop',
    why: `Nothing was sent: a newer commit (${app.desiredRevisions.map((r) => r.slice(0, 7)).join(', ')}) landed in Git and changes this application.`,
  }
}

/** The signer answers an approval at once; waiting a moment here is faster than coming back. */
async function awaitReceipt({ db, held, signal, timing: given }: Held): Promise<bigint | null> {
  for (let tries = 0; tries < 40 && !signal.aborted; tries++) {
    const receipt = await coveringReceipt(db, held.id)
    if (receipt !== null) return receipt
    await pause((given ?? timing).pollMs / 8)
  }
  return null
}

/** Nobody gets an answer of this Argo CD: not one slow or forbidden application, which must not hold up the others. */
const silent = ({ kind, status, transport }: ArgoFailure): boolean =>
  kind === 'unauthorised' ||
  (kind === 'unreachable' && transport?.kind !== 'timeout') ||
  (status !== undefined && status >= 502 && status <= 504)

/** No answer is never an end: the approval waits. Only an application that is surely gone ends it. */
async function unreadable({ db, held, worker }: Held, failure: ArgoFailure): Promise<void> {
  const now = clock.now()
  const { kind, message } = failure
  if (kind !== 'not-found')
    return (silent(failure) ? waitForArgo : waitFor)(db, held, `Argo CD: ${message}`, 3_000)
  switch (held.state) {
    case 'approved': {
      const ending = 'Nothing was sent: the application no longer exists in Argo CD.'
      await endUnsent(db, held.id, worker, { state: 'stale', ending, epoch: held.epoch }, now)
      return
    }
    case 'syncing':
      return handToPeople(
        db,
        held,
        worker,
        'The application was deleted while its sync ran; its end was not seen.',
        now,
      )
    case 'verifying':
      return unseen(db, held, worker, 'The application was deleted after the sync; nobody saw it healthy.')
    default:
      return waitFor(db, held, `Argo CD: ${message}`, 1_000)
  }
}

const unseen = (db: Db, held: Claimed, worker: string, ending: string) =>
  moveTo(db, held, worker, 'degraded', { health: 'Missing', message: ending }, { now: clock.now(), ending })

/** After a crash or an answer that never came: adopt, wait, send the last time, or hand it to people. */
async function recoverSent(work: Held): Promise<void> {
  const { db, held, worker, client } = work
  const answer = await client.get(refOf(held))
  if (!answer.ok && answer.kind !== 'not-found') return unreadable(work, answer)
  const app = answer.ok ? answer.value : null
  const next = recover(held.intents, app, held.plan.plan.uid, await databaseNow(db))
  switch (next.do) {
    case 'adopt': {
      const intent = held.intents.find(({ n }) => n === next.n)
      if (!intent || !app) throw new Error(`${held.id} adopts what is not there`)
      return accepted(work, intent, app, true)
    }
    case 'wait':
      return waitFor(db, held, `Argo CD: ${next.why}`, 1_000)
    case 'review':
      return handToPeople(db, held, worker, next.why, clock.now())
    case 'send-again':
      return app === null ? undefined : sendAgain(work)
  }
}

/** Nothing of the first attempt ran. Whatever was checked before it is checked anew: it may be hours ago. */
async function sendAgain(work: Held): Promise<void> {
  const { db, held, worker, client } = work
  const now = clock.now()
  const fail = (why: string) =>
    moveTo(db, held, worker, 'failed', { message: why, epoch: held.epoch }, { now, ending: why })
  if ((await countApprovals(db, held.id)) < held.requiredApprovals)
    return fail(`Nothing was sent: ${lostQuorum}`)
  if (await waitWhilePaused(db, held)) return
  const answer = await client.get(refOf(held), { refresh: 'normal', timeoutMs: 30_000 })
  if (!answer.ok) return unreadable(work, answer)
  const why = (await whyNot(work, answer.value)) ?? (await movedSince(work, answer.value))
  if (why?.kind === 'wait') return waitFor(db, held, why.why, 2_000)
  if (why) return fail(why.why.replace(/^(?!Nothing was sent)/, 'Nothing was sent: '))
  const receipt = await coveringReceipt(db, held.id)
  if (receipt === null) return waitFor(db, held, waitsForAnchor, 500)
  await work.reached?.('checked')
  await renewLease(db, held, work.timing)
  // The look that counts is the last one: Postgres compares its fingerprint with that of the first intent.
  return sendSync(work, answer.value, receipt)
}

/** The intent whose token Argo CD shows; while it shows neither, the last one. */
function intentSeen(held: Claimed, app: ObservedApplication): StoredIntent {
  const intent = held.intents.find(({ token }) => carriesToken(app.operation, token)) ?? held.intents.at(-1)
  if (!intent) throw new Error(`${held.id} is syncing without an intent`)
  return intent
}

/** Follows our operation to its end; only its own phase ends it. */
async function followSync(work: Held): Promise<void> {
  const { db, held, worker, client, signal } = work
  const { pollMs } = work.timing ?? timing
  await work.reached?.('syncing')
  while (!signal.aborted) {
    const at = await renewLease(db, held, work.timing)
    const answer = await client.get(refOf(held))
    if (!answer.ok) return unreadable(work, answer)
    const intent = intentSeen(held, answer.value)
    const seen = follow(answer.value, intent, held.plan.plan, at)
    const operation = answer.value.operation
    if (seen.is === 'running') {
      await pause(pollMs, undefined, { signal }).catch(() => {})
      continue
    }
    const now = clock.now()
    if (seen.is === 'review') return handToPeople(db, held, worker, seen.why, now)
    const phase = operation?.phase ?? 'Unknown'
    const message = operation?.message ?? undefined
    const { revisions, historyId } =
      seen.is === 'succeeded' ? { ...seen, historyId: seen.historyId ?? undefined } : {}
    const data = { intent: intent.n, phase, message, revisions, historyId }
    await recordAnswer(db, held, { type: 'release.operation-ended', data })
    if (seen.is === 'failed') {
      const ending = `The sync ended ${phase}: ${seen.message}`
      return moveTo(db, held, worker, 'failed', { phase, message: seen.message }, { now, ending })
    }
    const syncedAt = operation?.finishedAt ?? now
    await moveTo(db, held, worker, 'verifying', { phase, revisions }, { now, syncedAt })
    held.state = 'verifying'
    held.syncedAt = syncedAt
    return
  }
}

async function verifyHealth(work: Held): Promise<void> {
  const { db, held, worker, client, signal } = work
  const { pollMs, steadyMs } = work.timing ?? timing
  await work.reached?.('verifying')
  const synced = held.syncedAt ?? clock.now()
  const since: { degradedSince: Instant | null; healthySince: Instant | null } = {
    degradedSince: null,
    healthySince: null,
  }
  while (!signal.aborted) {
    await renewLease(db, held, work.timing)
    const answer = await client.get(refOf(held))
    if (!answer.ok) return unreadable(work, answer)
    if (answer.value.uid !== held.plan.plan.uid)
      return unseen(
        db,
        held,
        worker,
        'The application was deleted and created again after the sync; nobody saw it healthy.',
      )
    const now = clock.now()
    const health = answer.value.health.status
    since.degradedSince = health === 'Degraded' ? (since.degradedSince ?? now) : null
    since.healthySince = health === 'Healthy' ? (since.healthySince ?? now) : null
    const seen = verify(answer.value, synced, since, now, steadyMs)
    const end = (state: 'succeeded' | 'degraded', message: string | undefined, ending: string) =>
      moveTo(db, held, worker, state, { health, ...(message ? { message } : {}) }, { now, ending })
    if (seen.is === 'healthy') return end('succeeded', undefined, 'Synced and healthy.')
    if (seen.is === 'unhealthy') return end('degraded', seen.why, `Synced, but ${health}. ${seen.why}`)
    const slow = millisecondsBetween(synced, now) > watchCloselyMs
    await pause(slow ? slowPollMs : pollMs, undefined, { signal }).catch(() => {})
  }
}
