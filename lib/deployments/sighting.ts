import { type HistoryEntry, isFullSync, type ObservedApplication } from '#lib/argocd/application.ts'
import type { ObservedOperation } from '#lib/argocd/operation.ts'
import type { Source } from '#lib/argocd/schema.ts'
import { versionOf } from '#lib/manifests/images.ts'
import { type Instant, millisecondsBetween } from '#lib/platform/clock.ts'
import type { Attempt, Because } from './deployment.ts'

/** One look at an application: what Argo CD said, how and when we heard it. */
export type Sighting = {
  /** '' where Argo CD gave none. */
  uid: string
  createdAt: Instant | null
  history: HistoryEntry[]
  operation: ObservedOperation | null
  /** Of everything that runs; may mix old and new while a rollout is under way. */
  images: string[]
  /** Healthy, in sync and nothing in flight: `images` are those of the last deployment. */
  settled: boolean
  service: string
  /** A change told by the watch, or a list, a snapshot, a single look. */
  via: 'watch' | 'list'
  firstContact: boolean
  /** By the clock of Postgres. */
  at: Instant
  /** The last whole list that did not differ from what is stored. */
  knownUntil: Instant | null
}

/** A sync that our worker sent, or was about to: between `from` and `until` it can have begun. */
export type OwnSync = { token: string; releaseId: string; revisions: string[]; from: Instant; until: Instant }

/** A completed full sync that this sighting tells of; `historyId` is null when only the operation does. */
export type Told = Because & {
  historyId: number | null
  startedAt: Instant | null
  deployedAt: Instant | null
  revisions: string[]
  sources: Source[]
  images: string[]
  version: string | null
  live: boolean
}

const tokenName = 'countersign/token'

export const sameList = (a: readonly string[], b: readonly string[]) =>
  a.length === b.length && a.every((each, i) => each === b[i])

/** Sighting of an observed application; `images` and `service` as the catalog shows them. */
export function sightingOf(
  app: ObservedApplication,
  how: Pick<Sighting, 'via' | 'firstContact' | 'at' | 'knownUntil'> & { service: string | null },
): Sighting {
  const { uid, createdAt, history, operation, images } = app
  const settled =
    app.health.status === 'Healthy' && app.sync.status === 'Synced' && operation?.inFlight !== true
  return {
    ...{ createdAt, history, operation, images, settled },
    uid: uid ?? '',
    ...how,
    service: how.service ?? app.key.name,
  }
}

/** By the token; by an attempt that carried it; else by the same revisions while our request was on its way. */
function releaseOf(
  sync: { startedAt: Instant | null; revisions: readonly string[]; automated: boolean },
  operation: ObservedOperation | null,
  known: { own: readonly OwnSync[]; attempts: readonly Attempt[] },
): string | null {
  const { startedAt } = sync
  if (operation) {
    const tokens = operation.info.filter((each) => each.name === tokenName).map((each) => each.value)
    return known.own.find((each) => tokens.includes(each.token))?.releaseId ?? null
  }
  if (startedAt === null || sync.automated) return null
  const attempt = known.attempts.find((each) => each.startedAt === startedAt)
  if (attempt) return attempt.releaseId
  const near = known.own.filter(
    (each) =>
      sameList(each.revisions, sync.revisions) &&
      millisecondsBetween(each.from, startedAt) >= -2_000 &&
      startedAt <= each.until,
  )
  return near.length === 1 ? (near[0]?.releaseId ?? null) : null
}

export function becauseOf(
  sync: {
    startedAt: Instant | null
    revisions: readonly string[]
    initiatedBy: HistoryEntry['initiatedBy']
  },
  operation: ObservedOperation | null,
  known: { own: readonly OwnSync[]; attempts: readonly Attempt[] },
): Because {
  const { automated, username } = sync.initiatedBy
  const actor = username === '' ? null : username
  const releaseId = releaseOf({ ...sync, automated }, operation, known)
  if (releaseId) return { cause: 'release', actor, releaseId }
  return { cause: automated ? 'automation' : actor ? 'account' : 'unknown', actor, releaseId: null }
}

/** What this sighting tells of completed full syncs, in their order. */
export function toldBy(
  seen: Sighting,
  known: { own: readonly OwnSync[]; attempts: readonly Attempt[] },
): Told[] {
  const { history, operation } = seen
  const last = history.at(-1)
  const told = history.map((entry): Told => {
    const { deployStartedAt: startedAt, deployedAt, revisions, sources } = entry
    // The operation itself says more than its entry; a later entry of the same second is another one.
    const own = operation?.startedAt === startedAt && startedAt !== null && entry === last ? operation : null
    const applied = own?.request.partial || own?.request.dryRun ? null : own
    const images = applied?.images ?? []
    return {
      historyId: entry.id,
      ...{ startedAt, deployedAt, revisions, sources, images },
      version: versionOf({ images, sources, revisions, service: seen.service }),
      live: seen.via === 'watch' && !seen.firstContact && applied !== null,
      ...becauseOf({ startedAt, revisions, initiatedBy: entry.initiatedBy }, applied, known),
    }
  })
  if (operation && isFullSync(operation) && !entered(seen, operation)) {
    const { startedAt, finishedAt: deployedAt, syncedRevisions: revisions, images } = operation
    const sources = operation.syncedSources
    told.push({
      historyId: null,
      ...{ startedAt, deployedAt, revisions, sources, images },
      version: versionOf({ images, sources, revisions, service: seen.service }),
      live: seen.via === 'watch' && !seen.firstContact,
      ...becauseOf({ startedAt, revisions, initiatedBy: operation.initiatedBy }, operation, known),
    })
  }
  return told
}

/** Does the history have it? One that keeps entries has every full sync before the operation is over. */
function entered({ history }: Sighting, operation: ObservedOperation): boolean {
  const last = history.at(-1)
  if (!last) return false
  return (
    history.some((entry) => entry.deployStartedAt === operation.startedAt) ||
    (operation.finishedAt ?? '') <= (last.deployedAt ?? '')
  )
}
