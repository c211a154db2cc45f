import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import vectors from './c2sp-vectors.json' with { type: 'json' }
import {
  append,
  chainHash,
  consistencyProof,
  emptyFrontier,
  emptyRoot,
  equal,
  type Hash,
  inclusionProof,
  leafHash,
  nodeHash,
  root,
  subtrees,
  verifyConsistency,
  verifyInclusion,
} from './merkle.ts'

const hex = (hash: Hash) => Buffer.from(hash).toString('hex')
const bytes = (text: string) => Buffer.from(text, 'hex')
const leavesOf = (count: number) =>
  Array.from({ length: count }, (_, i) => leafHash(Buffer.from(`entry ${i}`)))
const rootOf = (leaves: Hash[]) => root(leaves.reduce(append, emptyFrontier))

/** RFC 6962 2.1 word for word, as slow as it stands there. */
function slowRoot(leaves: Hash[]): Hash {
  if (leaves.length === 0) return emptyRoot
  if (leaves.length === 1) return leaves[0] as Hash
  let k = 1
  while (k * 2 < leaves.length) k *= 2
  return nodeHash(slowRoot(leaves.slice(0, k)), slowRoot(leaves.slice(k)))
}

describe('the tree', () => {
  it('gives the roots of the certificate transparency reference tests', () => {
    const entries = [
      '',
      '00',
      '10',
      '2021',
      '3031',
      '40414243',
      '5051525354555657',
      '606162636465666768696a6b6c6d6e6f',
    ]
    const leaves = entries.map((entry) => leafHash(bytes(entry)))
    expect(hex(emptyRoot)).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
    expect(leaves.map((_, i) => hex(rootOf(leaves.slice(0, i + 1))))).toEqual([
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
      'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
      'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
      '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
      '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
      'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
      '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
    ])
  })

  it('agrees with the Go implementation on roots and proofs', () => {
    const leaves = leavesOf(13)
    expect(vectors.roots).toEqual(leaves.map((_, i) => hex(rootOf(leaves.slice(0, i + 1)))))
    const of = subtrees(leaves)
    for (const { size, index, proof } of vectors.inclusion)
      expect(inclusionProof(of, index, size).map(hex)).toEqual(proof)
    for (const { old, size, proof } of vectors.consistency)
      expect(consistencyProof(of, old, size).map(hex)).toEqual(proof)
  })

  it('has the same root by frontier, by recursion and by the words of the RFC, for every size to 70', () => {
    const leaves = leavesOf(70)
    const of = subtrees(leaves)
    let frontier = emptyFrontier
    for (let size = 0; size <= 70; size++) {
      expect(hex(root(frontier))).toBe(hex(slowRoot(leaves.slice(0, size))))
      expect(hex(of(0, size))).toBe(hex(root(frontier)))
      frontier = append(frontier, leaves[size] ?? emptyRoot)
    }
  })
})

describe('proofs', () => {
  it('prove every leaf of every tree to 33, and no other leaf, place or size', () => {
    const leaves = leavesOf(33)
    const of = subtrees(leaves)
    for (let size = 1; size <= 33; size++) {
      const expected = of(0, size)
      for (let index = 0; index < size; index++) {
        const proof = inclusionProof(of, index, size)
        const leaf = leaves[index] as Hash
        expect(verifyInclusion(leaf, index, size, proof, expected)).toBe(true)
        expect(verifyInclusion(leafHash(Buffer.from('other')), index, size, proof, expected)).toBe(false)
        for (const other of [index - 1, index + 1])
          if (size > 1) expect(verifyInclusion(leaf, other, size, proof, expected)).toBe(false)
        expect(verifyInclusion(leaf, index, size, [...proof, leaf], expected)).toBe(false)
        if (proof.length > 0) expect(verifyInclusion(leaf, index, size, proof.slice(1), expected)).toBe(false)
      }
    }
  })

  it('prove growth between every two sizes to 33, and not from a changed past', () => {
    const leaves = leavesOf(33)
    const of = subtrees(leaves)
    for (let size = 1; size <= 33; size++) {
      const now = { size, root: of(0, size) }
      for (let old = 1; old <= size; old++) {
        const proof = consistencyProof(of, old, size)
        const before = { size: old, root: of(0, old) }
        const forged = { size: old, root: leafHash(Buffer.from('another past')) }
        expect(verifyConsistency(before, now, proof)).toBe(true)
        expect(verifyConsistency(forged, now, proof)).toBe(false)
        expect(verifyConsistency(before, { size, root: forged.root }, proof)).toBe(false)
        if (old < size) expect(verifyConsistency(before, now, proof.slice(1))).toBe(false)
      }
    }
  })

  it('never accept a proof with one bit changed', () => {
    const leaves = leavesOf(97)
    const of = subtrees(leaves)
    const size = fc.integer({ min: 2, max: 97 })
    fc.assert(
      fc.property(size, fc.nat(), fc.nat(), fc.nat(), (n, i, at, bit) => {
        const index = i % n
        const proof = inclusionProof(of, index, n).map((hash) => Uint8Array.from(hash))
        const broken = proof[at % proof.length] as Uint8Array
        broken[bit % 32] = (broken[bit % 32] as number) ^ (1 << (bit % 8))
        return !verifyInclusion(leaves[index] as Hash, index, n, proof, of(0, n))
      }),
      { numRuns: 500 },
    )
  })
})

describe('the chain', () => {
  it('depends on the place, the predecessor and the leaf', () => {
    const [a, b] = leavesOf(2) as [Hash, Hash]
    const values = [
      chainHash(a, 1, b),
      chainHash(a, 2, b),
      chainHash(b, 1, b),
      chainHash(a, 1, a),
      nodeHash(a, b),
    ]
    expect(new Set(values.map(hex)).size).toBe(values.length)
    expect(equal(chainHash(a, 1, b), chainHash(a, 1, b))).toBe(true)
  })
})
