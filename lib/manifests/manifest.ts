import type { Json, JsonObject } from './mask.ts'

/** What names an object. `namespace` is '' for one that says none. */
export type ObjectId = { group: string; kind: string; namespace: string; name: string }
/**
 * One object of an application as Argo CD's last comparison saw it, masked; null where there is none.
 * `live` has ignored differences removed, `applied` is what was last applied, `predicted` is live after a sync.
 */
export type ManagedObject = ObjectId & {
  target: JsonObject | null
  live: JsonObject | null
  applied: JsonObject | null
  predicted: JsonObject | null
  modified: boolean
  hook: boolean
}
export type Parsed = { ok: true; manifest: JsonObject } | { ok: false; problem: string }

const depthMax = 100

/**
 * One manifest from its JSON text. Whole numbers too large for JavaScript are kept as their digits, so that
 * two different ones never look alike.
 */
export function parseManifest(text: string): Parsed {
  let value: Json
  try {
    value = JSON.parse(text, exactNumber) as Json
  } catch {
    return { ok: false, problem: 'not JSON' }
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    return { ok: false, problem: 'not an object' }
  const metadata = value.metadata
  const named = metadata !== null && typeof metadata === 'object' && !Array.isArray(metadata) ? metadata : {}
  if (typeof value.kind !== 'string') return { ok: false, problem: 'it has no kind' }
  if (typeof named.name !== 'string' && typeof named.generateName !== 'string') {
    return { ok: false, problem: `a ${value.kind} without a name` }
  }
  return sound(value, depthMax)
    ? { ok: true, manifest: value }
    : { ok: false, problem: `a ${value.kind} nested deeper than ${depthMax} levels, or with broken text` }
}

export function idOf(manifest: JsonObject): ObjectId {
  const metadata = manifest.metadata as JsonObject
  const apiVersion = typeof manifest.apiVersion === 'string' ? manifest.apiVersion : ''
  return {
    group: apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '',
    kind: String(manifest.kind),
    namespace: typeof metadata.namespace === 'string' ? metadata.namespace : '',
    name: String(metadata.name ?? metadata.generateName),
  }
}

function exactNumber(_name: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value) || !/^-?\d+$/.test(context?.source ?? ''))
    return value
  return `«number ${context?.source}»`
}

function sound(value: Json, levels: number): boolean {
  if (typeof value === 'string') return value.isWellFormed()
  if (value === null || typeof value !== 'object') return true
  if (levels === 0) return false
  if (Array.isArray(value)) return value.every((each) => sound(each, levels - 1))
  return Object.entries(value).every(([name, each]) => name.isWellFormed() && sound(each, levels - 1))
}
