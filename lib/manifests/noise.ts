import { canonicalJson } from './digest.ts'
import type { Json, JsonObject } from './mask.ts'

/** Bookkeeping of the API server and of controllers: not shown and not counted. */
const bookkeeping = new Set([
  'managedFields',
  'resourceVersion',
  'uid',
  'creationTimestamp',
  'generation',
  'selfLink',
])
const bookkeepingAnnotations = new Set([
  'deployment.kubernetes.io/revision',
  'kubectl.kubernetes.io/last-applied-configuration',
])
/** Changes with every release without saying anything a reader could judge: counted and folded away. */
const foldedName =
  /^(?:checksum\/|argocd\.argoproj\.io\/tracking-id$|helm\.sh\/chart$|app\.kubernetes\.io\/version$|kubectl\.kubernetes\.io\/restartedAt$)/

export type Folded = { manifest: JsonObject; folded: Map<string, Json> }

/** The manifest without bookkeeping, and what was folded out of it by its path. */
export function fold(manifest: JsonObject): Folded {
  const folded = new Map<string, Json>()
  const { status: _status, ...rest } = manifest
  return { manifest: walk(rest, '', folded) as JsonObject, folded }
}

/** How many folded fields differ between two sides. */
export function noiseBetween(before: Folded, after: Folded): number {
  const names = new Set([...before.folded.keys(), ...after.folded.keys()])
  return [...names].filter(
    (name) =>
      canonicalJson(before.folded.get(name) ?? null) !== canonicalJson(after.folded.get(name) ?? null),
  ).length
}

function walk(value: Json, path: string, folded: Map<string, Json>): Json {
  if (Array.isArray(value)) return value.map((each, i) => walk(each, `${path}.${i}`, folded))
  if (value === null || typeof value !== 'object') return value
  const inMetadata = path.endsWith('.metadata')
  const inMarks = path.endsWith('.metadata.labels') || path.endsWith('.metadata.annotations')
  const entries: [string, Json][] = []
  for (const [name, each] of Object.entries(value)) {
    if (inMetadata && bookkeeping.has(name)) continue
    if (inMarks && bookkeepingAnnotations.has(name)) continue
    if (inMarks && foldedName.test(name)) {
      folded.set(`${path}.${name}`, each)
      continue
    }
    const kept = walk(each, `${path}.${name}`, folded)
    const emptied = inMetadata && isEmptyObject(kept) && (name === 'labels' || name === 'annotations')
    if (!emptied) entries.push([name, kept])
  }
  return Object.fromEntries(entries)
}

function isEmptyObject(value: Json): boolean {
  return (
    value !== null && typeof value === 'object' && !Array.isArray(value) && Object.keys(value).length === 0
  )
}
