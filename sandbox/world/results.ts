import { type ApplyResult, imagesOf } from './live.ts'
import type { Manifest } from './manifests.ts'
import { groupVersion, isHook, isMultiSource, sourcesOf } from './render.ts'
import type { App } from './state.ts'
import type { ResourceResult, SyncResult } from './types.ts'

export type Applied = { manifest: Manifest; outcome: ApplyResult }

/** The order in which Argo CD applies kinds. */
const kindOrder = ['Secret', 'ConfigMap', 'Service', 'Deployment']

export function inApplyOrder(manifests: Manifest[]): Manifest[] {
  return manifests
    .filter((manifest) => !isHook(manifest))
    .sort((a, b) => kindOrder.indexOf(a.kind) - kindOrder.indexOf(b.kind))
}

/** Name of the Job a PreSync hook becomes, as Argo CD builds it. */
export function hookName(manifest: Manifest, revision: string, atMs: number): string {
  return `${manifest.metadata.generateName}${revision.slice(0, 7)}-presync-${Math.floor(atMs / 1000)}`
}

export function hookResult(app: App, hook: Manifest, revision: string, atMs: number): ResourceResult {
  return {
    ...groupVersion(hook.apiVersion),
    kind: hook.kind,
    namespace: app.spec.destination.namespace ?? '',
    name: hookName(hook, revision, atMs),
    status: 'Synced',
    message: 'Reached expected number of succeeded pods',
    hookType: 'PreSync',
    hookPhase: 'Succeeded',
    syncPhase: 'PreSync',
    images: imagesOf(hook),
  }
}

/** One applied manifest in the words of `syncResult.resources`. */
export function resourceResult(app: App, { manifest, outcome }: Applied, phase: string): ResourceResult {
  const { group, version } = groupVersion(manifest.apiVersion)
  const name = manifest.metadata.name ?? ''
  const images = imagesOf(manifest)
  const subject = `${manifest.kind.toLowerCase()}${group ? `.${group}` : ''}/${name}`
  const dry = phase === 'dry run' ? ' (dry run)' : ''
  return {
    group,
    version,
    kind: manifest.kind,
    namespace: app.spec.destination.namespace ?? '',
    name,
    status: outcome.ok ? 'Synced' : 'SyncFailed',
    message: outcome.ok ? `${subject} ${outcome.verb}${dry}` : outcome.message,
    hookPhase: outcome.ok ? (phase === 'Running' ? 'Running' : 'Succeeded') : 'Failed',
    syncPhase: 'Sync',
    ...(images.length > 0 ? { images } : {}),
  }
}

/** Results of a sync that ran to its end: hooks first. */
export function resultsOf(
  app: App,
  manifests: Manifest[],
  applied: Applied[],
  atMs: number,
): ResourceResult[] {
  const revision = app.declared.past.at(-1)?.revisions[0] ?? ''
  const hooks = manifests.filter(isHook).map((hook) => hookResult(app, hook, revision, atMs))
  const ordered = inApplyOrder(manifests).flatMap((manifest) => {
    const found = applied.find((candidate) => candidate.manifest === manifest)
    return found ? [resourceResult(app, found, 'Running')] : []
  })
  return [...hooks, ...ordered]
}

export function resultOf(app: App, revisions: string[], resources?: ResourceResult[]): SyncResult {
  if (!isMultiSource(app.spec))
    return { resources, revision: revisions[0] ?? '', source: app.spec.source ?? { repoURL: '' } }
  return {
    resources,
    revision: '',
    source: { repoURL: '' },
    sources: sourcesOf(app.spec),
    revisions,
  }
}
