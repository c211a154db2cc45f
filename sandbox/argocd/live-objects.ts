import { seconds } from '#sandbox/world/clock.ts'
import { deploymentSpec, type LiveResource } from '#sandbox/world/live.ts'
import type { Manifest } from '#sandbox/world/manifests.ts'
import { numberOf, shaOf } from '#sandbox/world/seed.ts'
import { objectText } from './object-text.ts'

type Tree = Record<string, unknown>

/** Hash of a pod template as it stands in the names of ReplicaSets and pods. */
export const templateHash = (template: unknown) => shaOf(JSON.stringify(template)).slice(0, 9)

/** A manifest with what Kubernetes fills in by itself. */
export function withDefaults(manifest: Manifest, name: string): Tree {
  const spec = manifest.spec
  if (manifest.kind === 'Service') {
    const ip = `10.0.0.${numberOf(250, name) + 2}`
    const ports = ((spec?.ports ?? []) as Tree[]).map(({ port, targetPort }) => ({
      port,
      protocol: 'TCP',
      targetPort,
    }))
    return {
      clusterIP: ip,
      clusterIPs: [ip],
      internalTrafficPolicy: 'Cluster',
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      ports,
      selector: spec?.selector,
      sessionAffinity: 'None',
      type: 'ClusterIP',
    }
  }
  const { replicas, selector, template } = deploymentSpec(manifest)
  return {
    progressDeadlineSeconds: spec?.progressDeadlineSeconds ?? 600,
    replicas,
    revisionHistoryLimit: 10,
    selector,
    strategy: { rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' }, type: 'RollingUpdate' },
    template: {
      metadata: template.metadata,
      spec: {
        containers: (template.spec.containers as Tree[]).map(container),
        dnsPolicy: 'ClusterFirst',
        restartPolicy: 'Always',
        schedulerName: 'default-scheduler',
        securityContext: {},
        terminationGracePeriodSeconds: 30,
      },
    },
  }
}

function container(given: Tree): Tree {
  const probe = given.readinessProbe as { httpGet: Tree } | undefined
  const ports = (given.ports as Tree[] | undefined)?.map((port) => ({ ...port, protocol: 'TCP' }))
  const readinessProbe = probe && {
    failureThreshold: 3,
    httpGet: { ...probe.httpGet, scheme: 'HTTP' },
    periodSeconds: 10,
    successThreshold: 1,
    timeoutSeconds: 1,
  }
  return {
    env: given.env,
    image: given.image,
    imagePullPolicy: 'IfNotPresent',
    name: given.name,
    ports,
    readinessProbe,
    resources: given.resources ?? {},
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
  }
}

const secretMask = (manifest: Manifest, mask: string): Manifest =>
  manifest.kind === 'Secret' && manifest.data
    ? { ...manifest, data: Object.fromEntries(Object.keys(manifest.data).map((key) => [key, mask])) }
    : manifest

/** Argo CD never shows a Secret's values; a longer mask says that two values differ. */
export const masked = (manifest: Manifest, differs = false) =>
  secretMask(manifest, differs ? '+++++++++' : '++++++++')

/** The live object: applied manifest, defaults, what controllers wrote. Null hides nothing: it is not there. */
export function liveObject(live: LiveResource, target: Manifest | undefined, normalized: boolean): Tree {
  const applied = masked(live.applied)
  const { kind, apiVersion, metadata } = applied
  const spec = applied.spec ? withDefaults(target ?? applied, live.name) : undefined
  const ending = kind === 'Secret' ? '' : '\n'
  const deployment = kind === 'Deployment'
  const wanted = masked(target ?? live.applied)
  const placed = { ...wanted, metadata: { ...wanted.metadata, namespace: live.namespace } }
  if (spec && live.drift && !target) spec.replicas = live.drift.replicas
  return {
    apiVersion,
    data: wanted.data,
    kind,
    metadata: {
      annotations: {
        ...metadata.annotations,
        ...(deployment ? { 'deployment.kubernetes.io/revision': String(live.rollout?.revision ?? 1) } : {}),
        'kubectl.kubernetes.io/last-applied-configuration': `${objectText(placed)}${ending}`,
      },
      creationTimestamp: normalized ? undefined : seconds(live.createdAt),
      generation: deployment ? live.generation : undefined,
      labels: metadata.labels,
      managedFields: fieldsOf(live),
      name: live.name,
      namespace: live.namespace,
      resourceVersion: String(live.resourceVersion),
      uid: live.uid,
    },
    spec,
    status: normalized ? undefined : statusOf(live),
    type: kind === 'Secret' ? 'Opaque' : undefined,
  }
}

function fieldsOf(live: LiveResource): Tree[] {
  const entry = (manager: string, atMs: number, fieldsV1: Tree, more: Tree = {}) => ({
    apiVersion: live.applied.apiVersion,
    fieldsType: 'FieldsV1',
    fieldsV1,
    manager,
    operation: 'Update',
    ...more,
    time: seconds(atMs),
  })
  const own = Object.keys(live.applied).filter((key) => !['apiVersion', 'kind'].includes(key))
  const entries = [
    entry('argocd-controller', live.appliedAt, Object.fromEntries(own.map((key) => [`f:${key}`, {}]))),
  ]
  if (live.drift) entries.push(entry('unknown', live.drift.atMs, { 'f:spec': { 'f:replicas': {} } }))
  if (live.kind === 'Deployment')
    entries.push(
      entry('kube-controller-manager', live.appliedAt, { 'f:status': {} }, { subresource: 'status' }),
    )
  return entries
}

function statusOf(live: LiveResource): Tree | undefined {
  if (live.kind === 'Service') return { loadBalancer: {} }
  if (live.kind !== 'Deployment') return undefined
  const { replicas, template } = deploymentSpec(live.applied)
  const count = live.drift?.replicas ?? replicas
  const up = live.health?.status === 'Healthy'
  const at = { lastTransitionTime: seconds(live.appliedAt), lastUpdateTime: seconds(live.appliedAt) }
  const set = `${live.name}-${templateHash(template)}`
  const progressing = {
    ...at,
    message: up ? `ReplicaSet "${set}" has successfully progressed.` : `Created new replica set "${set}"`,
    reason: up ? 'NewReplicaSetAvailable' : 'NewReplicaSetCreated',
    status: live.health?.status === 'Degraded' ? 'False' : 'True',
    type: 'Progressing',
  }
  const available = {
    ...at,
    message: up ? 'Deployment has minimum availability.' : 'Deployment does not have minimum availability.',
    reason: up ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
    status: up ? 'True' : 'False',
    type: 'Available',
  }
  return {
    availableReplicas: up ? count : undefined,
    conditions: up && !live.drift ? [available, progressing] : [progressing, available],
    observedGeneration: live.generation,
    readyReplicas: up ? count : undefined,
    replicas: up ? count : undefined,
    terminatingReplicas: 0,
    unavailableReplicas: up ? undefined : count,
    updatedReplicas: up ? count : undefined,
  }
}
