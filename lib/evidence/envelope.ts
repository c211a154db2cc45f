import { sign, verify } from 'node:crypto'
import type { NoteSigner, Verifier } from '#lib/audit/checkpoint.ts'

export const payloadType = 'application/vnd.in-toto+json'

/** What is signed: the type and the bytes, each with its length before it (DSSE, pre-authentication encoding). */
export function preAuthenticated(type: string, body: Uint8Array): Uint8Array {
  const head = `DSSEv1 ${Buffer.byteLength(type)} ${type} ${body.length} `
  return Buffer.concat([Buffer.from(head, 'utf8'), body])
}

const keyName = ({ name, id }: Verifier) => `${name}+${id}`

/** A DSSE envelope as this product writes it: one line of canonical JSON, one Ed25519 signature. */
export function sealEnvelope(payload: string, signer: NoteSigner): string {
  const body = Buffer.from(payload, 'utf8')
  const signature = sign(null, preAuthenticated(payloadType, body), signer.privateKey).toString('base64')
  const keyid = JSON.stringify(keyName(signer))
  return `{"payload":"${body.toString('base64')}","payloadType":"${payloadType}","signatures":[{"keyid":${keyid},"sig":"${signature}"}]}\n`
}

export type Opened =
  | { ok: true; payload: string; by: Verifier }
  | { ok: false; problem: 'malformed' | 'bad-signature' }
  | { ok: false; problem: 'unknown-key'; keyid: string }

const tail =
  /^([A-Za-z0-9+/]*={0,2})","payloadType":"([ -!#-[\]-~]+)","signatures":\[\{"keyid":"([ -!#-[\]-~]+)","sig":"([A-Za-z0-9+/]{86}==)"\}\]\}\n$/
const head = '{"payload":"'

/** The bytes of base64 text; undefined when other text would have given the same bytes. */
function decode64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}

/**
 * Opens an envelope. There is one way to write one, so whatever differs in a single byte is refused, hints included.
 * The payload that comes back is the one that was signed; the envelope is not looked at again.
 */
export function openEnvelope(text: string, keys: readonly Verifier[]): Opened {
  const cut = text.lastIndexOf('","payloadType":"')
  // The payload is megabytes long: its end is found first, and the expression only sees what follows it.
  const rest = text.startsWith(head) && cut > 0 ? tail.exec(text.slice(cut)) : null
  const body = rest ? decode64(text.slice(head.length, cut)) : undefined
  const [, before, type, keyid, sig] = rest ?? []
  const signature = decode64(sig ?? '')
  if (!body || before !== '' || type !== payloadType || !keyid || !signature)
    return { ok: false, problem: 'malformed' }
  const by = keys.find((key) => keyName(key) === keyid)
  if (!by) return { ok: false, problem: 'unknown-key', keyid }
  if (!verify(null, preAuthenticated(type, body), by.publicKey, signature))
    return { ok: false, problem: 'bad-signature' }
  return { ok: true, payload: body.toString('utf8'), by }
}
