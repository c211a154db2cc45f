/** The rows of a list that are drawn: `from` up to, not including, `to`. */
export type Window = { from: number; to: number }

/** Where each row begins, and at the end where the last one ends. */
export function edgesOf(heights: readonly number[]): number[] {
  const edges = [0]
  for (const height of heights) edges.push((edges.at(-1) ?? 0) + height)
  return edges
}

/** Rows that touch the strip between `top` and `bottom` (px from the first row's edge), and `spare` more on both sides. */
export function windowOf(edges: readonly number[], top: number, bottom: number, spare: number): Window {
  const count = edges.length - 1
  const first = edges.findIndex((edge, index) => index > 0 && edge > top)
  const last = edges.findLastIndex((edge, index) => index < count && edge < bottom)
  const from = first === -1 ? count : first - 1
  return {
    from: Math.max(0, Math.min(from, last) - spare),
    to: Math.min(count, Math.max(from, last) + 1 + spare),
  }
}

export type Piece = { row: number } | { gap: number; key: string }

/**
 * What stands in the body of the table: the rows of the window, `pinned` wherever it is (the one that has focus must
 * not go away), and gaps as high as what is left out.
 */
export function piecesOf(
  edges: readonly number[],
  { from, to }: Window,
  pinned: number | undefined,
): Piece[] {
  const count = edges.length - 1
  const drawn = [...Array(Math.max(0, to - from)).keys()].map((index) => from + index)
  if (pinned !== undefined && pinned >= 0 && pinned < count && !(pinned >= from && pinned < to))
    drawn.splice(pinned < from ? 0 : drawn.length, 0, pinned)
  const pieces: Piece[] = []
  let next = 0
  const gapTo = (row: number) => {
    const gap = (edges[row] ?? 0) - (edges[next] ?? 0)
    if (gap > 0) pieces.push({ gap, key: `gap-${next === 0 ? 'top' : row === count ? 'end' : 'middle'}` })
  }
  for (const row of drawn) {
    gapTo(row)
    pieces.push({ row })
    next = row + 1
  }
  gapTo(count)
  return pieces
}
