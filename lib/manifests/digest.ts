import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import { canonicalText } from '#lib/audit/canonical.ts'
import { idOf } from './manifest.ts'
import type { JsonObject } from './mask.ts'

/** SHA-256 in hex; text counts as its UTF-8 bytes. */
export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** SHA-256 in hex of a value's canonical JSON: the name of a plan, of a policy, of a request. */
export function digestOf(value: unknown): string {
  return sha256(canonicalText(value))
}

/** Canonical JSON (RFC 8785) of what came from outside: lenient where the log's own is strict. Throws for what JSON cannot say. */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value)
  if (text === undefined) throw new Error('this has no canonical JSON')
  return text
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
  return sha256(`[${entries.map((entry) => entry.text).join(',')}]`)
}
