import 'server-only'
import type { ObservedApplication } from '#lib/argocd/application.ts'
import type { ApplicationRef } from '#lib/argocd/client.ts'
import {
  buildSyncBody,
  checkEcho,
  type SyncBody,
  type SyncIntent,
  type SyncPlan,
} from '#lib/argocd/sync-request.ts'
import type { Plan } from '#lib/plans/plan.ts'
import { clock } from '#lib/platform/clock.ts'
import { refusedByPostgres } from '#lib/platform/db.ts'
import { handToPeople, moveTo, recordAnswer, saveIntent, waitFor, waitWhilePaused } from './commands.ts'
import type { Claimed, StoredIntent } from './data.ts'
import { carriesToken, timing } from './dispatch.ts'
import type { Held } from './execute.ts'

export function refOf(held: Claimed): ApplicationRef {
  const { namespace, name, project } = held.application
  return { namespace, name, project }
}

/** The plan as the request and its echo need it. */
export function syncPlanOf(plan: Plan): SyncPlan {
  const {
    namespace,
    name,
    uid,
    project,
    destination,
    sources,
    multiSource,
    revisions,
    prune,
    syncOptions,
    strategy,
  } = plan
  return {
    key: { namespace, name },
    uid,
    project,
    destination,
    sources,
    multiSource,
    revisions,
    prune,
    syncOptions,
    strategy,
  }
}

const intentOf = (held: Claimed, token: string): SyncIntent => ({
  release: held.id,
  token,
  approvers: held.approvers,
})

/**
 * Commits the intent, then sends the one request, then records what came back. From the commit on a sync may be on
 * its way; if this process dies in between, `recover` decides by what the application shows.
 */
export async function sendSync(work: Held, app: ObservedApplication, receipt: bigint): Promise<void> {
  const { db, held, worker, client } = work
  const plan = syncPlanOf(held.plan.plan)
  const given = work.timing ?? timing
  const started = clock.monotonicMs()
  const sending = {
    receipt,
    preStateHash: app.operationFingerprint,
    preHistoryId: app.history.at(-1)?.id ?? null,
    body: (token: string) => buildSyncBody(plan, intentOf(held, token)),
  }
  let intent: StoredIntent
  try {
    intent = await saveIntent(db, held, worker, sending, given)
  } catch (error) {
    if (!refusedByPostgres(error)) throw error
    if (await waitWhilePaused(db, held)) return
    return waitFor(db, held, 'Something changed just before it was sent; it is checked again.', 1_000)
  }
  held.intents.push(intent)
  held.state = 'dispatching'
  await work.reached?.('intent')
  // Stalled between commit and request: the deadline belongs to this intent, and a late request could be a second sync.
  const leftMs = given.postDeadlineMs - (clock.monotonicMs() - started)
  if (leftMs <= 0) return waitFor(db, held, 'Argo CD: the request was not sent in time', 1_000)
  const answered = client.sync(refOf(held), intent.body as SyncBody, { timeoutMs: leftMs })
  await work.reached?.('sending')
  const reply = await answered
  await work.reached?.('sent')
  const answer = { intent: intent.n }
  switch (reply.outcome) {
    case 'accepted':
      return accepted(work, intent, reply.application, false)
    case 'ambiguous': {
      const data = { ...answer, reason: 'no-certain-answer' as const, message: reply.why }
      await recordAnswer(db, held, { type: 'release.ambiguous', data })
      return waitFor(db, held, `Argo CD: ${reply.why}`, 1_000)
    }
    case 'busy':
      return busy(work, intent, reply.message)
    case 'refused': {
      await recordAnswer(db, held, { type: 'release.refused', data: { ...answer, message: reply.message } })
      // What passes by itself is tried once more; a second such refusal is an end, and a certain one: nothing ran.
      const passing = ['not-sent', 'http-401', 'http-429'].includes(reply.code)
      if (passing && intent.n === 1) return waitFor(db, held, `Argo CD: ${reply.message}`, 1_000)
      return refused(work, `Argo CD refused the sync: ${reply.message}`, reply.message)
    }
  }
}

const refused = ({ db, held, worker }: Held, ending: string, message: string) =>
  moveTo(db, held, worker, 'failed', { message, epoch: held.epoch }, { now: clock.now(), ending })

/**
 * Argo CD took nothing because an operation is there. It may be an earlier request of ours, which is adopted. Another's
 * ends the release: the plan was made for what ran before it, and whatever it does, this plan is no longer the next step.
 */
async function busy(work: Held, intent: StoredIntent, message: string): Promise<void> {
  const { db, held, client } = work
  const data = { intent: intent.n, reason: 'another-operation' as const, message }
  await recordAnswer(db, held, { type: 'release.ambiguous', data })
  const seen = await client.get(refOf(held))
  const operation = seen.ok ? seen.value.operation : null
  const ours = held.intents.some(({ token }) => carriesToken(operation, token))
  if (!operation?.inFlight || ours) return waitFor(db, held, `Argo CD: ${message}`, 500)
  const who = operation.initiatedBy.username ?? 'somebody else'
  return refused(
    work,
    `Nothing was sent: a sync by ${who} was already running in Argo CD. Ask again after it.`,
    message,
  )
}

/** Our operation is in Argo CD: is it exactly what was signed? If not it is terminated and a person must look. */
export async function accepted(
  work: Held,
  intent: StoredIntent,
  app: ObservedApplication,
  adopted: boolean,
): Promise<void> {
  const { db, held, worker, client } = work
  const found = checkEcho(app, syncPlanOf(held.plan.plan), intentOf(held, intent.token))
  const differences = found.map((each) =>
    `${each.field}: expected ${each.expected}, found ${each.found}`.slice(0, 500),
  )
  await recordAnswer(db, held, { type: 'release.accepted', data: { intent: intent.n, adopted, differences } })
  if (differences.length > 0) {
    await client.terminate(refOf(held))
    const why = `Argo CD is doing something else than what was signed: ${differences.join('; ')}`
    return handToPeople(db, held, worker, why, clock.now())
  }
  await work.reached?.('answered')
  await moveTo(db, held, worker, 'syncing', { intent: intent.n, epoch: held.epoch }, { now: clock.now() })
  held.state = 'syncing'
}
