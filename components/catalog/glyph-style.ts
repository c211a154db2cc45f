import type { Glyph, Look, Tone } from '#components/status/tones.ts'

// The masks are in glyphs.module.css. Complete class names, because Tailwind reads them from the source.
const masks = {
  ring: 'before:[mask:var(--glyph-ring)]',
  disc: 'before:[mask:var(--glyph-disc)]',
  arc: 'motion-safe:before:animate-turn before:[mask:var(--glyph-arc)]',
  triangle: 'before:[mask:var(--glyph-triangle)]',
  hourglass: 'before:[mask:var(--glyph-hourglass)]',
  octagon: 'before:[mask:var(--glyph-octagon)]',
  square: 'before:[mask:var(--glyph-square)]',
  dashed: 'before:[mask:var(--glyph-dashed)]',
} satisfies Record<Glyph, string>
const grounds = {
  positive: 'before:bg-positive',
  active: 'before:bg-active',
  attention: 'before:bg-attention',
  negative: 'before:bg-negative',
  paused: 'before:bg-paused',
  neutral: 'before:bg-neutral',
} satisfies Record<Tone, string>

/** Classes that draw the glyph of a look before the words of a flex element. */
export const glyphBefore = ({ glyph, tone }: Look): string | undefined =>
  glyph &&
  `before:size-3.5 before:shrink-0 before:forced-color-adjust-none forced-colors:before:bg-[CanvasText] ${masks[glyph]} ${grounds[tone]}`
