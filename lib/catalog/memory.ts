import type { ApplicationKey, ObservedApplication } from '#lib/argocd/application.ts'
import type { Outline } from '#lib/argocd/outline.ts'

/** A list and the watch tell of the same application in different words: only the watch knows its resources' health. */
export type Words = 'list' | 'watch'

/** How something was told and what else its row was made of: the ApplicationSet it belongs to. */
export type Told = { words: Words; digest: string; owner: string | null; around: string }

type Heard = {
  uid: string | null
  version: number
  atMs: number
  /** Of the row that is stored for this version. */
  hash: string | null
  /** Of the health of its resources, which only the watch tells. */
  healths: string | null
  /** Of its resources, and of all but its status, as the table has them; null while one is on its way there. */
  listed: string | null
  rest: string | null
  /** Of the texts that said what this row says; a list and the watch say it in different words. */
  list: string | null
  watch: string | null
  owner: string | null
  around: string
  /** When this row was last compared with the table. */
  comparedMs: number
}

/** What of a row is in the table already. */
export type Taken = { rest: boolean; listed: boolean }
export type Memory = ReturnType<typeof createMemory>
type Row = ApplicationKey & {
  uid?: unknown
  content_hash: string
  rest_hash?: string | undefined
  resource_version?: unknown
  listed?: { hash: string; healthHash: string | null } | undefined
}

const keyOf = ({ namespace, name }: ApplicationKey) => `${namespace}/${name}`
const versionOf = (text: string | null | undefined) => (/^\d{1,15}$/.test(text ?? '') ? Number(text) : null)

const hashOf = (row: Row) => row.content_hash + (row.listed?.hash ?? '')

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

  const noteStored = (last: Heard, row: Row, told: Told | null) => {
    const hash = hashOf(row)
    if (last.hash !== hash || (told && last.around !== told.around)) {
      last.list = null
      last.watch = null
    }
    last.hash = hash
    last.healths = row.listed?.healthHash ?? last.healths
    if (!told) return
    last[told.words] = told.digest
    last.owner = told.owner
    last.around = told.around
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
          healths: null,
          listed: null,
          rest: null,
          list: null,
          watch: null,
          owner: null,
          around: '',
          comparedMs: nowMs,
        }
        heard.set(key, { uid: app.uid, version, atMs: nowMs, ...nothing })
      }
      return false
    },
    /**
     * Is exactly this stored already, and said in the same words? Then it is noted as heard. `aroundOf` says what the
     * row would be made of beside it.
     */
    knows(
      { key, uid, resourceVersion, digest }: Outline,
      words: Words,
      aroundOf: (owner: string | null) => string,
      nowMs: number,
    ): boolean {
      const last = heard.get(keyOf(key))
      const version = versionOf(resourceVersion)
      if (!last || last.hash === null || version === null || version < last.version) return false
      if (last.uid !== uid || last[words] !== digest || last.around !== aroundOf(last.owner)) return false
      if (nowMs - last.comparedMs > compareMs) return false
      last.version = version
      last.atMs = nowMs
      return true
    },
    /** Is exactly this stored already? Only what the watch says is asked this way; lists are compared with the table. */
    isStored(row: Row, told: Told | null): boolean {
      const last = heard.get(keyOf(row))
      if (last?.hash !== hashOf(row) || (row.listed?.healthHash ?? last.healths) !== last.healths)
        return false
      if (String(last.version) === row.resource_version) noteStored(last, row, told)
      return true
    },
    /** On its way to the table: until it is there, nothing counts as stored. */
    pending(row: ApplicationKey): void {
      const last = heard.get(keyOf(row))
      if (last) last.hash = null
    },
    /**
     * What of this row, which is about to be written, the table has already. `rest`: all but its status, `listed`: its
     * resources. Until it is `stored`, nobody knows.
     */
    taken(row: Row, nowMs: number): Taken {
      const last = heard.get(keyOf(row))
      if (!last) return { rest: false, listed: false }
      const fresh = nowMs - last.comparedMs <= compareMs
      const healths = row.listed?.healthHash ?? null
      const taken = {
        rest: fresh && last.rest !== null && last.rest === row.rest_hash,
        listed: fresh && last.listed === row.listed?.hash && (healths === null || healths === last.healths),
      }
      last.rest = null
      last.listed = null
      return taken
    },
    /** These are in the table now. One that something newer follows already is not as it was heard last. */
    stored(rows: readonly { row: Row; told: Told | null; taken: Taken }[], nowMs: number): void {
      for (const { row, told, taken } of rows) {
        const last = heard.get(keyOf(row))
        if (!last || last.uid !== row.uid) continue
        last.rest = row.rest_hash ?? null
        last.listed = row.listed?.hash ?? null
        if (String(last.version) !== row.resource_version)
          last.healths = row.listed?.healthHash ?? last.healths
        else noteStored(last, row, told)
        if (!taken.rest && !taken.listed) last.comparedMs = nowMs
      }
    },
    /** They went: what is heard next of the same name is to be stored, unless it is older than its end. */
    forget(gone: readonly { key: ApplicationKey; resourceVersion?: string | null }[]): void {
      for (const { key, resourceVersion } of gone) {
        const last = heard.get(keyOf(key))
        if (!last) continue
        last.hash = null
        last.rest = null
        last.version = Math.max(last.version, versionOf(resourceVersion) ?? 0)
      }
    },
  }
}
