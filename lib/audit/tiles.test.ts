import { expect, it } from 'vitest'
import { append, emptyFrontier, leafHash, root, verifyInclusion } from './merkle.ts'
import type { Queryable } from './rows.ts'
import { createTiles } from './tiles.ts'

const leaves = Array.from({ length: 11_003 }, (_, i) => leafHash(Buffer.from(`entry ${i}`)))
let read = 0

/** Answers the two questions that tiles ask. */
const client = {
  query: async (sql: string, values: unknown[]) => {
    const rows = sql.includes('unnest')
      ? (values[0] as number[]).flatMap((tile) =>
          leaves
            .slice(tile * 256, (tile + 1) * 256)
            .map((leaf, i) => ({ seq: String(tile * 256 + i), leaf })),
        )
      : leaves.slice(values[0] as number, values[1] as number).map((leaf) => ({ leaf }))
    read += rows.length
    return { rows }
  },
} as unknown as Queryable

const headOf = (size: number) => ({ size, root: root(leaves.slice(0, size).reduce(append, emptyFrontier)) })

it('proves any entry in any tree, growing as the log does, and reads no leaf twice for it', async () => {
  const tiles = createTiles()
  for (const size of [1, 2, 255, 256, 257, 511, 512, 700, 5_000, 5_001, 9_999, 11_003, 600, 256, 3]) {
    const head = headOf(size)
    const entries = [...new Set([0, size >> 1, size - 1, Math.max(0, size - 257)])]
    const proofOf = await tiles.prover(client, head, entries)
    for (const seq of entries)
      expect(verifyInclusion(leaves[seq] as Uint8Array, seq, size, proofOf(seq), head.root)).toBe(true)
  }
  const both = createTiles()
  await Promise.all([both.grow(client, 5_000), both.prover(client, headOf(700), [3])])
  read = 0
  await tiles.prover(client, headOf(11_003), [5])
  expect(read).toBeLessThanOrEqual(512)
  await expect(tiles.prover(client, { size: 700, root: headOf(701).root }, [5])).rejects.toThrow(
    'has not the root',
  )
})
