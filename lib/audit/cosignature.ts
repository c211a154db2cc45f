import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { keyId, rawPublicKey, splitNote, typedVkey, type Verifier } from './checkpoint.ts'

// C2SP tlog-cosignature, Ed25519: a witness says that it saw this tree grow consistently, and when.
const cosignatureType = 4
const timestampBytes = 8
/** As far as dates go. */
const latest = 8_640_000_000_000n

/** A witness's key. Not to be mixed with a log's: the same key has another id here. */
export type Cosigner = Verifier & { cosigns: true }

export function cosignerOf(name: string, privateKey: KeyObject): Cosigner & { privateKey: KeyObject } {
  const publicKey = createPublicKey(privateKey)
  const id = keyId(name, Buffer.concat([Uint8Array.of(cosignatureType), rawPublicKey(publicKey)]))
  return { name, id, publicKey, cosigns: true, privateKey }
}

/** `name+id+key` of a witness: the line to hand to whoever configures it. */
export function formatCosignerVkey({ name, id, publicKey }: Cosigner): string {
  const typed = Buffer.concat([Uint8Array.of(cosignatureType), rawPublicKey(publicKey)])
  return `${name}+${id}+${typed.toString('base64')}`
}

/** Reads a witness's vkey; undefined when it is none, a log's key for example. */
export function parseCosignerVkey(text: string): Cosigner | undefined {
  const verifier = typedVkey(text, cosignatureType)
  return verifier && { ...verifier, cosigns: true }
}

const message = (text: string, timeS: bigint | number) =>
  Buffer.from(`cosignature/v1\ntime ${timeS}\n${text}`, 'utf8')

/** The signature line under the note text of a checkpoint, saying that it was seen at `timeS`, seconds since 1970. */
export function cosign(text: string, timeS: number, signer: Cosigner & { privateKey: KeyObject }): string {
  const time = Buffer.alloc(timestampBytes)
  time.writeBigUInt64BE(BigInt(timeS))
  const signature = sign(null, message(text, timeS), signer.privateKey)
  return `— ${signer.name} ${Buffer.concat([Buffer.from(signer.id, 'hex'), time, signature]).toString('base64')}\n`
}

/**
 * The witness's own line among `lines`, if it is genuine under the note text of a checkpoint, and the time in it.
 * Lines of unknown keys are ignored; a wrong line of this key makes all worthless.
 */
export function openCosignature(
  text: string,
  lines: string,
  cosigner: Cosigner,
): { line: string; timeS: number } | undefined {
  const own = splitNote(`${text}\n${lines}`)?.signatures.filter(
    ({ name, id }) => name === cosigner.name && id === cosigner.id,
  )
  const opened = own?.map(({ bytes }) => {
    if (bytes.length !== timestampBytes + 64) return undefined
    const time = bytes.readBigUInt64BE(0)
    const genuine =
      time <= latest && verify(null, message(text, time), cosigner.publicKey, bytes.subarray(timestampBytes))
    const blob = Buffer.concat([Buffer.from(cosigner.id, 'hex'), bytes]).toString('base64')
    return genuine ? { line: `— ${cosigner.name} ${blob}\n`, timeS: Number(time) } : undefined
  })
  return opened?.every((each) => each !== undefined) ? opened[0] : undefined
}
