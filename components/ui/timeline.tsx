import type { ReactNode } from 'react'
import { cn } from './cn.ts'

/** What happened, in order. */
export function Timeline({ label, children }: { label: string; children: ReactNode }) {
  return (
    <ol aria-label={label} className="grid gap-3 px-4 py-3.5">
      {children}
    </ol>
  )
}

type MomentProps = {
  /** A `<GlyphMark>` in its tone. */
  mark: ReactNode
  title: ReactNode
  /** A `<Time>`, or words for what is still to come ("in 4 min"). */
  when: ReactNode
  children?: ReactNode
  /** Has not happened yet. */
  ahead?: boolean
}

/** One line of a timeline. */
export function Moment({ mark, title, when, children, ahead = false }: MomentProps) {
  return (
    <li className="grid grid-cols-[1rem_1fr_auto] gap-x-3 text-sm">
      <span className="flex h-[1.125rem] items-center">{mark}</span>
      <span className={cn('min-w-0', ahead ? 'text-ink-muted' : 'text-ink')}>{title}</span>
      <span className="text-ink-faint">{when}</span>
      {children && <div className="col-start-2 min-w-0 text-ink-muted text-xs">{children}</div>}
    </li>
  )
}
