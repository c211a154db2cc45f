import canonicalize from 'canonicalize'

function refuse(path: string, why: string): never {
  throw new TypeError(`${path === '' ? 'the value' : path} has no canonical form: ${why}`)
}

/** Refuses what RFC 8785 leaves to chance: two readers must never see two values in one text. */
function checkPlain(value: unknown, path: string): void {
  if (value === null || typeof value === 'boolean') return
  if (typeof value === 'string') {
    if (!value.isWellFormed()) refuse(path, 'a surrogate stands alone')
    return
  }
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) refuse(path, 'not a finite number')
    if (Object.is(value, -0)) refuse(path, 'minus zero (RFC 8785 erratum 7920)')
    if (Number.isInteger(value) && !Number.isSafeInteger(value))
      refuse(path, 'an integer beyond 2^53, send it as text')
    return
  }
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) checkPlain(value[i], `${path}[${i}]`)
    return
  }
  if (typeof value !== 'object') refuse(path, `a ${typeof value} is not JSON`)
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) refuse(path, 'not a plain object')
  for (const [key, item] of Object.entries(value)) {
    if (!key.isWellFormed()) refuse(path, 'a surrogate stands alone in a key')
    if (item !== undefined) checkPlain(item, path === '' ? key : `${path}.${key}`)
  }
}

/**
 * The canonical JSON text of a value (RFC 8785, JCS). Absent and `undefined` members are the same.
 * Throws TypeError for what could be read in two ways or is not JSON.
 */
export function canonicalText(value: unknown): string {
  checkPlain(value, '')
  return canonicalize(value) as string
}

/** The canonical UTF-8 bytes of a value: what is hashed, signed and stored. */
export function canonicalBytes(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(canonicalText(value))
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Reads bytes that claim to be canonical. Throws when they are not exactly the canonical form of what they say:
 * duplicate keys, other spellings of a number, another order, stray white space.
 */
export function parseCanonical(bytes: Uint8Array): unknown {
  const text = utf8.decode(bytes)
  const value: unknown = JSON.parse(text)
  if (canonicalText(value) !== text) throw new TypeError('the bytes are not in canonical form')
  return value
}
