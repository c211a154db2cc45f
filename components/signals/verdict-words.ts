import type { Look } from '#components/status/tones.ts'
import type { Answer, Checkpoint, SignalName, SignalVerdict } from '#lib/verdicts/verdict.ts'

/** How an answer is drawn. What cannot be told is never drawn like what is well. */
export const answerLook = {
  worse: { tone: 'negative', glyph: 'octagon', label: 'Worse' },
  'no-change': { tone: 'positive', glyph: 'ring', label: 'No change found' },
  improved: { tone: 'positive', glyph: 'disc', label: 'Better' },
  inconclusive: { tone: 'neutral', glyph: 'dashed', label: 'Cannot tell' },
} as const satisfies Record<Answer, Look>

export const checkpointWords: Record<Checkpoint, string> = {
  5: '5 min',
  15: '15 min',
  60: '1 hour',
  1440: '24 hours',
}

export const signalWords: Record<SignalName, string> = {
  errors: 'Errors',
  latency: 'Latency',
  traffic: 'Traffic',
  saturation: 'Saturation',
}

/** `1.9 times` for a rise, `0.5 times` for a fall. */
const times = (value: number) =>
  `${value >= 10 ? Math.round(value) : Number(value.toFixed(value < 1.095 && value > 0.905 ? 2 : 1))}`

/** What the release came with, as far as comparable moments scatter. */
export function effectWords({ effect, interval }: Pick<SignalVerdict, 'effect' | 'interval'>): string {
  if (effect === null) return 'not known'
  return interval
    ? `× ${times(effect)} (${times(interval[0])} to ${times(interval[1])})`
    : `× ${times(effect)}`
}

/** How unusual the change is among moments like this one. */
export function comparedWords({ comparable, above, effect }: SignalVerdict): string {
  if (comparable === 0 || effect === null) return 'nothing to compare with'
  const beaten = comparable - above
  return effect >= 1
    ? `rose more than at ${beaten} of ${comparable} moments like it`
    : `rose less than at ${above} of ${comparable} moments like it`
}

/** What would not have been noticed, where nothing was found. */
export function limitWords({ answer, detectable, because }: SignalVerdict): string {
  if (because.length > 0) return because.join(' ')
  return answer === 'no-change' && detectable !== null
    ? `A rise of less than ${times(detectable)} times would not stand out.`
    : ''
}
