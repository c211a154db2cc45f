import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { mkdir, open, readFile, rename, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { StartupProblem } from '#lib/platform/startup-problem.ts'
import { formatVkey, type NoteSigner, parseVkey, signerOf, type Verifier } from './checkpoint.ts'
import type { Position } from './walk.ts'

/** Where the signer keeps its key, the line that others verify with, and what it signed last. */
export type SignerPlaces = { key: string; vkey: string; state: string }

/** `keyFile` when one is configured, otherwise a folder of its own below the home of this installation. */
export function signerPlaces(home: string, keyFile?: string): SignerPlaces {
  const key = keyFile ?? join(home, 'signer', 'key.pem')
  return { key, vkey: join(dirname(key), 'log.vkey'), state: join(dirname(key), 'state.json') }
}

const absent = (error: NodeJS.ErrnoException): undefined => {
  if (error.code === 'ENOENT') return undefined
  throw error
}

/** Writes a whole new file and puts it in place at once: a crash leaves the old or the new one, never half. */
export async function writeDurably(path: string, text: string, mode: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const next = `${path}.next`
  const file = await open(next, 'w', mode)
  try {
    await file.writeFile(text)
    await file.chmod(mode)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(next, path)
}

/** The key, if there is one. Throws a StartupProblem when others may read it or it is no Ed25519 key. */
export async function readSigningKey(places: SignerPlaces, origin: string): Promise<NoteSigner | undefined> {
  const pem = await readFile(places.key, 'utf8').catch(absent)
  if (pem === undefined) return undefined
  if (((await stat(places.key)).mode & 0o077) !== 0)
    throw new StartupProblem(`The signing key ${places.key} can be read by other accounts: chmod 400 it.`)
  const key = parseKey(pem)
  if (key?.asymmetricKeyType !== 'ed25519')
    throw new StartupProblem(`${places.key} does not hold an Ed25519 private key in PEM form.`)
  return signerOf(origin, key)
}

function parseKey(pem: string) {
  try {
    return createPrivateKey(pem)
  } catch {
    return undefined
  }
}

/** Makes a key that only its owner may read. Only for a log that nobody has signed yet: the caller makes sure. */
export async function createSigningKey(places: SignerPlaces, origin: string): Promise<NoteSigner> {
  const { privateKey } = generateKeyPairSync('ed25519')
  await writeDurably(places.key, privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, 0o400)
  return signerOf(origin, privateKey)
}

/** Publishes the line that verifiers pin. */
export async function writeVkey(places: SignerPlaces, signer: NoteSigner): Promise<void> {
  await writeDurably(places.vkey, `${formatVkey(signer)}\n`, 0o444)
}

/** The keys in a file of vkeys, one a line; undefined when there is no such file. Throws on a line that is none. */
export async function readVkeys(path: string): Promise<Verifier[] | undefined> {
  const text = await readFile(path, 'utf8').catch(absent)
  return text
    ?.split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const verifier = parseVkey(line)
      if (!verifier) throw new StartupProblem(`${path} has a line that is no verifier key.`)
      return verifier
    })
}

const hash = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .transform((text): Uint8Array => Buffer.from(text, 'hex'))
const stateSchema = z.object({
  origin: z.string(),
  size: z.int().min(0),
  root: hash,
  chain: hash,
  peaks: z.array(hash).max(64),
})

/** What was signed last, and where the walk stood then. */
export type SignerState = { origin: string; root: Uint8Array } & Position

export async function readState(places: SignerPlaces): Promise<SignerState | undefined> {
  const text = await readFile(places.state, 'utf8').catch(absent)
  if (text === undefined) return undefined
  try {
    return stateSchema.parse(JSON.parse(text))
  } catch {
    throw new StartupProblem(`${places.state} cannot be read: restore it; it says what was signed last.`)
  }
}

export async function writeState(
  places: SignerPlaces,
  { origin, size, root, chain, peaks }: SignerState,
): Promise<void> {
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
  const state = { origin, size, root: hex(root), chain: hex(chain), peaks: peaks.map(hex) }
  await writeDurably(places.state, `${JSON.stringify(state)}\n`, 0o600)
}
