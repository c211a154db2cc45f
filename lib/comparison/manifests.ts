import type { ManifestDiff } from '#lib/manifests/diff.ts'
import { diffManifests } from '#lib/manifests/diff.ts'
import { idOf, type ManagedObject } from '#lib/manifests/manifest.ts'
import type { JsonObject } from '#lib/manifests/mask.ts'

export type ManifestSide = { manifests: readonly JsonObject[]; namespace: string | null }

/** An object of the other environment's namespace, as if it were of this one's. */
function moved(manifest: JsonObject, from: string | null, to: string | null): JsonObject {
  const { metadata } = manifest
  if (
    from === null ||
    to === null ||
    typeof metadata !== 'object' ||
    metadata === null ||
    Array.isArray(metadata)
  )
    return manifest
  return metadata.namespace === from ? { ...manifest, metadata: { ...metadata, namespace: to } } : manifest
}

const asManaged = (manifest: JsonObject): ManagedObject => ({
  ...idOf(manifest),
  target: null,
  live: manifest,
  // All of it was asked for: nothing is a default of the API server that a diff would leave out.
  applied: manifest,
  predicted: null,
  modified: false,
  hook: false,
})

/**
 * What the left has that the right has not, and the other way round: right is before, left is after. The namespaces that
 * the two applications deploy to are taken for one. Both masked.
 */
export function diffSides(left: ManifestSide, right: ManifestSide): ManifestDiff {
  if (right.manifests.length === 0 && left.manifests.length > 0)
    return { ok: false, cannotTell: 'The right side renders no manifests' }
  return diffManifests({
    target: left.manifests.map((each) => moved(each, left.namespace, right.namespace)),
    managed: right.manifests.map(asManaged),
    namespace: right.namespace,
    prune: true,
    conditions: [],
  })
}
