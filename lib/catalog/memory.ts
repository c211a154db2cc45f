import type { ApplicationKey, ObservedApplication } from '#lib/argocd/application.ts'
import { apartOf, type Outline } from '#lib/argocd/outline.ts'

/** A list and the watch tell of the same application in different words: only the watch knows its resources' health. */
export type Words = 'list' | 'watch'

/** How something was told and what else its row was made of: the ApplicationSet it belongs to. */
export type Told = {
  words: Words
  outline: Outline
  owner: string | null
  around: string
  /** Another health alone leaves the rest as it is. */
  steady: boolean
}

/** What a row says beside its health, for the rows that follow with another health alone. */
export type Base = {
  rest_hash: string
  sync: unknown
  coming: unknown
  coming_reason: unknown
  owner: string | null
  around: string
  steady: boolean
}

type Heard = {
  uid: string | null
  version: number
  atMs: number
  /** Of the row that is stored for this version. */
  hash: string | null
  /** Of its resources and of their health, which only the watch tells; null while others are on their way to the table. */
  listed: string | null
  healths: string | null
  /** All but its health, as the table has it; null while another is on its way there. */
  base: Base | null
  /** Of the texts that said what this row says; a list and the watch say it in different words. */
  list: string | null
  watch: string | null
  /** Of the same but for their health: whatever that is, they hold as long as the rest. */
  rest: Record<Words, string | null>
  /** The text of the health that is stored. */
  health: string
  /** When this row was last compared with the table. */
  comparedMs: number
}

/** What of a row is in the table already: all but its status, its resources. */
export type Taken = { rest: boolean; listed: boolean }
export type Memory = ReturnType<typeof createMemory>
type Row = ApplicationKey & {
  content_hash: string
  uid?: unknown
  rest_hash?: string | undefined
  resource_version?: unknown
  listed?: { hash: string; healthHash: string | null } | undefined
  [column: string]: unknown
}

const keyOf = ({ namespace, name }: ApplicationKey) => `${namespace}/${name}`
const versionOf = (text: string | null | undefined) => (/^\d{1,15}$/.test(text ?? '') ? Number(text) : null)

/** After this long an older version is believed: the cluster was restored from a backup. */
const staleMs = 600_000
/** After this long all is compared with the table again, whatever we remember: the database may have been restored. */
const compareMs = 3_600_000

/**
 * The newest version of each application of one instance that this process has heard of, some hundred bytes each. A
 * change that changed nothing worth storing is not written, so that Postgres alone cannot tell what came later; and what
 * is stored already is not even parsed when it is told again in the same words.
 */
export function createMemory() {
  const heard = new Map<string, Heard>()

  const sameListed = (last: Heard, { listed }: Row) =>
    listed === undefined ||
    (listed.hash === last.listed && (listed.healthHash === null || listed.healthHash === last.healths))

  /** The row of this version is in the table. */
  const noteStored = (last: Heard, row: Row, told: Told | null) => {
    const other = row.rest_hash !== last.base?.rest_hash || !sameListed(last, row)
    if (other || (told && last.base?.around !== told.around)) {
      last.rest = { list: null, watch: null }
    }
    last.list = null
    last.watch = null
    last.hash = row.content_hash
    last.listed = row.listed?.hash ?? last.listed
    last.healths = row.listed?.healthHash ?? last.healths
    const apart = told && apartOf(told.outline)
    last.health = apart?.health ?? ''
    const { rest_hash, sync, coming, coming_reason } = row
    last.base = null
    if (!told || rest_hash === undefined) return
    const { words, outline, owner, around, steady } = told
    last.base = { rest_hash, sync, coming, coming_reason, owner, around, steady }
    last[words] = outline.digest
    last.rest[words] = apart?.digest ?? null
  }

  return {
    /** Older than what was heard before of the same object; else it is noted as the newest. */
    isOld(app: Pick<ObservedApplication, 'key' | 'uid' | 'resourceVersion'>, nowMs: number): boolean {
      const version = versionOf(app.resourceVersion)
      if (version === null) return false
      const key = keyOf(app.key)
      const last = heard.get(key)
      if (last?.uid === app.uid) {
        if (version < last.version && nowMs - last.atMs < staleMs) return true
        last.version = version
        last.atMs = nowMs
      } else {
        const nothing = {
          hash: null,
          listed: null,
          healths: null,
          base: null,
          list: null,
          watch: null,
          rest: { list: null, watch: null },
          health: '',
        }
        heard.set(key, { uid: app.uid, version, atMs: nowMs, comparedMs: nowMs, ...nothing })
      }
      return false
    },
    /**
     * Is exactly this stored already, and said in the same words? Then it is noted as heard. Or all of it but its health,
     * whatever else of that is on its way. `aroundOf` says what the row would be made of beside it.
     */
    knows(
      outline: Outline,
      words: Words,
      aroundOf: (owner: string | null) => string,
      nowMs: number,
    ): 'all' | 'all-but-health' | 'no' {
      const { key, uid, resourceVersion, digest } = outline
      const last = heard.get(keyOf(key))
      const version = versionOf(resourceVersion)
      if (!last?.base || version === null || version < last.version) return 'no'
      if (last.uid !== uid || last.base.around !== aroundOf(last.base.owner)) return 'no'
      if (nowMs - last.comparedMs > compareMs) return 'no'
      if (last.hash === null || last[words] !== digest) {
        const told = apartOf(outline)
        if (told === null || last.rest[words] !== told.digest) return 'no'
        if (last.hash === null || last.health !== told.health)
          return last.base.steady ? 'all-but-health' : 'no'
        last[words] = digest
      }
      last.version = version
      last.atMs = nowMs
      return 'all'
    },
    /** What was stored of it beside its health; after `knows` said that nothing else has changed. */
    baseOf: (key: ApplicationKey): Base | null => heard.get(keyOf(key))?.base ?? null,
    /** Is exactly this stored already? Only what the watch says is asked this way; lists are compared with the table. */
    isStored(row: Row, told: Told | null): boolean {
      const last = heard.get(keyOf(row))
      if (last?.hash !== row.content_hash || !sameListed(last, row)) return false
      if (String(last.version) === row.resource_version) noteStored(last, row, told)
      return true
    },
    /** On its way to the table: until it is there, nothing of it that is new counts as stored. */
    pending(row: Row, nowMs: number): Taken {
      const last = heard.get(keyOf(row))
      if (!last) return { rest: false, listed: false }
      const fresh = nowMs - last.comparedMs <= compareMs
      const taken = {
        rest: fresh && row.rest_hash !== undefined && last.base?.rest_hash === row.rest_hash,
        listed: fresh && sameListed(last, row),
      }
      last.hash = null
      if (!taken.rest || !taken.listed) last.base = null
      if (!taken.listed) last.listed = null
      return taken
    },
    /** These are in the table now. One that something newer follows already does not count. */
    stored(rows: readonly { row: Row; told: Told | null; taken: Taken }[], nowMs: number): void {
      for (const { row, told, taken } of rows) {
        const last = heard.get(keyOf(row))
        if (!last || String(last.version) !== row.resource_version) continue
        noteStored(last, row, told)
        if (!taken.rest) last.comparedMs = nowMs
      }
    },
    /** They went: what is heard next of the same name is to be stored, unless it is older than its end. */
    forget(gone: readonly { key: ApplicationKey; resourceVersion?: string | null }[]): void {
      for (const { key, resourceVersion } of gone) {
        const last = heard.get(keyOf(key))
        if (!last) continue
        last.hash = null
        last.base = null
        last.version = Math.max(last.version, versionOf(resourceVersion) ?? 0)
      }
    },
  }
}
