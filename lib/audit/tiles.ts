import { append, emptyFrontier, equal, type Hash, inclusionProof, nodeHash, root, splitAt } from './merkle.ts'
import { type Queryable, readLeaves } from './rows.ts'

/** Leaves under one kept hash, as in C2SP tlog-tiles. */
const width = 256

export type Tiles = {
  /** Takes in what was sealed since the last time: each leaf is read once in the life of a process. */
  grow: (client: Queryable, size: number) => Promise<void>
  /** Proofs for these entries in the tree of `size` leaves. Throws when that tree has not this root. */
  prover: (
    client: Queryable,
    head: { size: number; root: Hash },
    entries: readonly number[],
  ) => Promise<(seq: number) => Hash[]>
}

/** Keeps one hash for every 256 entries, so that a proof reads a few hundred leaves and not the whole log. */
export function createTiles(): Tiles {
  const full: Hash[] = []

  /** One at a time: two at once would take the same leaves twice. */
  let growing: Promise<unknown> = Promise.resolve()
  function grow(client: Queryable, size: number): Promise<void> {
    const grown = growing.then(() => growOn(client, size))
    growing = grown.catch(() => {})
    return grown
  }

  async function growOn(client: Queryable, size: number): Promise<void> {
    const until = size - (size % width)
    let tile = emptyFrontier
    for await (const leaves of readLeaves(client, full.length * width, until))
      for (let at = 0; at < leaves.length; at += 32) {
        // A copy: a part of the batch would keep all of it.
        tile = append(tile, Uint8Array.from(leaves.subarray(at, at + 32)))
        if (tile.size < width) continue
        full.push(root(tile))
        tile = emptyFrontier
      }
  }

  async function leavesOf(client: Queryable, tiles: readonly number[]): Promise<Map<number, Hash>> {
    const { rows } = await client.query<{ seq: string; leaf: Buffer }>(
      `SELECT l.seq, l.leaf FROM unnest($1::bigint[]) AS tile (n)
       JOIN audit.log l ON l.seq >= tile.n * ${width} AND l.seq < (tile.n + 1) * ${width}`,
      [tiles],
    )
    return new Map(rows.map(({ seq, leaf }) => [Number(seq), leaf]))
  }

  return {
    grow,
    async prover(client, head, entries) {
      await grow(client, head.size)
      const wanted = new Set([
        ...entries.map((seq) => Math.floor(seq / width)),
        Math.floor(head.size / width),
      ])
      const leaves = await leavesOf(client, [...wanted])
      const known = new Map<string, Hash>()
      const of = (from: number, to: number): Hash => {
        if (to - from === 1) return leaves.get(from) as Hash
        if (to - from === width && from % width === 0) return full[from / width] as Hash
        const key = `${from}-${to}`
        let value = known.get(key)
        if (!value) {
          const middle = from + splitAt(to - from)
          value = nodeHash(of(from, middle), of(middle, to))
          known.set(key, value)
        }
        return value
      }
      if (!equal(of(0, head.size), head.root)) throw new Error('the log has not the root that was signed')
      return (seq) => inclusionProof(of, seq, head.size)
    },
  }
}
