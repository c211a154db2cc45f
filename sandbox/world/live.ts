import type { Manifest } from './manifests.ts'
import { groupVersion } from './render.ts'
import { uuidOf } from './seed.ts'
import type { HealthName } from './types.ts'

/** One object in the pretend Kubernetes. */
export type LiveResource = {
  group: string
  version: string
  kind: string
  namespace: string
  name: string
  /** The application whose tracking id it carries. */
  owner: string
  applied: Manifest
  uid: string
  resourceVersion: number
  createdAt: number
  appliedAt: number
  generation: number
  health: { status: HealthName; message?: string } | undefined
  /** Deployments only: count of rollouts and the images that still run beside the new ones. */
  rollout?: { revision: number; startedAt: number; oldImages: string[]; oldTemplate?: string }
  drift?: { replicas: number; atMs: number }
}

export type Cluster = Map<string, LiveResource>

export function liveKey(manifest: Manifest, namespace: string): string {
  const { group } = groupVersion(manifest.apiVersion)
  return `${namespace}/${group}/${manifest.kind}/${manifest.metadata.name ?? ''}`
}

type PodSpec = { containers: { image: string }[] }
type DeploymentSpec = {
  replicas: number
  selector: { matchLabels: Record<string, string> }
  template: { metadata: { labels: Record<string, string> }; spec: PodSpec }
}

export const deploymentSpec = (manifest: Manifest) => manifest.spec as DeploymentSpec

export function imagesOf(manifest: Manifest): string[] {
  const template = (manifest.spec as { template?: { spec?: PodSpec } } | undefined)?.template
  return template?.spec?.containers.map((container) => container.image) ?? []
}

export type ApplyResult =
  | { ok: true; verb: 'created' | 'configured' | 'unchanged' }
  | { ok: false; message: string }

/** The one apply that Kubernetes refuses here: a Deployment's selector cannot change. */
export function refusalOf(cluster: Cluster, manifest: Manifest, namespace: string): string | undefined {
  const live = cluster.get(liveKey(manifest, namespace))
  if (!live || manifest.kind !== 'Deployment') return undefined
  const wanted = deploymentSpec(manifest).selector
  if (JSON.stringify(wanted) === JSON.stringify(deploymentSpec(live.applied).selector)) return undefined
  const name = manifest.metadata.name
  return `error when patching "/dev/shm/0": Deployment.apps "${name}" is invalid: spec.selector: Invalid value: ${JSON.stringify(wanted)}: field is immutable`
}

/** Writes a tracked manifest into the cluster, as `kubectl apply` would. */
export function apply(
  cluster: Cluster,
  manifest: Manifest,
  namespace: string,
  owner: string,
  atMs: number,
  version: () => number,
): ApplyResult {
  const refusal = refusalOf(cluster, manifest, namespace)
  if (refusal) return { ok: false, message: refusal }
  const key = liveKey(manifest, namespace)
  const before = cluster.get(key)
  const { group, version: apiVersion } = groupVersion(manifest.apiVersion)
  if (!before) {
    const name = manifest.metadata.name ?? ''
    const { kind } = manifest
    const live: LiveResource = {
      group,
      version: apiVersion,
      kind,
      namespace,
      name,
      owner,
      applied: manifest,
      uid: uuidOf(key, owner),
      resourceVersion: version(),
      createdAt: atMs,
      appliedAt: atMs,
      generation: 1,
      health: startingHealth(manifest, false),
    }
    if (kind === 'Deployment') live.rollout = { revision: 1, startedAt: atMs, oldImages: [] }
    cluster.set(key, live)
    return { ok: true, verb: 'created' }
  }
  const same = JSON.stringify(before.applied) === JSON.stringify(manifest) && before.drift === undefined
  if (same && manifest.kind !== 'Secret') return { ok: true, verb: 'unchanged' }
  if (!same) replace(before, manifest, owner, atMs)
  before.resourceVersion = version()
  return { ok: true, verb: 'configured' }
}

function replace(live: LiveResource, manifest: Manifest, owner: string, atMs: number): void {
  const oldTemplate = JSON.stringify(live.applied.spec?.template)
  const oldImages = imagesOf(live.applied)
  live.applied = manifest
  live.owner = owner
  live.appliedAt = atMs
  live.generation += 1
  delete live.drift
  if (!live.rollout || oldTemplate === JSON.stringify(manifest.spec?.template)) return
  live.rollout = { revision: live.rollout.revision + 1, startedAt: atMs, oldImages, oldTemplate }
  live.health = startingHealth(manifest, true)
}

function startingHealth(manifest: Manifest, update: boolean): LiveResource['health'] {
  const { kind } = manifest
  if (kind === 'Deployment') {
    const { replicas } = deploymentSpec(manifest)
    const waiting = update
      ? `0 out of ${replicas} new replicas have been updated...`
      : `0 of ${replicas} updated replicas are available...`
    return { status: 'Progressing', message: `Waiting for rollout to finish: ${waiting}` }
  }
  return kind === 'Service' || kind === 'Job' ? { status: 'Healthy' } : undefined
}

/** Ends a Deployment's rollout: well, or with its old pods still standing beside the crashing new one. */
export function endRollout(live: LiveResource, well: boolean): void {
  if (!live.rollout) return
  if (well)
    live.rollout = { revision: live.rollout.revision, startedAt: live.rollout.startedAt, oldImages: [] }
  live.health = well
    ? { status: 'Healthy' }
    : { status: 'Degraded', message: `Deployment "${live.name}" exceeded its progress deadline` }
}
