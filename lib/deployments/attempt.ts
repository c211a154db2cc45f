import canonicalize from 'canonicalize'
import { isFullSync } from '#lib/argocd/application.ts'
import type { Instant } from '#lib/platform/clock.ts'
import { type Attempt, type Deployment, unseen } from './deployment.ts'
import { becauseOf, type OwnSync, type Sighting } from './sighting.ts'

/**
 * The attempts to write: the operation of this sighting, unless it was over and had deployed before anybody saw it
 * running, and the earlier ones whose end was missed. `stored` are those without an end and the one that began when
 * this operation did; `deployments` all that are known, this sighting's included.
 */
export function attemptsAfter(
  stored: readonly Attempt[],
  seen: Sighting,
  deployments: readonly Deployment[],
  own: readonly OwnSync[],
): Attempt[] {
  const { operation } = seen
  const startedAt = operation?.startedAt ?? null
  const deployedBy = (started: Instant) =>
    deployments.find((each) => each.knownFrom !== 'inferred' && each.syncStartedAt === started)
  const changed: Attempt[] = []
  for (const old of stored) {
    if (old.finishedAt !== null || old.phase === unseen || old.startedAt === startedAt) continue
    const deployed = old.kind === 'sync' ? deployedBy(old.startedAt) : undefined
    changed.push(
      deployed
        ? { ...old, phase: 'Succeeded', finishedAt: deployed.from, deploymentId: deployed.id }
        : { ...old, phase: unseen },
    )
  }
  if (!operation || startedAt === null) return changed
  const { request, inFlight, phase, message, syncedRevisions } = operation
  const revisions = syncedRevisions.length > 0 ? syncedRevisions : request.revisions
  const before = stored.find((each) => each.startedAt === startedAt)
  const deployed = isFullSync(operation) ? deployedBy(startedAt) : undefined
  if (deployed && !before) return changed
  const because = becauseOf({ startedAt, revisions, initiatedBy: operation.initiatedBy }, operation, {
    own,
    attempts: [],
  })
  const now: Attempt = {
    ...because,
    startedAt,
    finishedAt: inFlight ? null : (operation.finishedAt ?? seen.at),
    kind: request.dryRun ? 'dry-run' : request.partial ? 'partial' : 'sync',
    phase,
    message,
    revisions,
    deploymentId: deployed?.id ?? null,
  }
  if (before === undefined || canonicalize(before) !== canonicalize(now)) changed.push(now)
  return changed
}
