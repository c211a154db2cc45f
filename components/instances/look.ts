import type { Look } from '#components/status/tones.ts'
import type { InstanceLine } from '#lib/instances/instance-line.ts'

const looks = {
  connected: { tone: 'positive', glyph: 'ring' },
  connecting: { tone: 'active', glyph: 'arc' },
  'catching-up': { tone: 'active', glyph: 'arc' },
  stale: { tone: 'attention', glyph: 'triangle' },
  refused: { tone: 'negative', glyph: 'octagon' },
  'not-understood': { tone: 'negative', glyph: 'octagon' },
  'too-old': { tone: 'negative', glyph: 'octagon' },
  advisory: { tone: 'attention', glyph: 'triangle' },
  newer: { tone: 'neutral', glyph: 'dashed' },
} satisfies Record<InstanceLine['kind'], Omit<Look, 'label'>>

/** How an instance is, drawn. */
export const instanceLook = ({ kind, words }: InstanceLine): Look => ({ ...looks[kind], label: words })
