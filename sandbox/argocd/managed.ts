import { coreOf } from '#sandbox/world/applications.ts'
import { targetOf } from '#sandbox/world/compare.ts'
import { type LiveResource, liveKey } from '#sandbox/world/live.ts'
import type { Manifest } from '#sandbox/world/manifests.ts'
import { groupVersion, isHook } from '#sandbox/world/render.ts'
import { readApplication } from './access.ts'
import { type Call, sendJson } from './http.ts'
import { liveObject, masked } from './live-objects.ts'
import { objectText } from './object-text.ts'

function itemOf(
  manifest: Manifest,
  namespace: string,
  live: LiveResource | undefined,
): Record<string, unknown> {
  const { group } = groupVersion(manifest.apiVersion)
  const target = { ...manifest, metadata: { ...manifest.metadata, namespace } }
  const same = live && !live.drift && JSON.stringify(live.applied) === JSON.stringify(manifest)
  const differs = live !== undefined && !same
  const secretDiffers = differs && JSON.stringify(live.applied.data) !== JSON.stringify(manifest.data)
  const targetText = objectText(masked(target, secretDiffers))
  return {
    group: group || undefined,
    kind: manifest.kind,
    namespace,
    name: manifest.metadata.name,
    targetState: targetText,
    liveState: live ? objectText(liveObject(live, undefined, false)) : 'null',
    normalizedLiveState: live ? objectText(liveObject(live, undefined, true)) : 'null',
    predictedLiveState: live
      ? objectText(liveObject(live, differs ? manifest : live.applied, true))
      : targetText,
    resourceVersion: live ? String(live.resourceVersion) : undefined,
    modified: same ? undefined : true,
  }
}

/** `GET …/managed-resources`: the last comparison. Without one it is `{}`, which says nothing about differences. */
export function managedResources(call: Call): void {
  const { state, query, res } = call
  const app = readApplication(call)
  const core = coreOf(state, app)
  const target = targetOf(state, app)
  const namespace = app.spec.destination.namespace ?? ''
  if (!target.ok || core.status.resources === undefined) {
    sendJson(res, {})
    return
  }
  const wanted = (name: string, value: unknown) => !query.has(name) || query.get(name) === (value ?? '')
  const items = target.manifests
    .filter((manifest) => !isHook(manifest))
    .map((manifest) => itemOf(manifest, namespace, core.live.get(liveKey(manifest, namespace))))
    .filter(
      (item) =>
        wanted('group', item.group) &&
        wanted('kind', item.kind) &&
        wanted('namespace', item.namespace) &&
        wanted('name', item.name),
    )
  const order = core.status.resources.map((resource) => `${resource.kind}/${resource.name}`)
  const place = (item: Record<string, unknown>) => order.indexOf(`${item.kind}/${item.name}`)
  sendJson(res, { items: items.sort((a, b) => place(a) - place(b)) })
}
