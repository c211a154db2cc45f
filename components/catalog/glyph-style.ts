import type { Glyph, Look, Tone } from '#components/status/tones.ts'

const tick = 'M4.9 8.3 7.1 10.5 11.1 5.9'

/**
 * The drawings of components/status/glyphs.tsx as masks: what `cut` draws is left out of what `fill` draws. A cell has
 * one glyph at least and a page hundreds of cells; a mask is no element at all.
 */
const drawings: Record<Glyph, { fill: string; cut?: string; cutWidth?: number }> = {
  ring: {
    fill: `<g fill="none" stroke="#000" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round"><circle cx="8" cy="8" r="6.2"/><path d="${tick}"/></g>`,
  },
  disc: { fill: '<circle cx="8" cy="8" r="7"/>', cut: tick, cutWidth: 1.8 },
  arc: {
    fill: '<g fill="none" stroke="#000" stroke-width="2.4"><circle cx="8" cy="8" r="5.7" opacity=".3"/><path d="M8 2.3A5.7 5.7 0 0 1 13.7 8"/></g>',
  },
  triangle: {
    fill: '<path d="M8 2.2 14.4 13.4H1.6Z" stroke="#000" stroke-width="1.6" stroke-linejoin="round"/>',
    cut: 'M8 6.1V9.2M8 11.6V11.7',
    cutWidth: 1.7,
  },
  hourglass: {
    fill: '<path d="M4.4 2H11.6C11.6 5.4 8.9 6.4 8.9 8S11.6 10.6 11.6 14H4.4C4.4 10.6 7.1 9.6 7.1 8S4.4 5.4 4.4 2Z"/><path d="M3.4 1.8H12.6M3.4 14.2H12.6" stroke="#000" stroke-width="1.8" stroke-linecap="round"/>',
  },
  octagon: {
    fill: '<path d="M5.1 1H10.9L15 5.1V10.9L10.9 15H5.1L1 10.9V5.1Z"/>',
    cut: 'M5.6 5.6 10.4 10.4M10.4 5.6 5.6 10.4',
    cutWidth: 1.8,
  },
  square: {
    fill: '<rect x="1.2" y="1.2" width="13.6" height="13.6" rx="3.4"/>',
    cut: 'M6.1 5.2V10.8M9.9 5.2V10.8',
    cutWidth: 1.9,
  },
  dashed: {
    fill: '<circle cx="8" cy="8" r="6" fill="none" stroke="#000" stroke-width="2" stroke-dasharray="2.35 2.36"/>',
  },
}

function mask({ fill, cut, cutWidth = 0 }: (typeof drawings)[Glyph]): string {
  const hole = `<mask id="m"><rect width="16" height="16" fill="#fff"/><path d="${cut}" fill="none" stroke="#000" stroke-width="${cutWidth}" stroke-linecap="round" stroke-linejoin="round"/></mask>`
  const body = cut ? `${hole}<g mask="url(#m)">${fill}</g>` : fill
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">${body}</svg>`
  return `url("data:image/svg+xml,${encodeURIComponent(svg)}") center / contain no-repeat`
}

/** For the `style` of what holds the cells: the masks that the classes below refer to. */
export const glyphVariables = Object.fromEntries(
  Object.entries(drawings).map(([glyph, drawing]) => [`--glyph-${glyph}`, mask(drawing)]),
)

// Complete class names, because Tailwind reads them from the source.
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
