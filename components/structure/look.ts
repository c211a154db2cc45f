import type { Look } from '#components/status/tones.ts'
import { visible } from '#components/ui/visible.ts'

const standings: Record<string, Look> = {
  Waiting: { tone: 'attention', glyph: 'hourglass', label: 'Waiting' },
  Pending: { tone: 'active', glyph: 'arc', label: 'Pending' },
  Progressing: { tone: 'active', glyph: 'arc', label: 'Progressing' },
  Healthy: { tone: 'positive', glyph: 'ring', label: 'Healthy' },
}

/** Where an application stands in a rolling sync, as Argo CD says it; a word that we do not know as it came. */
export const standingLook = (status: string): Look =>
  (Object.hasOwn(standings, status) ? standings[status] : undefined) ?? {
    tone: 'neutral',
    glyph: 'dashed',
    label: visible(status) || 'Unknown',
  }
