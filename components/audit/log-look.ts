import type { Glyph, Look, Tone } from '#components/status/tones.ts'
import type { LogState, Proof } from '#lib/audit/data.ts'

/** How far an entry is proved. Each step holds all before it. */
export const proofLook = {
  sealed: { tone: 'active', glyph: 'arc', label: 'sealed, to be signed' },
  signed: { tone: 'active', glyph: 'arc', label: 'signed, to be anchored' },
  anchored: { tone: 'positive', glyph: 'disc', label: 'sealed, anchored' },
} satisfies Record<Proof, Look>

/** The signer hands over what there is at least once a minute; twice that is late. */
const lateMs = 2 * 60_000

/** What the chip says; `at` is a moment that belongs behind the words. */
export type LogWords = { tone: Tone; glyph: Glyph; words: string; at?: string }

/** The log as far as database and signer tell of it. Nothing is verified here, so nothing here says so. */
export function logWords(state: LogState, now: string): LogWords {
  const { size, anchoredSize, anchoredAt, waitingSince, anchors } = state
  const entries = `Log: ${size.toLocaleString('en')} ${size === 1 ? 'entry' : 'entries'}`
  if (size === 0) return { tone: 'neutral', glyph: 'dashed', words: 'Log: no entries yet' }
  const failing = anchors.find((anchor) => anchor.failingSince !== null)
  if (failing?.failingSince)
    return {
      tone: 'attention',
      glyph: 'triangle',
      words: `${entries}, anchor ${failing.name} refused`,
      at: failing.failingSince,
    }
  const late = waitingSince !== null && Date.parse(now) - Date.parse(waitingSince) > lateMs
  if (late)
    return {
      tone: 'attention',
      glyph: 'triangle',
      words: `${entries}, ${(size - anchoredSize).toLocaleString('en')} not anchored, oldest from`,
      at: waitingSince,
    }
  if (anchoredAt === null) return { tone: 'active', glyph: 'arc', words: `${entries}, to be anchored` }
  return { tone: 'positive', glyph: 'disc', words: `${entries}, anchored`, at: anchoredAt }
}
