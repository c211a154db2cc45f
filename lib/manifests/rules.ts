import { isPinned, parseImage } from './images.ts'
import { idOf } from './manifest.ts'
import type { Json, JsonObject } from './mask.ts'
import { containersOf, hookOf, listOf, object, podOf, powersOf } from './risk.ts'

/** What manifests break, by rule: one entry an object, `Deployment web: app has no memory limit`. Empty: all keep it. */
export type Broken = {
  limits: string[]
  requests: string[]
  probes: string[]
  privileged: string[]
  digests: string[]
  hooks: string[]
}

const longRunning = /^(Deployment|StatefulSet|DaemonSet)$/
const has = (container: JsonObject, list: 'limits' | 'requests', name: string) =>
  object(object(container.resources)[list])[name] !== undefined

/** A hook that nothing removes when it is over stays, with its rights, until the next sync of the same name. */
function outlives(manifest: JsonObject): boolean {
  if (hookOf(manifest) === null || !/^(Job|Pod)$/.test(String(manifest.kind))) return false
  const annotations = object(object(manifest.metadata).annotations)
  const policy = ['argocd.argoproj.io/hook-delete-policy', 'helm.sh/hook-delete-policy']
    .map((name) => String(annotations[name] ?? ''))
    .join()
  const removed = /HookSucceeded|hook-succeeded|HookFailed|hook-failed/.test(policy)
  return !removed && object(manifest.spec).ttlSecondsAfterFinished === undefined
}

/** Looks at the manifests as they would be applied, whether or not anything in them changes. */
export function brokenRules(manifests: readonly JsonObject[]): Broken {
  const broken: Broken = { limits: [], requests: [], probes: [], privileged: [], digests: [], hooks: [] }
  for (const manifest of manifests) {
    const { kind, name } = idOf(manifest)
    const add = (rule: keyof Broken, text: string) => broken[rule].push(`${kind} ${name}: ${text}`)
    if (outlives(manifest)) add('hooks', 'nothing removes this hook when it is over')
    const pod = podOf(manifest)
    if (!pod) continue
    for (const power of powersOf(pod)) add('privileged', power)
    for (const container of containersOf(pod)) {
      const each = String(container.name)
      const image = typeof container.image === 'string' ? container.image : ''
      if (!has(container, 'limits', 'memory')) add('limits', `${each} has no memory limit`)
      const missing = ['cpu', 'memory'].filter((of) => !has(container, 'requests', of))
      if (missing.length > 0) add('requests', `${each} requests no ${missing.join(' and no ')}`)
      if (!isPinned(parseImage(image))) add('digests', `${each} runs ${image}`)
    }
    if (!longRunning.test(kind)) continue
    for (const container of listOf(pod.containers as Json).map(object))
      if (container.readinessProbe === undefined && container.startupProbe === undefined)
        add('probes', `${String(container.name)} has no readiness probe`)
  }
  return broken
}
