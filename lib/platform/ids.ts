import { randomBytes } from 'node:crypto'

const prefixes = {
  person: 'per',
  account: 'usr',
  session: 'ses',
  application: 'app',
  deployment: 'dep',
  release: 'rel',
  decision: 'dec',
  intent: 'int',
  closing: 'clo',
  finding: 'fin',
  pause: 'pau',
  policy: 'pol',
  standardChange: 'std',
  train: 'trn',
  freeze: 'frz',
  override: 'ovr',
  extension: 'ext',
  message: 'msg',
  stepUp: 'stu',
  breakGlass: 'brk',
  retrospective: 'ret',
  export: 'exp',
  event: 'evt',
  request: 'req',
  worker: 'wrk',
  view: 'vie',
  comparison: 'cmp',
  sample: 'smp',
  sampleNote: 'sno',
} as const

export type IdKind = keyof typeof prefixes

/** Crockford's base 32: no I, L, O or U, so that an id can be read out over the telephone. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

function base32(bytes: Uint8Array): string {
  let bits = 0
  let value = 0
  let text = ''
  for (const byte of bytes) {
    value = (value << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += alphabet[(value >>> bits) & 31]
    }
    value &= (1 << bits) - 1
  }
  return bits > 0 ? text + alphabet[(value << (5 - bits)) & 31] : text
}

/** A new id such as `rel_06dk…`: prefix, 48 bits of time (sorts by creation), 80 random bits. */
export function newId(kind: IdKind): string {
  const bytes = new Uint8Array(16)
  const now = Date.now()
  for (let i = 0; i < 6; i++) bytes[i] = Math.floor(now / 2 ** (8 * (5 - i))) & 0xff
  bytes.set(randomBytes(10), 6)
  return `${prefixes[kind]}_${base32(bytes)}`
}

/** A secret of 256 bits as URL-safe text: session ids, intent tokens. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url')
}
