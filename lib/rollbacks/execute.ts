import 'server-only'
import type { ObservedApplication } from '#lib/argocd/application.ts'
import type { ArgoClient } from '#lib/argocd/client.ts'
import type { Git } from '#lib/git/gitlab.ts'
import { digestOf } from '#lib/manifests/digest.ts'
import type { Planned } from '#lib/plans/commands.ts'
import { makePlan } from '#lib/plans/execute.ts'
import { clock } from '#lib/platform/clock.ts'
import type { Db } from '#lib/platform/db.ts'
import type { PolicyPlace } from '#lib/releases/policy.ts'
import { savePrepared } from './commands.ts'
import { getRan, preparedOf, readRan } from './data.ts'
import {
  changedParameters,
  checksBack,
  explainNoWayBack,
  noWayBack,
  type Ran,
  wasProven,
  wayBack,
} from './rollback.ts'

export type Preparing = {
  db: Db
  worker: string
  client: ArgoClient
  git: Git
  policy: (where: PolicyPlace) => { digest: string; excludeAuthors: boolean }
  canSync: boolean | null
}

/** Whoever asked on the page looks at it; later the newest way back is enough. */
const askedForMs = 15 * 60_000

/** A way back somebody may want, and what would be gone back from. */
export type Wanted = { current: Ran; target: Ran }

/**
 * The ways back to prepare: from what a release brought (or failed to bring) to the newest deployment that worked, those
 * asked for lately, and the one of a rollback that waits for approval.
 */
export async function wantedRollbacks(
  db: Db,
  application: Planned,
  app: ObservedApplication,
): Promise<Wanted[]> {
  const ran = await readRan(db, application.id)
  const [current] = ran
  // Until the catalog knows what Argo CD shows, nobody can say what would be gone back from.
  if (!current || current.revisions.join() !== app.deployed?.revisions.join() || current.uid !== app.uid)
    return []
  const asked = await preparedOf(db, application.id, { askedWithinMs: askedForMs })
  const open = application.openRelease?.rollbackTo
  const best = current.release || current.halfway ? wayBack(ran) : null
  const ids = new Set([
    ...(best ? [best.id] : []),
    ...asked.map(({ deployment }) => deployment),
    ...(open ? [open] : []),
  ])
  const found: Wanted[] = []
  for (const id of ids) {
    const target = ran.find((each) => each.id === id) ?? (await getRan(db, application.id, id))
    if (target) found.push({ current, target })
  }
  return found
}

/** Makes these plans back. A plan stands as long as all that it was made from does. */
export async function prepareRollbacks(
  preparing: Preparing,
  application: Planned,
  app: ObservedApplication,
  wanted: readonly Wanted[],
): Promise<void> {
  for (const { current, target } of wanted) await prepareOne(preparing, application, app, current, target)
}

async function prepareOne(
  { db, worker, client, git, policy, canSync }: Preparing,
  application: Planned,
  app: ObservedApplication,
  current: Ran,
  target: Ran,
): Promise<void> {
  const { service, environment, project, openRelease } = application
  const rule = policy({ service, environment, project, back: wasProven(target) })
  const open = openRelease?.rollbackTo === target.id ? openRelease : null
  const policyDigest = open?.policyDigest ?? rule.digest
  const basis = digestOf([
    ...[app.uid, app.project, app.destination, app.sources, app.syncOptions, app.deployed?.revisions ?? []],
    ...[app.history.at(-1)?.id ?? null, policyDigest, target.revisions, target.release?.state ?? null],
  ])
  const [before] = await preparedOf(db, application.id, { deployment: target.id })
  if (before?.basis === basis && before.plan) return
  const impossible = noWayBack(target, current)
  const save = (made: Parameters<typeof savePrepared>[5]) =>
    savePrepared(db, application, worker, target.id, basis, made)
  if (impossible) return save({ problem: explainNoWayBack(impossible) })
  const made = await makePlan(
    app,
    {
      ...{ revisions: [...target.revisions], policyDigest, authors: false },
      rollback: { deployment: target.id },
    },
    {
      client,
      git,
      now: clock.now(),
      service,
      evidence: { before: null, canSync },
      environments: [environment],
    },
  )
  if (!made.ok) return save({ problem: `Argo CD could not render it: ${made.failure.message}` })
  const { plan, document } = made
  const changed = changedParameters(target.sources, app.sources)
  await save({
    plan,
    document: {
      ...document,
      checks: checksBack(document.checks, target, { changed, images: plan.images }),
      rollback: {
        deployment: target.id,
        version: target.version,
        from: target.from,
        to: target.to,
        release: target.release?.id ?? null,
        changed,
      },
    },
    // It brings nothing that was not here: who wrote it was asked when a release brought it, or never.
    authors: rule.excludeAuthors
      ? {
          people: [],
          incomplete: target.release ? [] : ['no release brought it here, so nobody was asked who wrote it'],
        }
      : null,
  })
}
