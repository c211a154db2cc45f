import {
  append,
  consistencyProof,
  emptyFrontier,
  type Frontier,
  type Hash,
  subtrees,
} from '#lib/audit/merkle.ts'

const hashBytes = 32

/** Where the full subtrees of a tree begin, by `from-to`. */
function peaksOf({ size, peaks }: Frontier): Map<string, Hash> {
  const found = new Map<string, Hash>()
  let from = 0
  for (const peak of peaks) {
    const width = 2 ** Math.floor(Math.log2(size - from))
    found.set(`${from}-${from + width}`, peak)
    from += width
  }
  return found
}

/**
 * The proof that a tree continues `old`, from the leaves added since: of what was there before, a proof needs no more
 * than the roots of its full subtrees. Also gives the frontier of the grown tree.
 */
export function provedGrowth(old: Frontier, added: readonly Hash[]): { proof: Hash[]; frontier: Frontier } {
  const before = peaksOf(old)
  const after = subtrees(added)
  const of = (from: number, to: number) =>
    to <= old.size ? (before.get(`${from}-${to}`) as Hash) : after(from - old.size, to - old.size)
  return {
    proof: consistencyProof(of, old.size, old.size + added.length),
    frontier: added.reduce(append, old),
  }
}

/** Reads on from `known` (or from the beginning, if that is past `size`) to the tree of `size`, and what comes after. */
export async function readGrowth(
  leaves: (from: number) => AsyncIterable<Uint8Array>,
  known: Frontier,
  size: number,
): Promise<{ old: Frontier; added: Hash[] }> {
  let old = known.size <= size ? known : emptyFrontier
  const added: Hash[] = []
  for await (const batch of leaves(old.size))
    for (let at = 0; at < batch.length; at += hashBytes) {
      const leaf = batch.subarray(at, at + hashBytes)
      if (old.size < size) old = append(old, leaf)
      else added.push(leaf)
    }
  return { old, added }
}
