import { createHash } from 'node:crypto'
import { mkdir, open, readFile } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import type { Instant } from '#lib/platform/clock.ts'
import type { Checkpoint } from './checkpoint.ts'
import type { Cosigner } from './cosignature.ts'

/** A signed tree head on its way out of the database. */
export type SignedHead = {
  checkpoint: Checkpoint
  note: string
  /** The leaf hashes from `from` up to the size of the checkpoint, in batches of 32-byte hashes one after another. */
  leaves: (from: number) => AsyncIterable<Uint8Array>
}

/** What an anchor answers; stored as JSON and checked later by whoever verifies. */
export type Receipt = Record<string, string | number>

/** What an anchor holds, read back. */
export type AnchorCopy = {
  name: string
  /** Where to look, in words. */
  place: string
  /** Every note found, whole and as written; whether it is genuine is not judged here. */
  notes: string[]
  /** Leaf hashes of the entries from 0 on; they make an exact index possible. Empty when the anchor keeps none. */
  leaves: Uint8Array
  /** Bytes between the notes that are no note: a write that a crash cut short, or damage. */
  strayBytes: number
  missing: boolean
  /** Why it could not be asked, as a sentence part: then nothing above says anything. */
  unreachable?: string
  /** It holds its newest checkpoint only, and that for sure only when confirmed after this moment. */
  newestSince?: Instant
  /** A witness: it keeps no notes, its signatures are in the receipts. */
  cosigner?: Cosigner
  /** The size that a witness says it cosigned last. Not signed: a reason to look, not to stop. */
  knows?: number
  /** It says that it knows another tree of this size. */
  conflict?: number
}

/** The log that an anchor is asked about, and its newest checkpoint; one anchor may serve several logs. */
export type Asked = { origin: string; note?: string | undefined }

/** A place outside the database that remembers tree heads. Kinds that need a network are in lib/anchors. */
export type Anchor = {
  name: string
  kind: string
  /** Hands over a head; may be called again with the same one. Throws when the anchor did not confirm. */
  submit: (head: SignedHead) => Promise<Receipt>
  /** Throws when the place cannot be asked; `readAnchors` turns that into words. */
  read: (asked?: Asked) => Promise<AnchorCopy>
}

/** What each anchor holds; one that cannot be asked says so and keeps nobody waiting for the others. */
export function readAnchors(anchors: readonly Anchor[], asked: Asked): Promise<AnchorCopy[]> {
  return Promise.all(
    anchors.map((anchor) =>
      anchor.read(asked).catch((error: unknown): AnchorCopy => {
        const unreachable = error instanceof Error ? error.message : String(error)
        const nothing = { notes: [], leaves: new Uint8Array(), strayBytes: 0, missing: false }
        return { name: anchor.name, place: anchor.name, ...nothing, unreachable }
      }),
    ),
  )
}

export const noteDigest = (note: string): string => createHash('sha256').update(note, 'utf8').digest('hex')

const notePattern = /[^\n]+\n(?:0|[1-9]\d*)\n[A-Za-z0-9+/]{43}=\n\n(?:— [^\n]+\n)+/g
const leafBytes = 32

/** Appends `text` unless it is already the end of the file; returns where it begins. */
async function appendDurably(path: string, text: string): Promise<number> {
  const repeated = await endsWith(path, text)
  // A crash may have cut the last write short: set apart what it left, so that no note grows together with it.
  const gap = repeated || (await endsWith(path, '\n\n')) ? '' : '\n\n'
  // O_APPEND: a second writer can never overwrite what is there.
  const file = await open(path, 'a', 0o644)
  try {
    const { size } = await file.stat()
    const lead = size === 0 ? '' : gap
    if (!repeated) await file.appendFile(lead + text)
    await file.sync()
    return repeated ? size - Buffer.byteLength(text) : size + lead.length
  } finally {
    await file.close()
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(dirname(path), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

async function appendLeaves(path: string, { checkpoint, leaves }: SignedHead): Promise<void> {
  const file = await open(path, 'a', 0o644)
  try {
    const { size } = await file.stat()
    const whole = size - (size % leafBytes)
    if (whole !== size) await file.truncate(whole)
    if (whole / leafBytes < checkpoint.size)
      for await (const batch of leaves(whole / leafBytes)) await file.appendFile(batch)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function endsWith(path: string, text: string): Promise<boolean> {
  const wanted = Buffer.from(text, 'utf8')
  const file = await open(path, 'r').catch(() => undefined)
  if (!file) return false
  try {
    const { size } = await file.stat()
    if (size < wanted.length) return false
    const tail = Buffer.alloc(wanted.length)
    await file.read(tail, 0, wanted.length, size - wanted.length)
    return tail.equals(wanted)
  } finally {
    await file.close()
  }
}

async function bytesOf(path: string): Promise<Uint8Array | undefined> {
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
}

/** The names of the configured files; two files of one name are told apart by their place in the list. */
export function fileAnchors(paths: readonly string[]): Anchor[] {
  const names = paths.map((path) => `file:${basename(path)}`)
  return paths.map((path, i) => {
    const name = names[i] as string
    return fileAnchor(path, names.indexOf(name) === i ? name : `${name}#${i + 1}`)
  })
}

/** Appends notes, one after another with an empty line between, to a file on another disk or machine; syncs each. */
export function fileAnchor(path: string, name = `file:${basename(path)}`): Anchor {
  const leavesPath = `${path}.leaves`
  return {
    name,
    kind: 'file',
    async submit(head) {
      await mkdir(dirname(path), { recursive: true })
      await appendLeaves(leavesPath, head)
      const offset = await appendDurably(path, `${head.note}\n`)
      await syncFolder(path)
      return { file: basename(path), offset, sha256: noteDigest(head.note) }
    },
    async read() {
      const bytes = await bytesOf(path)
      const leaves = (await bytesOf(leavesPath)) ?? new Uint8Array()
      const text = Buffer.from(bytes ?? []).toString('utf8')
      const notes = [...text.matchAll(notePattern)].map((match) => match[0])
      const noteBytes = notes.reduce((sum, note) => sum + Buffer.byteLength(note) + 1, 0)
      const strayBytes = Math.max(0, (bytes?.length ?? 0) - noteBytes)
      return { name, place: path, notes, leaves, strayBytes, missing: bytes === undefined }
    },
  }
}
