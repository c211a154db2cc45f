import { seconds } from './clock.ts'
import { imagesOf, liveKey } from './live.ts'
import type { Manifest } from './manifests.ts'
import { glob } from './projects.ts'
import {
  groupVersion,
  isHook,
  isMultiSource,
  renderSources,
  resolveSource,
  sourcesOf,
  tracked,
} from './render.ts'
import type { App, Core, State } from './state.ts'
import type { Condition, HealthName, ResourceStatus, Source, Status } from './types.ts'

export type Target =
  | { ok: true; revisions: string[]; manifests: Manifest[] }
  | { ok: false; revisions: string[]; message: string }

/** Every manifest the application would apply at these revisions (default: heads of its refs), tracked. */
export function targetOf(state: State, app: App, at?: string[], sources = sourcesOf(app.spec)): Target {
  const revisions = sources.map((source) => source.targetRevision ?? 'HEAD')
  const fail = (position: number, message: string): Target => ({
    ok: false,
    revisions,
    message: `Failed to load target state: failed to generate manifest for source ${position + 1} of ${sources.length}: rpc error: code = Unknown desc = ${message}`,
  })
  if (app.manifestError) return fail(0, app.manifestError)
  const resolved: string[] = []
  for (const [position, source] of sources.entries()) {
    const found = resolveSource(state.repos, source, at?.[position] || (revisions[position] ?? ''))
    if (!found.ok) return fail(position, found.message)
    resolved.push(found.sha)
  }
  const rendered = renderSources(state.repos, sources, resolved)
  if (!rendered.ok) return fail(0, rendered.message)
  const namespace = app.spec.destination.namespace ?? ''
  const manifests = rendered.manifests.map((manifest) => tracked(manifest, app.name, namespace))
  return { ok: true, revisions: resolved, manifests }
}

export const blankStatus = (): Status => ({
  sync: { status: '', comparedTo: { source: { repoURL: '' }, destination: {} } },
  health: {},
  summary: {},
  sourceHydrator: {},
})

/** Compares target and live and writes sync, health, conditions, resources and summary. */
export function compare(state: State, app: App, core: Core): void {
  const now = seconds(state.clock.now())
  const { status } = core
  const invalid = invalidSpec(state, app)
  if (invalid) {
    status.sync = { status: 'Unknown', comparedTo: { source: { repoURL: '' }, destination: {} } }
    setHealth(status, 'Unknown', now)
    setConditions(status, [{ type: 'InvalidSpecError', message: invalid }], now)
    return
  }
  const target = targetOf(state, app)
  status.reconciledAt = now
  status.resourceHealthSource = 'appTree'
  status.controllerNamespace = 'argocd'
  const links = Object.entries(app.annotations)
    .filter(([key]) => key.startsWith('link.argocd.argoproj.io/'))
    .map(([, url]) => url)
  const externalURLs = links.length > 0 ? links : undefined
  const compared = comparedTo(app)
  const at = isMultiSource(app.spec) ? { revisions: target.revisions } : { revision: target.revisions[0] }
  if (!target.ok) {
    status.sync = { status: 'Unknown', comparedTo: compared, ...at }
    status.resources = undefined
    status.summary = { externalURLs }
    setHealth(status, 'Healthy', now)
    setConditions(status, [{ type: 'ComparisonError', message: target.message }], now)
    return
  }
  const found = compareResources(app, core, target.manifests)
  status.resources = found.resources
  const outOfSync = found.resources.some((resource) => resource.status === 'OutOfSync')
  status.sync = { status: outOfSync ? 'OutOfSync' : 'Synced', comparedTo: compared, ...at }
  if (isMultiSource(app.spec)) status.sourceTypes = sourcesOf(app.spec).map(typeOf)
  else status.sourceType = typeOf(app.spec.source ?? { repoURL: '' })
  status.summary = { externalURLs, images: found.images.length > 0 ? found.images : undefined }
  setHealth(status, healthOf(found.resources), now)
  setConditions(status, found.shared, now)
}

function comparedTo(app: App): Status['sync']['comparedTo'] {
  const { source, sources, destination } = app.spec
  if (isMultiSource(app.spec)) return { source: { repoURL: '' }, destination, sources }
  return { source: source ?? { repoURL: '' }, destination }
}

function typeOf(source: Source): string {
  if (source.helm) return 'Helm'
  if (source.ref !== undefined) return ''
  return source.path?.startsWith('overlays/') ? 'Kustomize' : 'Directory'
}

function invalidSpec(state: State, app: App): string | undefined {
  const { server = '', namespace = '' } = app.spec.destination
  const project = state.projects.find((candidate) => candidate.name === app.spec.project)
  const allowed = project?.spec.destinations.some(
    (destination) => glob(destination.server, server) && glob(destination.namespace, namespace),
  )
  if (allowed) return undefined
  return `application destination server '${server}' and namespace '${namespace}' do not match any of the allowed destinations in project '${app.spec.project}'`
}

type Compared = {
  resources: ResourceStatus[]
  images: string[]
  shared: Pick<Condition, 'type' | 'message'>[]
}

function compareResources(app: App, core: Core, manifests: Manifest[]): Compared {
  const namespace = app.spec.destination.namespace ?? ''
  const resources: ResourceStatus[] = []
  const images = new Set<string>()
  const shared: string[] = []
  for (const manifest of manifests) {
    if (isHook(manifest)) continue
    const { group, version } = groupVersion(manifest.apiVersion)
    const { kind } = manifest
    const name = manifest.metadata.name ?? ''
    const live = core.live.get(liveKey(manifest, namespace))
    const same = live && !live.drift && JSON.stringify(live.applied) === JSON.stringify(manifest)
    const health = live ? live.health : { status: 'Missing' as const }
    resources.push({
      group: group || undefined,
      version,
      kind,
      namespace,
      name,
      status: same ? 'Synced' : 'OutOfSync',
      health,
    })
    for (const image of live ? [...imagesOf(live.applied), ...(live.rollout?.oldImages ?? [])] : [])
      images.add(image)
    if (live && live.owner !== app.name)
      shared.push(`${kind}/${name} is part of applications argocd/${app.name} and ${live.owner}`)
  }
  const key = (resource: ResourceStatus) => `${resource.group ?? ''}/${resource.kind}/${resource.name}`
  resources.sort((a, b) => (key(a) < key(b) ? -1 : 1))
  return {
    resources,
    images: [...images].sort(),
    shared: shared.sort().map((message) => ({ type: 'SharedResourceWarning', message })),
  }
}

const worst: HealthName[] = ['Degraded', 'Progressing', 'Suspended']

/** Missing only when everything is missing (Argo CD since 3.4), else the worst of what is there. */
function healthOf(resources: ResourceStatus[]): HealthName {
  const all = resources.map((resource) => resource.health?.status)
  if (all.length > 0 && all.every((health) => health === 'Missing')) return 'Missing'
  return worst.find((health) => all.includes(health)) ?? 'Healthy'
}

export function setHealth(status: Status, health: HealthName, now: string): void {
  if (status.health.status !== health) status.health = { status: health, lastTransitionTime: now }
}

function setConditions(status: Status, found: Pick<Condition, 'type' | 'message'>[], now: string): void {
  const before = status.conditions ?? []
  const conditions = found.map(
    (condition) =>
      before.find((other) => other.type === condition.type && other.message === condition.message) ?? {
        ...condition,
        lastTransitionTime: now,
      },
  )
  status.conditions = conditions.length > 0 ? conditions : undefined
}
