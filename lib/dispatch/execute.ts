import 'server-only'
import { setTimeout as pause } from 'node:timers/promises'
import type { ObservedApplication } from '#lib/argocd/application.ts'
import type { ArgoClient } from '#lib/argocd/client.ts'
import { planDigest } from '#lib/plans/commands.ts'
import { rendersTheSame } from '#lib/plans/execute.ts'
import { planDifferences } from '#lib/plans/plan.ts'
import { renderPlan } from '#lib/plans/render.ts'
import { clock, type Instant } from '#lib/platform/clock.ts'
import type { Db } from '#lib/platform/db.ts'
import { handToPeople, moveTo, recordAnswer, renewLease, waitFor } from './commands.ts'
import { type Claimed, countApprovals, coveringReceipt } from './data.ts'
import { follow, obstacle, recover, verify, windowsShut } from './dispatch.ts'
import { accepted, refOf, sendSync } from './send.ts'
import { endUnsent } from './upkeep.ts'

/** A release this worker holds, with what it takes to bring it to its end. */
export type Held = { db: Db; held: Claimed; worker: string; client: ArgoClient; signal: AbortSignal }

export const waitsForAnchor = 'an anchor to hold the approvals'
const pollMs = 400

/** Brings a claimed release as far as it goes: to its end, to a wait, or to review. Throws LeaseLost when taken over. */
export async function executeRelease(work: Held): Promise<void> {
  const { held } = work
  if (held.state === 'approved') await dispatch(work)
  else if (held.state === 'dispatching') await recoverSent(work)
  if (held.state === 'syncing') await followSync(work)
  if (held.state === 'verifying') await verifyHealth(work)
}

/** Steps 2 to 7 of audit-security 3.4: re-check, render again, same digest, intent, one request, echo. */
async function dispatch(work: Held): Promise<void> {
  const { db, held, worker, client } = work
  if (clock.now() > held.notAfter) {
    const ending = 'It was approved, but could not be sent in time.'
    await endUnsent(db, held.id, worker, { state: 'expired', ending }, clock.now())
    return
  }
  if ((await countApprovals(db, held.id)) < held.requiredApprovals) {
    const ending = 'An approval no longer counts: the account of an approver was disabled.'
    return moveTo(db, held, worker, 'revoked', { reason: ending }, { now: clock.now(), ending })
  }
  const receipt = await awaitReceipt(work)
  if (receipt === null) return waitFor(db, held, waitsForAnchor, 500)
  const answer = await client.get(refOf(held), { refresh: 'normal', timeoutMs: 30_000 })
  if (!answer.ok) return unreadable(work, answer.kind, answer.message)
  const app = answer.value
  const why = await whyNot(work, app)
  if (why?.kind === 'wait') return waitFor(db, held, why.why, 2_000)
  if (why) {
    await endUnsent(db, held.id, worker, { state: 'stale', ending: why.why, found: why.found }, clock.now())
    return
  }
  await renewLease(db, held)
  await sendSync(work, app, receipt)
}

type Why = { kind: 'wait' | 'stop'; why: string; found?: string }

/** Everything that must still be true of the application, or why nothing may be sent now. */
async function whyNot({ held, client }: Held, app: ObservedApplication): Promise<Why | null> {
  const hindered = obstacle(app)
  if (hindered) return hindered
  const shut = windowsShut(await client.syncWindows(refOf(held)))
  if (shut) return { kind: 'wait', why: shut }
  const { plan, digest } = held.plan
  const given = {
    revisions: plan.revisions,
    policyDigest: held.policyDigest,
    instance: plan.instance,
    twice: false,
  }
  const again = await renderPlan(client, app, given)
  if (!again.ok) return { kind: 'wait', why: `Argo CD could not render the plan again: ${again.message}` }
  const found = planDigest(again.value.plan)
  if (found !== digest) {
    const differences = planDifferences(plan, again.value.plan).join('; ') || 'the plan changed'
    return { kind: 'stop', why: `Nothing was sent: ${differences}.`, found }
  }
  if (app.desiredRevisions.join() === plan.revisions.join()) return null
  const newer = await rendersTheSame(client, app, plan)
  if (newer === 'same') return null
  if (newer === 'cannot-tell') return { kind: 'wait', why: 'Argo CD could not render the newest revision' }
  return {
    kind: 'stop',
    why: `Nothing was sent: a newer commit (${app.desiredRevisions.map((r) => r.slice(0, 7)).join(', ')}) landed in Git and changes this application.`,
  }
}

/** The signer answers an approval at once; waiting a moment here is faster than coming back. */
async function awaitReceipt({ db, held, signal }: Held): Promise<bigint | null> {
  for (let tries = 0; tries < 40 && !signal.aborted; tries++) {
    const receipt = await coveringReceipt(db, held.id)
    if (receipt !== null) return receipt
    await pause(50)
  }
  return null
}

/** No answer is never an end: the approval waits. Only an application that is surely gone ends it. */
async function unreadable({ db, held, worker }: Held, kind: string, message: string): Promise<void> {
  if (kind === 'not-found' && held.state === 'approved') {
    const ending = 'Nothing was sent: the application no longer exists in Argo CD.'
    await endUnsent(db, held.id, worker, { state: 'stale', ending }, clock.now())
    return
  }
  await waitFor(db, held, `Argo CD: ${message}`, 3_000)
}

/** After a crash or an answer that never came: adopt, wait, send the last time, or hand it to people. */
async function recoverSent(work: Held): Promise<void> {
  const { db, held, worker, client } = work
  const intent = held.intents.at(-1)
  if (!intent) throw new Error(`${held.id} is dispatching without an intent`)
  const answer = await client.get(refOf(held))
  if (!answer.ok) return unreadable(work, answer.kind, answer.message)
  const next = recover(intent, answer.value, clock.now())
  switch (next.do) {
    case 'adopt':
      return accepted(work, intent, answer.value, true)
    case 'wait':
      return waitFor(db, held, `Argo CD: ${next.why}`, 1_000)
    case 'review':
      return handToPeople(db, held, worker, next.why, clock.now())
    case 'send-again': {
      const receipt = await coveringReceipt(db, held.id)
      if (receipt === null) return waitFor(db, held, waitsForAnchor, 500)
      return sendSync(work, answer.value, receipt)
    }
  }
}

/** Follows our operation to its end; only its own phase ends it. */
async function followSync(work: Held): Promise<void> {
  const { db, held, worker, client, signal } = work
  const intent = held.intents.at(-1)
  if (!intent) throw new Error(`${held.id} is syncing without an intent`)
  while (!signal.aborted) {
    await renewLease(db, held)
    const answer = await client.get(refOf(held))
    if (!answer.ok) return unreadable(work, answer.kind, answer.message)
    const seen = follow(answer.value, intent.token, held.plan.plan.revisions)
    const operation = answer.value.operation
    if (seen.is === 'running') {
      await pause(pollMs, undefined, { signal }).catch(() => {})
      continue
    }
    const now = clock.now()
    if (seen.is === 'review') return handToPeople(db, held, worker, seen.why, now)
    const phase = operation?.phase ?? 'Unknown'
    const message = operation?.message ?? undefined
    const revisions = seen.is === 'succeeded' ? seen.revisions : undefined
    await recordAnswer(db, held, {
      type: 'release.operation-ended',
      data: {
        intent: intent.n,
        phase,
        message,
        revisions,
        historyId: seen.is === 'succeeded' ? (seen.historyId ?? undefined) : undefined,
      },
    })
    if (seen.is === 'failed')
      return moveTo(
        db,
        held,
        worker,
        'failed',
        { phase, message: seen.message },
        { now, ending: `The sync ended ${phase}: ${seen.message}` },
      )
    const syncedAt = operation?.finishedAt ?? now
    await moveTo(db, held, worker, 'verifying', { phase, revisions }, { now, syncedAt })
    held.state = 'verifying'
    held.syncedAt = syncedAt
    return
  }
}

async function verifyHealth(work: Held): Promise<void> {
  const { db, held, worker, client, signal } = work
  const synced = held.syncedAt ?? clock.now()
  const since: { degradedSince: Instant | null; healthySince: Instant | null } = {
    degradedSince: null,
    healthySince: null,
  }
  while (!signal.aborted) {
    await renewLease(db, held)
    const answer = await client.get(refOf(held))
    if (!answer.ok) return unreadable(work, answer.kind, answer.message)
    const now = clock.now()
    const health = answer.value.health.status
    since.degradedSince = health === 'Degraded' ? (since.degradedSince ?? now) : null
    since.healthySince = health === 'Healthy' ? (since.healthySince ?? now) : null
    const seen = verify(answer.value, synced, since, now)
    if (seen.is === 'healthy')
      return moveTo(db, held, worker, 'succeeded', { health }, { now, ending: 'Synced and healthy.' })
    if (seen.is === 'unhealthy')
      return moveTo(
        db,
        held,
        worker,
        'degraded',
        { health, message: seen.why },
        { now, ending: `Synced, but ${health}. ${seen.why}` },
      )
    await pause(pollMs, undefined, { signal }).catch(() => {})
  }
}
