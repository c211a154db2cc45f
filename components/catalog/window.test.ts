import { expect, test } from 'vitest'
import { edgesOf, piecesOf, windowOf } from './window.ts'

const edges = edgesOf([50, 50, 92, 50, 50])

test('rows that touch the strip, and some to spare', () => {
  expect(edges).toEqual([0, 50, 100, 192, 242, 292])
  expect(windowOf(edges, 0, 100, 0)).toEqual({ from: 0, to: 2 })
  expect(windowOf(edges, 120, 130, 0)).toEqual({ from: 2, to: 3 })
  expect(windowOf(edges, 120, 130, 1)).toEqual({ from: 1, to: 4 })
  expect(windowOf(edges, -500, 5000, 3)).toEqual({ from: 0, to: 5 })
})

test('above and below the list one end of it is drawn, and of an empty one nothing', () => {
  expect(windowOf(edges, -900, -100, 1)).toEqual({ from: 0, to: 2 })
  expect(windowOf(edges, 900, 1000, 1)).toEqual({ from: 3, to: 5 })
  expect(windowOf([0], 0, 100, 2)).toEqual({ from: 0, to: 0 })
})

const heightOf = (pieces: ReturnType<typeof piecesOf>) =>
  pieces.reduce(
    (sum, piece) =>
      sum + ('gap' in piece ? piece.gap : (edges[piece.row + 1] ?? 0) - (edges[piece.row] ?? 0)),
    0,
  )
const rows = (pieces: ReturnType<typeof piecesOf>) =>
  pieces.flatMap((piece) => ('row' in piece ? [piece.row] : []))

test('gaps are as high as what they stand for, and the row with focus stays', () => {
  for (const pinned of [undefined, 0, 2, 4, 9, -1])
    for (const window of [
      { from: 0, to: 5 },
      { from: 2, to: 3 },
      { from: 1, to: 2 },
      { from: 5, to: 5 },
    ]) {
      const pieces = piecesOf(edges, window, pinned)
      expect(heightOf(pieces)).toBe(292)
      if (pinned !== undefined && pinned >= 0 && pinned < 5) expect(rows(pieces)).toContain(pinned)
      expect(rows(pieces)).toEqual(rows(pieces).toSorted((a, b) => a - b))
      const keys = pieces.flatMap((piece) => ('key' in piece ? [piece.key] : []))
      expect(new Set(keys).size).toBe(keys.length)
    }
  expect(piecesOf(edges, { from: 3, to: 4 }, 0)).toEqual([
    { row: 0 },
    { gap: 142, key: 'gap-middle' },
    { row: 3 },
    { gap: 50, key: 'gap-end' },
  ])
})
