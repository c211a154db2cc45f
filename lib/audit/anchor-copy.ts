import type { AnchorCopy } from './anchors.ts'
import { type Checkpoint, openCheckpoint, type Verifier } from './checkpoint.ts'
import { append, emptyFrontier, equal, root } from './merkle.ts'

export type { AnchorCopy } from './anchors.ts'

/** The tree heads of the first leaves in `leaves` at these sizes, ascending; sizes beyond the end are left out. */
function rootsAt(leaves: Uint8Array, sizes: readonly number[]): Map<number, Uint8Array> {
  const roots = new Map<number, Uint8Array>()
  let frontier = emptyFrontier
  for (const size of sizes) {
    if (size * 32 > leaves.length) break
    while (frontier.size < size)
      frontier = append(frontier, leaves.subarray(frontier.size * 32, frontier.size * 32 + 32))
    roots.set(size, root(frontier))
  }
  return roots
}

/** Whether a copy of an anchor holds this very head, or a later one that grew out of it; or another history. */
export function held(
  copy: AnchorCopy,
  head: Checkpoint,
  keys: readonly Verifier[],
): { holds: boolean; conflict?: string } {
  const genuine = copy.notes
    .map((note) => openCheckpoint(note, head.origin, keys))
    .flatMap((opened) => (opened.ok ? [opened.checkpoint] : []))
  const same = genuine.filter(({ size }) => size === head.size)
  if (same.some((other) => !equal(other.root, head.root)))
    return {
      holds: false,
      conflict: `Two different histories of ${head.size} entries were signed: anchor ${copy.name} holds another one.`,
    }
  if (same.length > 0) return { holds: true }
  const later = genuine.filter(({ size }) => size > head.size && size * 32 <= copy.leaves.length)
  const next = later.sort((a, b) => a.size - b.size)[0]
  if (!next) return { holds: false }
  const roots = rootsAt(copy.leaves, [head.size, next.size])
  // Leaves beside an anchor are only as good as the signed head they hash to.
  if (!equal(roots.get(next.size) as Uint8Array, next.root)) return { holds: false }
  if (equal(roots.get(head.size) as Uint8Array, head.root)) return { holds: true }
  return {
    holds: false,
    conflict: `Anchor ${copy.name} holds a history of ${next.size} entries that did not grow out of this one.`,
  }
}
