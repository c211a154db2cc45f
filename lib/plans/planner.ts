import 'server-only'
import type { ObservedApplication } from '#lib/argocd/application.ts'
import type { ArgoClient } from '#lib/argocd/client.ts'
import { endUnsent } from '#lib/dispatch/upkeep.ts'
import type { Git } from '#lib/git/gitlab.ts'
import { clock } from '#lib/platform/clock.ts'
import type { Db } from '#lib/platform/db.ts'
import { log } from '#lib/platform/log.ts'
import type { PolicyPlace } from '#lib/releases/policy.ts'
import { preparedOf } from '#lib/rollbacks/data.ts'
import { prepareRollbacks, wantedRollbacks } from '#lib/rollbacks/execute.ts'
import { isOutdated } from '#lib/rollbacks/rollback.ts'
import {
  claimApplication,
  clearPlan,
  notePlanProblem,
  noteWindows,
  type Planned,
  planDigest,
  savePlan,
} from './commands.ts'
import { environmentBefore, getPlan } from './data.ts'
import { makePlan, rendersTheSame } from './execute.ts'
import { planDifferences } from './plan.ts'
import { renderPlan } from './render.ts'

export type Planner = {
  db: Db
  worker: string
  clients: ReadonlyMap<string, ArgoClient>
  git: Git
  policy: (where: PolicyPlace) => {
    digest: string
    excludeAuthors: boolean
  }
  environments: readonly string[]
  /** How long what was looked at counts; see `createRecheckPace`. */
  recheckAfterMs: () => Promise<number>
}

const retryAfterMs = 10_000

/** Evidence changes without Argo CD saying so; this often each protected application is looked at again, */
const recheckMs = 5 * 60_000
/** but in a large fleet no more of them than this, because each asks Argo CD, and those that wait are rendered anew. */
const rechecksPerSecond = 10
const countEveryMs = 60_000

/** How long what was looked at counts, in a fleet of that many protected applications. */
export const recheckAfter = (applications: number): number =>
  Math.max(recheckMs, (applications * 1_000) / rechecksPerSecond)

/** The same for the fleet as it is; counted once a minute. */
export function createRecheckPace(db: Db): () => Promise<number> {
  let paceMs = recheckMs
  let countedMs = Number.NEGATIVE_INFINITY
  return async () => {
    if (clock.monotonicMs() - countedMs < countEveryMs) return paceMs
    countedMs = clock.monotonicMs()
    paceMs = recheckAfter(await db.application.count({ where: { protected: true, goneAt: null } }))
    return paceMs
  }
}

/** Looks at one protected application that needs it. False when none does. */
export async function planNext(planner: Planner): Promise<boolean> {
  const { db } = planner
  const recheckAfterMs = await planner.recheckAfterMs()
  const application = await claimApplication(db, recheckAfterMs)
  if (!application) return false
  try {
    await planOne(planner, application, recheckAfterMs)
  } catch (error) {
    log.error('planning failed', { application: application.name, error })
    await notePlanProblem(
      db,
      application,
      'The worker could not make the plan; its log says why.',
      retryAfterMs,
      recheckAfterMs,
    )
  }
  return true
}

async function planOne(planner: Planner, application: Planned, recheckAfterMs: number): Promise<void> {
  const { db, worker } = planner
  const open = application.openRelease
  // While our own sync runs, Argo CD shows states that last for a blink; the end of the release brings us back.
  if (open && open.state !== 'requested' && open.state !== 'approved') return
  const client = planner.clients.get(application.instance)
  if (!client)
    return clearPlan(db, application, `Argo CD ${application.instance} is not configured any more.`)
  const { namespace, name, project } = application
  const answer = await client.get({ namespace, name, project })
  if (!answer.ok)
    return notePlanProblem(
      db,
      application,
      `Argo CD did not answer: ${answer.message}`,
      retryAfterMs,
      recheckAfterMs,
    )
  const app = answer.value
  if (app.operation?.inFlight || application.coming === 'in-flight') return
  const back = await wantedRollbacks(db, application, app)
  const waits = application.coming === 'waits-for-approval' || application.coming === 'live-drift'
  const windows =
    waits || back.length > 0 ? await client.syncWindows({ namespace, name, project }) : undefined
  const canSync = windows?.ok ? windows.value.canSync : null
  if (windows) await noteWindows(db, application, canSync)
  await prepareRollbacks({ ...planner, client, canSync }, application, app, back)
  if (open?.rollbackTo) await keepRollback(planner, application, open, app)
  // What Git says next does not concern a rollback.
  const forward = open?.rollbackTo ? null : open
  switch (application.coming) {
    case 'waits-for-approval':
    case 'live-drift':
      break
    case 'in-sync':
      await clearPlan(db, application, null)
      if (forward) await endStale(planner, forward.id, 'Live became what Git says without this release.')
      return
    default:
      return clearPlan(db, application, null)
  }
  if (await keepsStanding(planner, client, application, app)) return
  const { digest: current, excludeAuthors } = planner.policy(application)
  const policy = forward?.policyDigest ?? current
  const now = clock.now()
  const before = await environmentBefore(db, application, planner.environments, now)
  const made = await makePlan(
    app,
    { revisions: app.desiredRevisions, policyDigest: policy, authors: excludeAuthors },
    {
      ...{ client, git: planner.git, now, service: application.service, evidence: { before, canSync } },
      environments: planner.environments.slice(0, planner.environments.indexOf(application.environment) + 1),
    },
  )
  if (!made.ok)
    return notePlanProblem(
      db,
      application,
      `Argo CD could not render the plan: ${made.failure.message}`,
      retryAfterMs,
      recheckAfterMs,
    )
  const digest = planDigest(made.plan)
  const signed = forward && forward.planDigest !== digest ? await getPlan(db, forward.planDigest) : null
  await savePlan(db, application, worker, made.plan, made.document, made.authors)
  if (forward && signed)
    await endStale(planner, forward.id, `${sentence(planDifferences(signed.plan, made.plan))}.`, digest)
}

/** A rollback whose plan was made anew and is another one goes stale, before anybody signs what is not sent. */
async function keepRollback(
  planner: Planner,
  application: Planned,
  open: NonNullable<Planned['openRelease']>,
  app: ObservedApplication,
): Promise<void> {
  const { db } = planner
  const [now] = await preparedOf(db, application.id, { deployment: open.rollbackTo ?? '' })
  const signed = await getPlan(db, open.planDigest)
  if (!now || !signed || now.plan === open.planDigest) return
  const made = now.plan ? await getPlan(db, now.plan) : null
  if (made)
    await endStale(planner, open.id, `${sentence(planDifferences(signed.plan, made.plan))}.`, made.digest)
  else if (now.problem && isOutdated(signed.plan, app)) await endStale(planner, open.id, now.problem)
}

/**
 * A newer commit that renders the same manifests is no new plan: in a repository of many services every other commit
 * would void the approvals of this one. The plan that stands is built anew at its own revisions; only when nothing
 * else differs, and the newer revisions render the same, does it stay.
 */
async function keepsStanding(
  planner: Planner,
  client: ArgoClient,
  application: Planned,
  app: ObservedApplication,
): Promise<boolean> {
  const stored = application.planDigest ? await getPlan(planner.db, application.planDigest) : null
  if (!stored || same(stored.plan.revisions, app.desiredRevisions)) return false
  const { revisions, policyDigest } = stored.plan
  const again = await renderPlan(client, app, {
    revisions,
    policyDigest,
    instance: client.name,
    twice: false,
  })
  if (!again.ok || planDigest(again.value.plan) !== stored.digest) return false
  return (await rendersTheSame(client, app, stored.plan)) === 'same'
}

const same = (a: string[], b: string[]) => a.length === b.length && a.every((each, i) => each === b[i])

async function endStale(planner: Planner, release: string, why: string, found?: string): Promise<void> {
  await endUnsent(planner.db, release, planner.worker, { state: 'stale', ending: why, found }, clock.now())
}

function sentence(differences: string[]): string {
  const text = differences.join('; ') || 'the plan changed'
  return text[0]?.toUpperCase() + text.slice(1)
}
