import { createHash, hash } from 'node:crypto'

/** 32 bytes of SHA-256. */
export type Hash = Uint8Array

const prefix = { leaf: 0, node: 1, chain: 2 }

// Hashed in place: a log of a million entries is three million hashes, and as many pieces put together anew would
// take longer than hashing them. Nothing here waits, so nobody else can be using it.
let scratch = Buffer.alloc(1 << 16)

function sha256(first: number, ...parts: Uint8Array[]): Hash {
  const length = parts.reduce((sum, part) => sum + part.length, 1)
  if (scratch.length < length) scratch = Buffer.alloc(length * 2)
  scratch[0] = first
  let at = 1
  for (const part of parts) {
    scratch.set(part, at)
    at += part.length
  }
  // By way of text: asked for a buffer, it takes twice as long.
  return Buffer.from(hash('sha256', scratch.subarray(0, length), 'hex'), 'hex')
}

/** SHA-256 of bytes in hex: the name of a document. */
export const sha256Hex = (bytes: Uint8Array): string => hash('sha256', bytes, 'hex')

export const equal = (a: Hash, b: Hash): boolean => Buffer.compare(a, b) === 0

/** SHA-256(0x00 ‖ entry), RFC 6962 2.1. */
export const leafHash = (entry: Uint8Array): Hash => sha256(prefix.leaf, entry)
/** SHA-256(0x01 ‖ left ‖ right), RFC 6962 2.1. */
export const nodeHash = (left: Hash, right: Hash): Hash => sha256(prefix.node, left, right)
/** The root of the tree without leaves. */
export const emptyRoot: Hash = createHash('sha256').digest()

/** What stands before the first entry: SHA-256("countersign/log/v1:" ‖ origin). */
export const genesis = (origin: string): Hash =>
  createHash('sha256').update(`countersign/log/v1:${origin}`, 'utf8').digest()

/** SHA-256(0x02 ‖ previous ‖ be64(seq) ‖ leaf). The first byte differs, so no value stands for a leaf or a node. */
export function chainHash(previous: Hash, seq: number, leaf: Hash): Hash {
  const position = Buffer.alloc(8)
  position.writeBigUInt64BE(BigInt(seq))
  return sha256(prefix.chain, previous, position, leaf)
}

/**
 * The tree while it grows: the roots of its full subtrees, largest first. 64 hashes at most, whatever the size,
 * so a log of any length is hashed as a stream.
 */
export type Frontier = { readonly size: number; readonly peaks: readonly Hash[] }

export const emptyFrontier: Frontier = { size: 0, peaks: [] }

/** The frontier with one more leaf. */
export function append(frontier: Frontier, leaf: Hash): Frontier {
  const peaks = frontier.peaks.slice()
  let node = leaf
  // As many ones at the low end of the size, so many subtrees become full.
  for (let rest = frontier.size; rest % 2 === 1; rest = (rest - 1) / 2)
    node = nodeHash(peaks.pop() as Hash, node)
  peaks.push(node)
  return { size: frontier.size + 1, peaks }
}

/** The Merkle tree hash of everything appended so far. */
export function root(frontier: Frontier): Hash {
  return frontier.peaks.length === 0
    ? emptyRoot
    : frontier.peaks.reduceRight((right, left) => nodeHash(left, right))
}

/** The largest power of two below `size` (size ≥ 2): where RFC 6962 splits. */
export function splitAt(size: number): number {
  let k = 1
  while (k * 2 < size) k *= 2
  return k
}

/** Answers the hash of a full or partial subtree: leaves `from` (inclusive) to `to` (exclusive). */
export type Subtree = (from: number, to: number) => Hash

/** Subtree hashes over leaves in memory, each computed once. */
export function subtrees(leaves: readonly Hash[]): Subtree {
  const known = new Map<string, Hash>()
  const of: Subtree = (from, to) => {
    if (to - from === 0) return emptyRoot
    if (to - from === 1) return leaves[from] as Hash
    const key = `${from}-${to}`
    let value = known.get(key)
    if (!value) {
      const middle = from + splitAt(to - from)
      value = nodeHash(of(from, middle), of(middle, to))
      known.set(key, value)
    }
    return value
  }
  return of
}

/** Proof that leaf `index` is in the tree of `size` leaves, from the leaf's sibling upwards (RFC 6962 2.1.1). */
export function inclusionProof(of: Subtree, index: number, size: number): Hash[] {
  if (!(index >= 0 && index < size)) throw new RangeError(`no leaf ${index} in a tree of ${size}`)
  const path = (from: number, to: number): Hash[] => {
    if (to - from === 1) return []
    const middle = from + splitAt(to - from)
    return index < middle ? [...path(from, middle), of(middle, to)] : [...path(middle, to), of(from, middle)]
  }
  return path(0, size)
}

/** Proof that the tree of `size` leaves continues the tree of `oldSize` leaves (RFC 6962 2.1.2). */
export function consistencyProof(of: Subtree, oldSize: number, size: number): Hash[] {
  if (!(oldSize >= 0 && oldSize <= size)) throw new RangeError(`${size} leaves cannot continue ${oldSize}`)
  if (oldSize === 0 || oldSize === size) return []
  const path = (from: number, to: number, whole: boolean): Hash[] => {
    if (to === oldSize) return whole ? [] : [of(from, to)]
    const middle = from + splitAt(to - from)
    return oldSize <= middle
      ? [...path(from, middle, whole), of(middle, to)]
      : [...path(middle, to, false), of(from, middle)]
  }
  return path(0, size, true)
}

/** Whether `proof` shows that `leaf` is entry `index` of the tree with this size and root (RFC 9162 2.1.3.2). */
export function verifyInclusion(
  leaf: Hash,
  index: number,
  size: number,
  proof: readonly Hash[],
  expected: Hash,
): boolean {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return false
  let node = index
  let last = size - 1
  let result = leaf
  for (const sibling of proof) {
    if (last === 0) return false
    if (node % 2 === 1 || node === last) {
      result = nodeHash(sibling, result)
      while (node % 2 === 0 && node !== 0) {
        node /= 2
        last = Math.floor(last / 2)
      }
    } else {
      result = nodeHash(result, sibling)
    }
    node = Math.floor(node / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 && equal(result, expected)
}

/** Whether `proof` shows that the second tree holds the first one unchanged as its beginning (RFC 9162 2.1.4.2). */
export function verifyConsistency(
  first: { size: number; root: Hash },
  second: { size: number; root: Hash },
  proof: readonly Hash[],
): boolean {
  if (!Number.isSafeInteger(first.size) || !Number.isSafeInteger(second.size)) return false
  if (first.size < 0 || first.size > second.size) return false
  if (first.size === second.size) return proof.length === 0 && equal(first.root, second.root)
  if (first.size === 0) return proof.length === 0 && equal(first.root, emptyRoot)
  let node = first.size - 1
  let last = second.size - 1
  while (node % 2 === 1) {
    node = (node - 1) / 2
    last = Math.floor(last / 2)
  }
  const rest = [...proof]
  const start = node === 0 ? first.root : rest.shift()
  if (!start) return false
  let oldRoot = start
  let newRoot = start
  for (const hash of rest) {
    if (last === 0) return false
    if (node % 2 === 1 || node === last) {
      oldRoot = nodeHash(hash, oldRoot)
      newRoot = nodeHash(hash, newRoot)
      while (node % 2 === 0 && node !== 0) {
        node /= 2
        last = Math.floor(last / 2)
      }
    } else {
      newRoot = nodeHash(newRoot, hash)
    }
    node = Math.floor(node / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 && equal(oldRoot, first.root) && equal(newRoot, second.root)
}
