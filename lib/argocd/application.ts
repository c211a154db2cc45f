import { hash } from 'node:crypto'
import type { Masker } from '#lib/manifests/mask.ts'
import { type Instant, instant } from '#lib/platform/clock.ts'
import { memo } from '#lib/platform/memo.ts'
import { type Listed, listedOf } from './listed.ts'
import { type ObservedOperation, operationOf } from './operation.ts'
import { readerOf, unfit } from './reader.ts'
import { applicationSchema, type Health, healthSchema, type RawApplication, type Source } from './schema.ts'

/** `namespace` is the one of the Application object; '' when an answer left it out. */
export type ApplicationKey = { namespace: string; name: string }

export type HistoryEntry = {
  id: number
  revisions: string[]
  sources: Source[]
  deployStartedAt: Instant | null
  deployedAt: Instant | null
  initiatedBy: { username: string | null; automated: boolean }
}

/** What runs according to the last completed full sync; `historyId` is null while only the operation says so. */
export type Deployed = {
  revisions: string[]
  sources: Source[]
  at: Instant | null
  historyId: number | null
}

/**
 * An Application in our words, secrets in texts and source parameters masked. Statuses are Argo CD's own
 * words, also those we do not know. `desiredRevisions` is what Argo CD compared with, never what runs.
 */
export type ObservedApplication = {
  key: ApplicationKey
  uid: string | null
  project: string
  resourceVersion: string | null
  createdAt: Instant | null
  labels: Record<string, string>
  annotations: Record<string, string>
  owner: { kind: 'ApplicationSet'; name: string; uid: string | null } | null
  destination: { server: string | null; name: string | null; namespace: string | null }
  sources: Source[]
  /** With `spec.sources` (even one) Argo CD wants positions and revisions, otherwise one revision. */
  multiSource: boolean
  targetRevisions: string[]
  automated: boolean
  automatedPrune: boolean
  selfHeal: boolean
  retryRefresh: boolean
  syncOptions: string[]
  revisionHistoryLimit: number
  deleting: boolean
  skipReconcile: boolean
  sync: { status: string; revisions: string[] }
  comparedSources: Source[]
  desiredRevisions: string[]
  health: { status: string; since: Instant | null; message: string | null }
  operation: ObservedOperation | null
  history: HistoryEntry[]
  deployed: Deployed | null
  images: string[]
  conditions: { type: string; message: string; since: Instant | null }[]
  externalURLs: string[]
  reconciledAt: Instant | null
  resources: {
    total: number
    outOfSync: number
    needPruning: number
    needDeletionConfirmation: number
    byHealth: Record<string, number>
  }
  /** Each of them; only fresh from Argo CD, kept in a table of its own. */
  listed?: Listed
  /**
   * SHA-256 of the exact operation state and last history id: equal before and after means that no operation
   * has begun in between. The snapshot rule of dispatch rests on it.
   */
  operationFingerprint: string
}

export type NotUnderstood = { key: ApplicationKey | null; problem: string }
export type Observation = { ok: true; application: ObservedApplication } | ({ ok: false } & NotUnderstood)

const read = readerOf(applicationSchema)

/** Maps one Application object as GET, LIST or WATCH give it. Never throws; what it cannot read it names. */
export function observe(raw: unknown, masker: Masker): Observation {
  const quick = read(raw)
  if (quick !== unfit) return { ok: true, application: mapApplication(quick, raw, masker) }
  const parsed = applicationSchema.safeParse(raw)
  if (!parsed.success) {
    const problems = parsed.error.issues
      .slice(0, 3)
      .map((issue) => `${issue.path.join('.') || 'value'}: ${issue.message}`)
    return { ok: false, key: keyOf(raw), problem: `not understood: ${problems.join('; ')}` }
  }
  return { ok: true, application: mapApplication(parsed.data, raw, masker) }
}

const readHealth = readerOf(healthSchema)

/** As `observe` reads it, of `status.health` alone; null for what is not understood. */
export function observeHealth(raw: unknown, masker: Masker): ObservedApplication['health'] | null {
  const health = readHealth(raw)
  return health === unfit ? null : healthOf(health, masker)
}

function healthOf(given: Health | null | undefined, masker: Masker): ObservedApplication['health'] {
  return {
    status: given?.status || 'Unknown',
    since: at(given?.lastTransitionTime),
    message: given?.message ? masker.text(given.message) : null,
  }
}

/** The key of anything that at least has a name, so that a broken application keeps its place. */
export function keyOf(raw: unknown): ApplicationKey | null {
  const metadata = (raw as { metadata?: { name?: unknown; namespace?: unknown } } | null)?.metadata
  if (typeof metadata?.name !== 'string' || metadata.name === '') return null
  return { name: metadata.name, namespace: typeof metadata.namespace === 'string' ? metadata.namespace : '' }
}

function mapApplication(parsed: RawApplication, raw: unknown, masker: Masker): ObservedApplication {
  const { metadata, spec, status } = parsed
  const sources = effectiveSources(spec).map((source) => masker.tree(source, 'source'))
  const automated = spec?.syncPolicy?.automated ?? null
  const owner = metadata.ownerReferences.find(
    (each) => each.kind === 'ApplicationSet' && each.controller !== false,
  )
  const history = (status?.history ?? [])
    .map((entry) => historyEntry(entry, masker))
    .sort((a, b) => a.id - b.id)
  const operation = operationOf(parsed.operation, status?.operationState ?? null, masker)
  const revisions = revisionsOf(status?.sync ?? null)
  const rawStatus = (raw as { status?: { operationState?: unknown } | null }).status
  return {
    key: { namespace: metadata.namespace ?? '', name: metadata.name },
    uid: metadata.uid,
    project: spec?.project ?? '',
    resourceVersion: metadata.resourceVersion,
    createdAt: at(metadata.creationTimestamp),
    labels: metadata.labels,
    annotations: masker.tree(metadata.annotations, 'annotations'),
    owner: owner?.name ? { kind: 'ApplicationSet', name: owner.name, uid: owner.uid } : null,
    destination: spec?.destination ?? { server: null, name: null, namespace: null },
    sources,
    multiSource: (spec?.sources.length ?? 0) > 0,
    targetRevisions: sources.map((source) => source.targetRevision || 'HEAD'),
    automated: automated !== null && automated.enabled !== false,
    automatedPrune: automated?.prune === true,
    selfHeal: automated?.selfHeal === true,
    retryRefresh: spec?.syncPolicy?.retry?.refresh === true,
    syncOptions: spec?.syncPolicy?.syncOptions ?? [],
    revisionHistoryLimit: spec?.revisionHistoryLimit ?? 10,
    deleting: metadata.deletionTimestamp !== null,
    skipReconcile: metadata.annotations['argocd.argoproj.io/skip-reconcile'] === 'true',
    sync: { status: status?.sync?.status || 'Unknown', revisions },
    comparedSources: sourcesOf(status?.sync?.comparedTo ?? null).map((source) =>
      masker.tree(source, 'source'),
    ),
    desiredRevisions: revisions,
    health: healthOf(status?.health, masker),
    operation,
    history,
    deployed: deployedOf(history, operation),
    images: status?.summary?.images ?? [],
    conditions: conditionsOf(status, masker),
    externalURLs: (status?.summary?.externalURLs ?? []).filter(isWebAddress).map(masker.text),
    reconciledAt: at(status?.reconciledAt),
    resources: countResources(status?.resources ?? []),
    listed: listedOf(status, masker),
    operationFingerprint: fingerprint(rawStatus?.operationState, history.at(-1)?.id ?? null),
  }
}

type RawSpec = RawApplication['spec']
type GivenSource = { [name: string]: unknown; repoURL?: string | undefined }
type RawStatus = RawApplication['status']

/** With a hydrator Argo CD syncs the hydrated branch, whatever `spec.source` says. */
function effectiveSources(spec: RawSpec): Source[] {
  const hydrated = spec?.sourceHydrator
  if (!hydrated) return sourcesOf(spec)
  const { repoURL, path, targetBranch } = hydrated.syncSource
  return [
    {
      repoURL: repoURL ?? hydrated.drySource?.repoURL ?? '',
      path: path ?? '',
      targetRevision: targetBranch ?? '',
    },
  ]
}

/** `sources` when there are any, else `source`; an empty source stands for none (recorded beside `sources`). */
function sourcesOf(given: { source: GivenSource | null; sources: Source[] } | null): Source[] {
  if (!given) return []
  if (given.sources.length > 0) return given.sources
  return given.source?.repoURL ? [{ ...given.source, repoURL: given.source.repoURL }] : []
}

/** Always a list: `revisions` when there are any, else `revision`. */
function revisionsOf(given: { revision: string | null; revisions: string[] } | null): string[] {
  if (!given) return []
  if (given.revisions.length > 0) return given.revisions
  return given.revision ? [given.revision] : []
}

/** The same few moments stand in the histories of all applications of a wave, and in every sweep again. */
const moments = memo(10_000, 64, instant)

function at(moment: string | null | undefined): Instant | null {
  return moment ? moments(moment) : null
}

function historyEntry(entry: NonNullable<RawStatus>['history'][number], masker: Masker): HistoryEntry {
  return {
    id: entry.id,
    revisions: revisionsOf(entry),
    sources: sourcesOf(entry).map((source) => masker.tree(source, 'source')),
    deployStartedAt: at(entry.deployStartedAt),
    deployedAt: at(entry.deployedAt),
    initiatedBy: {
      username: entry.initiatedBy?.username ?? null,
      automated: entry.initiatedBy?.automated === true,
    },
  }
}

/** Did this operation, if it is over, deploy what it was asked to? Dry runs and partial syncs deploy no version. */
export function isFullSync(operation: ObservedOperation): boolean {
  const { phase, request, syncedRevisions } = operation
  return phase === 'Succeeded' && !request.dryRun && !request.partial && syncedRevisions.length > 0
}

/**
 * The last history entry, unless a later full sync has succeeded that the history does not have (it keeps none, or not
 * yet). An entry and its operation share the second they began in; their ends may be a second apart.
 */
function deployedOf(history: HistoryEntry[], operation: ObservedOperation | null): Deployed | null {
  const last = history.at(-1)
  const { startedAt = null, finishedAt = null } = operation ?? {}
  const entered = startedAt !== null && history.some((entry) => entry.deployStartedAt === startedAt)
  const later = finishedAt !== null && finishedAt > (last?.deployedAt ?? '')
  if (operation && isFullSync(operation) && later && !entered) {
    return {
      revisions: operation.syncedRevisions,
      sources: operation.syncedSources,
      at: finishedAt,
      historyId: null,
    }
  }
  if (!last) return null
  return { revisions: last.revisions, sources: last.sources, at: last.deployedAt, historyId: last.id }
}

function conditionsOf(status: RawStatus, masker: Masker): ObservedApplication['conditions'] {
  const distinct = new Map<string, ObservedApplication['conditions'][number]>()
  for (const { type, message, lastTransitionTime } of status?.conditions ?? []) {
    const condition = {
      type: type ?? 'Unknown',
      message: masker.text(message ?? ''),
      since: at(lastTransitionTime),
    }
    const name = `${condition.type}\0${condition.message}`
    if (!distinct.has(name)) distinct.set(name, condition)
  }
  return [...distinct.values()]
}

function countResources(resources: NonNullable<RawStatus>['resources']): ObservedApplication['resources'] {
  const byHealth: Record<string, number> = {}
  for (const { health } of resources)
    if (health?.status) byHealth[health.status] = (byHealth[health.status] ?? 0) + 1
  const count = (test: (each: (typeof resources)[number]) => boolean) => resources.filter(test).length
  return {
    total: resources.length,
    outOfSync: count((each) => each.status !== 'Synced' && each.hook !== true),
    needPruning: count((each) => each.requiresPruning === true),
    needDeletionConfirmation: count((each) => each.requiresDeletionConfirmation === true),
    byHealth,
  }
}

/** Anyone may write any text as a link on a resource: `javascript:` and the like are left out. */
function isWebAddress(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
}

/** As Argo CD wrote it: its fields and maps come in one order, and another order would only mean "look again". */
function fingerprint(operationState: unknown, historyId: number | null): string {
  return hash('sha256', JSON.stringify({ operationState: operationState ?? null, historyId }))
}
