import type { ApplicationKey, ObservedApplication } from '#lib/argocd/application.ts'

type Heard = {
  uid: string | null
  version: number
  atMs: number
  /** Of the row that is stored for this version. */
  hash: string | null
}

export type Memory = ReturnType<typeof createMemory>

const keyOf = ({ namespace, name }: ApplicationKey) => `${namespace}/${name}`
const versionOf = (text: string | null | undefined) => (/^\d{1,15}$/.test(text ?? '') ? Number(text) : null)

/** After this long an older version is believed: the cluster was restored from a backup. */
const staleMs = 600_000

/**
 * The newest version of each application of one instance that this process has heard of, some hundred bytes each. A
 * change that changed nothing worth storing is not written, so that Postgres alone cannot tell what came later.
 */
export function createMemory() {
  const heard = new Map<string, Heard>()
  return {
    /** Older than what was heard before of the same object; else it is noted as the newest. */
    isOld(app: Pick<ObservedApplication, 'key' | 'uid' | 'resourceVersion'>, nowMs: number): boolean {
      const version = versionOf(app.resourceVersion)
      if (version === null) return false
      const key = keyOf(app.key)
      const last = heard.get(key)
      const same = last?.uid === app.uid
      if (last && same && version < last.version && nowMs - last.atMs < staleMs) return true
      heard.set(key, { uid: app.uid, version, atMs: nowMs, hash: same && last ? last.hash : null })
      return false
    },
    /** Is exactly this stored already? Only what the watch says is asked this way; lists are compared with the table. */
    isStored: (row: ApplicationKey & { content_hash: string }) =>
      heard.get(keyOf(row))?.hash === row.content_hash,
    /** On its way to the table: until it is there, nothing counts as stored. */
    pending(row: ApplicationKey): void {
      const last = heard.get(keyOf(row))
      if (last) last.hash = null
    },
    /** These are in the table now. One that something newer follows already does not count. */
    stored(rows: readonly (ApplicationKey & { content_hash: string; resource_version?: unknown })[]): void {
      for (const row of rows) {
        const last = heard.get(keyOf(row))
        if (last && String(last.version) === row.resource_version) last.hash = row.content_hash
      }
    },
    /** They went: what is heard next of the same name is to be stored, unless it is older than its end. */
    forget(gone: readonly { key: ApplicationKey; resourceVersion?: string | null }[]): void {
      for (const { key, resourceVersion } of gone) {
        const last = heard.get(keyOf(key))
        if (!last) continue
        last.hash = null
        last.version = Math.max(last.version, versionOf(resourceVersion) ?? 0)
      }
    },
  }
}
