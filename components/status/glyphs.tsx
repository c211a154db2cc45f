import type { ReactNode } from 'react'
import { cn } from '#components/ui/cn.ts'
import type { Glyph } from './tones.ts'

const paper = {
  stroke: 'var(--surface)',
  fill: 'none',
  strokeLinecap: 'round',
  strokeLinejoin: 'round',
} as const
const pen = { stroke: 'currentColor', fill: 'none', strokeLinecap: 'round', strokeLinejoin: 'round' } as const
const tick = 'M4.9 8.3 7.1 10.5 11.1 5.9'

const drawings = {
  ring: (
    <>
      <circle cx="8" cy="8" r="6.2" {...pen} strokeWidth="1.6" />
      <path d={tick} {...pen} strokeWidth="1.6" />
    </>
  ),
  disc: (
    <>
      <circle cx="8" cy="8" r="7" fill="currentColor" />
      <path d={tick} {...paper} strokeWidth="1.8" />
    </>
  ),
  arc: (
    <>
      <circle cx="8" cy="8" r="5.7" {...pen} strokeWidth="2.4" opacity="0.3" />
      <path d="M8 2.3A5.7 5.7 0 0 1 13.7 8" {...pen} strokeWidth="2.4" strokeLinecap="butt" />
    </>
  ),
  triangle: (
    <>
      <path
        d="M8 2.2 14.4 13.4H1.6Z"
        fill="currentColor"
        stroke="currentColor"
        strokeWidth="1.6"
        strokeLinejoin="round"
      />
      <path d="M8 6.1V9.2M8 11.6V11.7" {...paper} strokeWidth="1.7" />
    </>
  ),
  hourglass: (
    <>
      <path
        d="M4.4 2H11.6C11.6 5.4 8.9 6.4 8.9 8S11.6 10.6 11.6 14H4.4C4.4 10.6 7.1 9.6 7.1 8S4.4 5.4 4.4 2Z"
        fill="currentColor"
      />
      <path d="M3.4 1.8H12.6M3.4 14.2H12.6" {...pen} strokeWidth="1.8" />
    </>
  ),
  octagon: (
    <>
      <path d="M5.1 1H10.9L15 5.1V10.9L10.9 15H5.1L1 10.9V5.1Z" fill="currentColor" />
      <path d="M5.6 5.6 10.4 10.4M10.4 5.6 5.6 10.4" {...paper} strokeWidth="1.8" />
    </>
  ),
  square: (
    <>
      <rect x="1.2" y="1.2" width="13.6" height="13.6" rx="3.4" fill="currentColor" />
      <path d="M6.1 5.2V10.8M9.9 5.2V10.8" {...paper} strokeWidth="1.9" />
    </>
  ),
  dashed: (
    <circle cx="8" cy="8" r="6" {...pen} strokeWidth="2" strokeDasharray="2.35 2.36" strokeLinecap="butt" />
  ),
} satisfies Record<Glyph, ReactNode>

/** One of eight drawings. Always decoration: the word that belongs to it stands beside it. */
export function GlyphMark({ glyph, className }: { glyph: Glyph; className?: string }) {
  return (
    <svg
      viewBox="0 0 16 16"
      aria-hidden="true"
      focusable="false"
      className={cn('size-3.5 shrink-0', glyph === 'arc' && 'motion-safe:animate-turn', className)}
    >
      {drawings[glyph]}
    </svg>
  )
}
