import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import { idOf } from './manifest.ts'
import type { JsonObject } from './mask.ts'

/** Canonical JSON (RFC 8785). Throws for what JSON cannot say. */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value)
  if (text === undefined) throw new Error('this has no canonical JSON')
  return text
}

/** SHA-256 in hex of a value's canonical JSON. */
export function digestOf(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex')
}

/**
 * The manifest hash of a plan: SHA-256 in hex over all manifests, masked and sorted, so that neither their
 * order nor the order of their fields matters. It pins what a git SHA does not: remote bases, chart ranges,
 * plugins. Values of Secrets that Argo CD hides are not in it; nobody outside Argo CD can see them.
 */
export function manifestDigest(masked: readonly JsonObject[]): string {
  const entries = masked.map((manifest) => {
    const { group, kind, namespace, name } = idOf(manifest)
    const text = canonicalJson(manifest)
    return { sort: [group, kind, namespace, name, text].join('\0'), text }
  })
  entries.sort((a, b) => (a.sort < b.sort ? -1 : a.sort > b.sort ? 1 : 0))
  return createHash('sha256')
    .update(`[${entries.map((entry) => entry.text).join(',')}]`)
    .digest('hex')
}
