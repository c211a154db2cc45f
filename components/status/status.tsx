import type { ReactNode } from 'react'
import { cn } from '#components/ui/cn.ts'
import { GlyphMark } from './glyphs.tsx'
import { type Look, type Tone, toneSoft, toneText } from './tones.ts'

type StatusProps = { look: Look; children?: ReactNode; className?: string }

/**
 * Glyph, word, tone. The glyph carries the colour, the word stays calm: a column of these is read by shape.
 * `children` follows the word: an age, a count ("2 of 6"). The word gives the baseline, so that it stands on the line of
 * the text beside it; the glyph alone would lift it.
 */
export function Status({ look, children, className }: StatusProps) {
  return (
    <span className={cn('inline-flex min-w-0 items-center gap-1.5 text-xs text-ink-muted', className)}>
      {look.glyph && <GlyphMark glyph={look.glyph} className={toneText[look.tone]} />}
      <span className="self-baseline truncate">{look.label}</span>
      {children !== undefined && <span className="self-baseline truncate text-ink-faint">{children}</span>}
    </span>
  )
}

type ChipProps =
  | { look: Look; tone?: never; glyph?: never; children?: ReactNode; title?: string; className?: string }
  | {
      look?: never
      tone: Tone
      glyph?: Look['glyph']
      children: ReactNode
      title?: string
      className?: string
    }

/** A word that stands out of a line: a relation, a state, a verdict. `children` replaces the look's own label. */
export function Chip({ look, tone, glyph, children, title, className }: ChipProps) {
  const drawn = look ? look.glyph : glyph
  return (
    <span
      title={title}
      className={cn(
        'inline-flex h-5 max-w-full shrink-0 items-center gap-1 whitespace-nowrap rounded-sm px-1.5 text-xs font-medium forced-colors:border',
        toneSoft[look ? look.tone : tone],
        className,
      )}
    >
      {drawn && <GlyphMark glyph={drawn} className="size-3.5" />}
      <span className="self-baseline truncate leading-5">{children ?? look?.label}</span>
    </span>
  )
}

/**
 * How many are in one state, as in a column head: glyph and number, the word for screen readers and on hover.
 */
export function Tally({ look, count }: { look: Look; count: number }) {
  return (
    <span title={`${count} ${look.label}`} className="inline-flex items-center gap-1 text-xs text-ink-muted">
      {look.glyph && <GlyphMark glyph={look.glyph} className={toneText[look.tone]} />}
      <span className="self-baseline">{count}</span>
      <span className="sr-only"> {look.label}</span>
    </span>
  )
}

/** A number in a pill, as beside "Inbox". Zero draws nothing. */
export function Count({ value, tone = 'attention' }: { value: number; tone?: Tone }) {
  if (value === 0) return null
  return (
    <span
      className={cn(
        'inline-flex h-4.5 min-w-4.5 items-center justify-center rounded-full px-1.5 text-2xs font-semibold forced-colors:border',
        toneSoft[tone],
      )}
    >
      {value > 999 ? '999+' : value}
    </span>
  )
}
