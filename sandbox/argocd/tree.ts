import { coreOf } from '#sandbox/world/applications.ts'
import { seconds } from '#sandbox/world/clock.ts'
import { deploymentSpec, imagesOf, type LiveResource } from '#sandbox/world/live.ts'
import { suffixOf, uuidOf } from '#sandbox/world/seed.ts'
import type { ResourceStatus } from '#sandbox/world/types.ts'
import { readApplication } from './access.ts'
import { type Call, sendJson } from './http.ts'
import { templateHash } from './live-objects.ts'

type Node = Record<string, unknown> & { group?: string | undefined; kind: string; name: string }

/** `GET …/resource-tree`: objects, and for a Deployment its ReplicaSets and pods. */
export function resourceTree(call: Call): void {
  const app = readApplication(call)
  const core = coreOf(call.state, app)
  const nodes = (core.status.resources ?? []).flatMap((resource) => {
    const key = `${resource.namespace}/${resource.group ?? ''}/${resource.kind}/${resource.name}`
    const live = core.live.get(key)
    return live ? liveNodes(live) : [missing(resource)]
  })
  const order = (node: Node) => `${node.group ?? ''}/${node.kind}/${node.name}`
  nodes.sort((a, b) => (order(a) < order(b) ? -1 : 1))
  sendJson(call.res, nodes.length > 0 ? { nodes } : {})
}

function missing({ group, version, kind, namespace, name }: ResourceStatus): Node {
  return { group, version, kind, namespace, name, health: { status: 'Missing' } }
}

function liveNodes(live: LiveResource): Node[] {
  const { group, version, kind, namespace, name, uid } = live
  const selector = live.applied.spec?.selector
  const own: Node = {
    group: group || undefined,
    version,
    kind,
    namespace,
    name,
    uid,
    info: kind === 'Deployment' ? revisionInfo(live.rollout?.revision ?? 1) : undefined,
    networkingInfo: kind === 'Service' ? { targetLabels: selector } : undefined,
    resourceVersion: String(live.resourceVersion),
    health: live.health,
    createdAt: seconds(live.createdAt),
  }
  return kind === 'Deployment' ? [own, ...replicaSets(live)] : [own]
}

const revisionInfo = (revision: number) => [{ name: 'Revision', value: `Rev:${revision}` }]

function replicaSets(live: LiveResource): Node[] {
  const { replicas, template } = deploymentSpec(live.applied)
  const { revision = 1, oldTemplate, startedAt = live.createdAt } = live.rollout ?? {}
  const count = live.drift?.replicas ?? replicas
  const images = imagesOf(live.applied)
  const crashing = live.health?.status !== 'Healthy' && oldTemplate !== undefined
  const current = replicaSet(live, templateHash(template), revision, startedAt, crashing)
  const pods = crashing
    ? [pod(live, current, 0, images, false, startedAt)]
    : Array.from({ length: count }, (_, index) => pod(live, current, index, images, true, startedAt))
  if (!crashing) return [current, ...pods]
  const old = replicaSet(live, templateHash(JSON.parse(oldTemplate)), revision - 1, live.createdAt, false)
  const oldImages = live.rollout?.oldImages ?? []
  return [
    current,
    ...pods,
    old,
    ...Array.from({ length: count }, (_, index) => pod(live, old, index, oldImages, true, live.createdAt)),
  ]
}

function replicaSet(
  live: LiveResource,
  hash: string,
  revision: number,
  atMs: number,
  waiting: boolean,
): Node {
  const { namespace, name, uid } = live
  return {
    group: 'apps',
    version: 'v1',
    kind: 'ReplicaSet',
    namespace,
    name: `${name}-${hash}`,
    uid: uuidOf(uid, hash),
    parentRefs: [{ group: 'apps', version: 'v1', kind: 'Deployment', namespace, name, uid }],
    info: revisionInfo(revision),
    resourceVersion: String(live.resourceVersion),
    health: waiting
      ? {
          status: 'Progressing',
          message: 'Waiting for rollout to finish: 0 out of 1 new replicas are available...',
        }
      : { status: 'Healthy' },
    createdAt: seconds(atMs),
  }
}

function pod(
  live: LiveResource,
  set: Node,
  index: number,
  images: string[],
  up: boolean,
  atMs: number,
): Node {
  const { namespace } = live
  const hash = set.name.slice(live.name.length + 1)
  const labels = { ...deploymentSpec(live.applied).template.metadata.labels, 'pod-template-hash': hash }
  const { version, kind, name, uid } = set
  const info = [
    { name: 'Status Reason', value: up ? 'Running' : 'CrashLoopBackOff' },
    { name: 'Node' },
    { name: 'Containers', value: up ? '1/1' : '0/1' },
    ...(up ? [] : [{ name: 'Restart Count', value: '7' }]),
    { name: 'cpu', value: '50' },
    { name: 'memory', value: '67108864000' },
  ]
  return {
    version: 'v1',
    kind: 'Pod',
    namespace,
    name: `${name}-${suffixOf(name, index)}`,
    uid: uuidOf(name, index),
    parentRefs: [{ group: 'apps', version, kind, namespace, name, uid }],
    info,
    networkingInfo: { labels },
    resourceVersion: String(live.resourceVersion),
    images,
    health: up
      ? { status: 'Healthy' }
      : { status: 'Degraded', message: `back-off 5m0s restarting failed container=${live.name}` },
    createdAt: seconds(atMs),
  }
}
