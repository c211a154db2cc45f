import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { equal, type Hash } from './merkle.ts'

/** A tree head: which log, how many entries, their Merkle root (C2SP tlog-checkpoint). */
export type Checkpoint = { origin: string; size: number; root: Hash }
/** A key that may sign for a log: `name` is the log's origin, `id` 8 hex digits. */
export type Verifier = { name: string; id: string; publicKey: KeyObject }
export type NoteSigner = Verifier & { privateKey: KeyObject }

const ed25519Type = 1
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex')
const signaturesMax = 16
/** Not empty, no plus, no white space of any script. */
const nameForm = /^[^+\s\u0085]+$/u
const base64Form = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

export function decode64(text: string): Buffer | undefined {
  if (text === '' || !base64Form.test(text)) return undefined
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}

export const rawPublicKey = (key: KeyObject): Buffer =>
  key.export({ type: 'spki', format: 'der' }).subarray(spkiPrefix.length) as Buffer

export function keyId(name: string, typed: Uint8Array): string {
  return createHash('sha256').update(`${name}\n`).update(typed).digest('hex').slice(0, 8)
}

/** The verifier of an Ed25519 public key under a name (C2SP signed-note). */
export function verifierOf(name: string, publicKey: KeyObject): Verifier {
  if (!nameForm.test(name)) throw new TypeError(`not a key name: ${name}`)
  return {
    name,
    id: keyId(name, Buffer.concat([Uint8Array.of(ed25519Type), rawPublicKey(publicKey)])),
    publicKey,
  }
}

export function signerOf(name: string, privateKey: KeyObject): NoteSigner {
  return { ...verifierOf(name, createPublicKey(privateKey)), privateKey }
}

/** `name+id+key`: the line to hand to whoever shall check this log. */
export function formatVkey({ name, id, publicKey }: Verifier): string {
  return `${name}+${id}+${Buffer.concat([Uint8Array.of(ed25519Type), rawPublicKey(publicKey)]).toString('base64')}`
}

/** Reads a vkey; undefined when it is not an Ed25519 vkey or its id does not fit its key. */
export const parseVkey = (text: string): Verifier | undefined => typedVkey(text, ed25519Type)

/** Reads a vkey of an Ed25519 key that signs in the way `type` says (C2SP signed-note). */
export function typedVkey(text: string, type: number): Verifier | undefined {
  const [name, id, ...rest] = text.trim().split('+')
  const typed = decode64(rest.join('+'))
  if (!name || !id || !nameForm.test(name) || typed?.length !== 33 || typed[0] !== type) return undefined
  if (keyId(name, typed) !== id) return undefined
  const der = Buffer.concat([spkiPrefix, typed.subarray(1)])
  return { name, id, publicKey: createPublicKey({ key: der, format: 'der', type: 'spki' }) }
}

/** The text under the signature: origin, size, root, one a line. */
export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${Buffer.from(root).toString('base64')}\n`
}

/** A signed note over `text`, which must end in a newline. */
export function signNote(text: string, signer: NoteSigner): string {
  const signature = sign(null, Buffer.from(text, 'utf8'), signer.privateKey)
  const blob = Buffer.concat([Buffer.from(signer.id, 'hex'), signature]).toString('base64')
  return `${text}\n— ${signer.name} ${blob}\n`
}

export type NoteProblem = 'malformed' | 'unknown-key' | 'bad-signature'

export type Signature = { name: string; id: string; bytes: Buffer }

/** Text and signatures of a note; undefined when it is none. */
export function splitNote(note: string): { text: string; signatures: Signature[] } | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the format forbids exactly these
  if (!note.isWellFormed() || /[\u0000-\u0009\u000b-\u001f]/.test(note) || !note.endsWith('\n'))
    return undefined
  const cut = note.lastIndexOf('\n\n')
  if (cut < 0) return undefined
  const lines = note.slice(cut + 2, -1).split('\n')
  if (lines.length > signaturesMax) return undefined
  const signatures: Signature[] = []
  for (const line of lines) {
    const [dash, name, blob, ...rest] = line.split(' ')
    const bytes = decode64(blob ?? '')
    if (dash !== '—' || !name || !nameForm.test(name) || !bytes || bytes.length < 5 || rest.length > 0)
      return undefined
    signatures.push({ name, id: bytes.subarray(0, 4).toString('hex'), bytes: bytes.subarray(4) })
  }
  return { text: note.slice(0, cut + 1), signatures }
}

/** Opens a signed note. Signatures of unknown keys are ignored; one wrong signature of a known key spoils the note. */
export function openNote(
  note: string,
  known: readonly Verifier[],
): { ok: true; text: string; by: Verifier[] } | { ok: false; problem: NoteProblem } {
  const parts = splitNote(note)
  if (!parts) return { ok: false, problem: 'malformed' }
  const by: Verifier[] = []
  for (const { name, id, bytes } of parts.signatures) {
    const key = known.find((verifier) => verifier.name === name && verifier.id === id)
    if (!key) continue
    if (!verify(null, Buffer.from(parts.text, 'utf8'), key.publicKey, bytes))
      return { ok: false, problem: 'bad-signature' }
    by.push(key)
  }
  return by.length > 0 ? { ok: true, text: parts.text, by } : { ok: false, problem: 'unknown-key' }
}

/** Reads the text of a checkpoint; undefined when it is not one. Extension lines are refused: nobody audits them. */
export function parseCheckpoint(text: string): Checkpoint | undefined {
  const [origin, size, root64, end, ...more] = text.split('\n')
  if (!origin || !size || !root64 || end !== '' || more.length > 0 || !/^(0|[1-9]\d{0,15})$/.test(size))
    return undefined
  const root = decode64(root64)
  if (root?.length !== 32 || !Number.isSafeInteger(Number(size))) return undefined
  return { origin, size: Number(size), root }
}

/** What a note claims to be the checkpoint of; nothing is checked. */
export const noteCheckpoint = (note: string): Checkpoint | undefined =>
  parseCheckpoint(note.slice(0, note.indexOf('\n\n') + 1))

export type OpenedCheckpoint =
  | { ok: true; checkpoint: Checkpoint; keyId: string }
  | { ok: false; problem: NoteProblem | 'wrong-origin' }

/** Opens a signed checkpoint of the log `origin`: signed by a known key of that very name. */
export function openCheckpoint(note: string, origin: string, known: readonly Verifier[]): OpenedCheckpoint {
  const opened = openNote(
    note,
    known.filter((verifier) => verifier.name === origin),
  )
  if (!opened.ok) {
    const claimed = parseCheckpoint(splitNote(note)?.text ?? '')
    return { ok: false, problem: claimed && claimed.origin !== origin ? 'wrong-origin' : opened.problem }
  }
  const checkpoint = parseCheckpoint(opened.text)
  if (!checkpoint) return { ok: false, problem: 'malformed' }
  if (checkpoint.origin !== origin) return { ok: false, problem: 'wrong-origin' }
  return { ok: true, checkpoint, keyId: (opened.by[0] as Verifier).id }
}

/** Whether two checkpoints of one size tell two stories. */
export const isSplitView = (a: Checkpoint, b: Checkpoint): boolean =>
  a.origin === b.origin && a.size === b.size && !equal(a.root, b.root)
