import type { ReactNode } from 'react'
import { cn } from '#components/ui/cn.ts'
import { GlyphMark } from './glyphs.tsx'
import { type Glyph, type Tone, toneSoft, toneText } from './tones.ts'

const glyphs = {
  positive: 'disc',
  active: 'arc',
  attention: 'triangle',
  negative: 'octagon',
  paused: 'square',
  neutral: 'dashed',
} satisfies Record<Tone, Glyph>

type CalloutProps = {
  tone: Tone
  title: ReactNode
  children?: ReactNode
  action?: ReactNode
  alert?: boolean
  className?: string
}

/** Something the page wants to be read first. `alert` interrupts a screen reader: only for an answer to a press. */
export function Callout({ tone, title, children, action, alert = false, className }: CalloutProps) {
  return (
    <div
      role={alert ? 'alert' : undefined}
      className={cn(
        'flex items-start gap-2.5 rounded-md px-3 py-2.5 text-sm forced-colors:border',
        toneSoft[tone],
        className,
      )}
    >
      <span className="flex h-[1.125rem] items-center">
        <GlyphMark glyph={glyphs[tone]} className={toneText[tone]} />
      </span>
      <div className="min-w-0 grow">
        <p className="font-medium">{title}</p>
        {children && <div className="mt-0.5 text-ink-muted">{children}</div>}
      </div>
      {action}
    </div>
  )
}
