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
import { handToPeople, moveTo, recordAnswer, saveIntent, waitFor } from './commands.ts'
import type { Claimed, StoredIntent } from './data.ts'
import { postDeadlineMs } from './dispatch.ts'
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
  const started = clock.monotonicMs()
  const intent = await saveIntent(
    db,
    held,
    worker,
    {
      receipt,
      preStateHash: app.operationFingerprint,
      preHistoryId: app.history.at(-1)?.id ?? null,
      body: (token) => buildSyncBody(plan, intentOf(held, token)),
    },
    clock.now(),
  )
  held.intents.push(intent)
  held.state = 'dispatching'
  // Stalled between commit and request: the deadline belongs to this intent, and a late request could be a second sync.
  const leftMs = postDeadlineMs - (clock.monotonicMs() - started)
  if (leftMs <= 0) return waitFor(db, held, 'Argo CD: the request was not sent in time', 1_000)
  const reply = await client.sync(refOf(held), intent.body as SyncBody, { timeoutMs: leftMs })
  const answer = { intent: intent.n }
  switch (reply.outcome) {
    case 'accepted':
      return accepted(work, intent, reply.application, false)
    case 'busy':
    case 'ambiguous': {
      const message = reply.outcome === 'busy' ? reply.message : reply.why
      const reason = reply.outcome === 'busy' ? 'another-operation' : 'no-certain-answer'
      await recordAnswer(db, held, { type: 'release.ambiguous', data: { ...answer, reason, message } })
      return waitFor(db, held, `Argo CD: ${message}`, 1_000)
    }
    case 'refused': {
      await recordAnswer(db, held, { type: 'release.refused', data: { ...answer, message: reply.message } })
      const passing = ['not-sent', 'http-401', 'http-429'].includes(reply.code)
      if (passing) return waitFor(db, held, `Argo CD: ${reply.message}`, 5_000)
      const ending = `Argo CD refused the sync: ${reply.message}`
      return moveTo(
        db,
        held,
        worker,
        'failed',
        { message: reply.message, epoch: held.epoch },
        { now: clock.now(), ending },
      )
    }
  }
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
  await moveTo(db, held, worker, 'syncing', { intent: intent.n, epoch: held.epoch }, { now: clock.now() })
  held.state = 'syncing'
}
