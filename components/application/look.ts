import type { Look } from '#components/status/tones.ts'
import { visible } from '#components/ui/visible.ts'

const phases: Record<string, Look> = {
  Pending: { tone: 'active', glyph: 'hourglass', label: 'Accepted, not begun' },
  Running: { tone: 'active', glyph: 'arc', label: 'Running' },
  Terminating: { tone: 'paused', glyph: 'square', label: 'Terminating' },
  'Waiting for a retry': { tone: 'attention', glyph: 'hourglass', label: 'Waiting for a retry' },
  Succeeded: { tone: 'positive', glyph: 'disc', label: 'Succeeded' },
  Failed: { tone: 'negative', glyph: 'octagon', label: 'Failed' },
  Error: { tone: 'negative', glyph: 'octagon', label: 'Error' },
  Unseen: { tone: 'neutral', glyph: 'dashed', label: 'End not seen' },
}
const results: Record<string, Look> = {
  Synced: { tone: 'positive', glyph: 'disc', label: 'applied' },
  SyncFailed: { tone: 'negative', glyph: 'octagon', label: 'failed' },
  Pruned: { tone: 'positive', glyph: 'disc', label: 'pruned' },
  PruneSkipped: { tone: 'paused', glyph: 'square', label: 'would be pruned, left' },
}

const find = (table: Record<string, Look>, word: string): Look | undefined =>
  Object.hasOwn(table, word) ? table[word] : undefined
const unheard = (word: string): Look => ({
  tone: 'neutral',
  glyph: 'dashed',
  label: visible(word) || 'Unknown',
})

/** The phase of an operation; a word that we do not know as it came. */
export const operationLook = (phase: string): Look => find(phases, phase) ?? unheard(phase)

/** What became of one step: the phase of a hook or the result of a resource. */
export function stepLook(result: string): Look {
  const phase = find(phases, result)
  return (
    find(results, result) ??
    (phase ? { ...phase, label: phase.label.toLowerCase() } : unheard(result || 'not begun'))
  )
}
