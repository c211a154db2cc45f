import { canonicalJson } from './digest.ts'
import { isPinned, parseImage } from './images.ts'
import type { ObjectId } from './manifest.ts'
import type { Json, JsonObject } from './mask.ts'

export type RiskKind =
  | 'image'
  | 'image-not-pinned'
  | 'rbac'
  | 'network-policy'
  | 'secret'
  | 'privileged'
  | 'limits'
  | 'replicas-zero'
  | 'removed'
  | 'custom-resource-definition'
  | 'volume-claim-removed'
  | 'hook'

/** Something in a change that a person should look at before approving it; `text` says what, in plain words. */
export type Risk = { kind: RiskKind; text: string }

/** Looks at one object before and after; null stands for "is not there". */
export function risksOf(id: ObjectId, before: JsonObject | null, after: JsonObject | null): Risk[] {
  const risks: Risk[] = []
  const add = (kind: RiskKind, text: string) => risks.push({ kind, text })
  if (!after) add('removed', `${id.kind} ${id.name} is removed`)
  if (!after && /^PersistentVolume(Claim)?$/.test(id.kind))
    add('volume-claim-removed', 'Its data may go with it')
  const hook = hookOf(after)
  if (hook) add('hook', `Runs as a hook (${hook})`)
  if (before && after && same(before, after)) return risks

  if (id.group === 'rbac.authorization.k8s.io' || id.kind === 'ServiceAccount')
    add('rbac', `Rights change: ${id.kind}`)
  if (/NetworkPolicy$/.test(id.kind)) add('network-policy', 'Who may talk to whom changes')
  if (id.kind === 'Secret') add('secret', 'A Secret changes; its values are hidden')
  if (id.kind === 'CustomResourceDefinition')
    add('custom-resource-definition', 'A resource type changes for the whole cluster')
  if (after && replicasOf(after) === 0 && replicasOf(before) !== 0) add('replicas-zero', 'No replica is left')
  addPodRisks(podOf(before), podOf(after), add)
  return risks
}

function addPodRisks(
  before: JsonObject | null,
  after: JsonObject | null,
  add: (kind: RiskKind, text: string) => void,
) {
  if (!after) return
  const old = new Map(containersOf(before).map((each) => [String(each.name), each]))
  for (const container of containersOf(after)) {
    const name = String(container.name)
    const image = typeof container.image === 'string' ? container.image : ''
    const was = old.get(name)
    if (image !== (was?.image ?? '')) {
      add('image', was ? `${name}: ${String(was.image)} → ${image}` : `${name}: ${image}`)
      if (!isPinned(parseImage(image))) add('image-not-pinned', `${name} names a tag, which can be moved`)
    }
    if (was && !same(was.resources ?? {}, container.resources ?? {}))
      add('limits', `${name}: requests or limits change`)
  }
  const had = new Set(powersOf(before))
  for (const power of powersOf(after)) if (!had.has(power)) add('privileged', power)
  const refs = (pod: JsonObject | null) => [...new Set(secretRefsOf(pod))].sort()
  if (before ? !same(refs(before), refs(after)) : refs(after).length > 0) {
    add('secret', `Reads Secrets: ${refs(after).join(', ') || 'none any more'}`)
  }
}

/** What lets a pod reach beyond itself. */
export function powersOf(pod: JsonObject | null): string[] {
  if (!pod) return []
  const powers = ['hostNetwork', 'hostPID', 'hostIPC']
    .filter((name) => pod[name] === true)
    .map((name) => `Uses ${name}`)
  for (const volume of listOf(pod.volumes)) {
    const path = object(object(volume).hostPath).path
    if (path !== undefined) powers.push(`Mounts ${String(path)} of the node`)
  }
  for (const container of containersOf(pod)) {
    const context = object(container.securityContext)
    const name = String(container.name)
    if (context.privileged === true) powers.push(`${name} runs privileged`)
    if (context.allowPrivilegeEscalation === true) powers.push(`${name} may gain privileges`)
    if (context.runAsUser === 0) powers.push(`${name} runs as root`)
    for (const capability of listOf(object(context.capabilities).add))
      powers.push(`${name} gets ${String(capability)}`)
  }
  return powers
}

function secretRefsOf(value: Json | undefined, field = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((each) => secretRefsOf(each, field))
  if (value === null || value === undefined || typeof value !== 'object') return []
  const isRef =
    field === 'secretKeyRef' || field === 'secretRef' || field === 'imagePullSecrets' || field === 'secret'
  const name = isRef ? (value.secretName ?? value.name) : undefined
  const inner = Object.entries(value).flatMap(([each, child]) => secretRefsOf(child, each))
  return typeof name === 'string' ? [name, ...inner] : inner
}

export function hookOf(manifest: JsonObject | null): string | null {
  const annotations = object(object(manifest?.metadata).annotations)
  const hook = annotations['argocd.argoproj.io/hook'] ?? annotations['helm.sh/hook']
  return typeof hook === 'string' ? hook : null
}

export function podOf(manifest: JsonObject | null): JsonObject | null {
  const spec = object(manifest?.spec)
  const job = manifest?.kind === 'CronJob' ? object(object(spec.jobTemplate).spec) : spec
  const pod = manifest?.kind === 'Pod' ? spec : object(object(job.template).spec)
  return Array.isArray(pod.containers) ? pod : null
}

export function containersOf(pod: JsonObject | null): JsonObject[] {
  return [...listOf(pod?.containers), ...listOf(pod?.initContainers)].map(object)
}

function replicasOf(manifest: JsonObject | null): Json | undefined {
  return object(manifest?.spec).replicas
}

export function object(value: Json | undefined): JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {}
}

export function listOf(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : []
}

function same(a: Json, b: Json): boolean {
  return canonicalJson(a) === canonicalJson(b)
}
