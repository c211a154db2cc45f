import type { Glyph, Tone } from '#components/status/tones.ts'
import type { AlertState, Onset } from '#lib/alerts/alert.ts'
import { spanWords } from '#lib/suspects/suspect.ts'

/** How an alert's state is drawn. A silenced alert still fires: a silence must not make a release look quiet. */
export const alertLooks: Record<AlertState, { word: string; tone: Tone; glyph: Glyph }> = {
  firing: { word: 'Firing', tone: 'negative', glyph: 'octagon' },
  silenced: { word: 'Firing, silenced', tone: 'paused', glyph: 'square' },
  inhibited: { word: 'Firing, inhibited', tone: 'paused', glyph: 'square' },
  resolved: { word: 'Resolved', tone: 'neutral', glyph: 'ring' },
  unheard: { word: 'Not listed any more', tone: 'neutral', glyph: 'dashed' },
}

/** When it began, held against the deployment. What fired before it is no harm of it. */
export function onsetWords({ is, lateMs }: Onset): { words: string; tone: Tone } {
  switch (is) {
    case 'after':
      return { words: `began ${spanWords(lateMs)} after the sync`, tone: 'negative' }
    case 'before':
      return { words: `was firing ${spanWords(lateMs)} before the sync`, tone: 'neutral' }
    case 'over':
      return { words: 'was over before the sync', tone: 'neutral' }
  }
}
