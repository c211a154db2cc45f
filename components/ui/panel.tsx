import type { ReactNode } from 'react'
import { cn } from './cn.ts'

type PanelProps = {
  title?: ReactNode
  /** Quiet words after the title: how many, since when. */
  note?: ReactNode
  /** What stands right of the title: small buttons, a figure. */
  aside?: ReactNode
  children: ReactNode
  /** Pads the content. Leave it off for tables and lists, which bring their own. */
  padded?: boolean
  /** This panel waits for the person who looks at it. */
  mine?: boolean
  id?: string
  className?: string
}

/** A surface with a line around it. A panel never holds a panel: inside, lines and space divide. */
export function Panel({
  title,
  note,
  aside,
  children,
  padded = false,
  mine = false,
  id,
  className,
}: PanelProps) {
  return (
    <section
      id={id}
      className={cn('min-w-0 rounded-lg border border-line bg-surface', mine && 'mine', className)}
    >
      {(title || aside) && (
        <header className="flex min-h-11 flex-wrap items-center gap-x-3 gap-y-1 border-line border-b px-4 py-2">
          {title && <h2 className="font-semibold text-base text-ink">{title}</h2>}
          {note && (
            <div className="flex min-w-0 flex-wrap items-center gap-2 text-ink-muted text-sm">{note}</div>
          )}
          {aside && (
            <div className="ml-auto flex flex-wrap items-center gap-2 text-ink-muted text-sm">{aside}</div>
          )}
        </header>
      )}
      <div className={cn(padded && 'p-4', 'overflow-hidden rounded-b-lg')}>{children}</div>
    </section>
  )
}

/** Rows inside a panel, divided by lines. */
export function Rows({ children, className }: { children: ReactNode; className?: string }) {
  return <ul className={cn('divide-y divide-line', className)}>{children}</ul>
}

/** One figure with its name above and what it means below. */
export function Stat({
  label,
  value,
  note,
  className,
}: {
  label: string
  value: ReactNode
  note?: ReactNode
  className?: string
}) {
  return (
    <div className={cn('min-w-0 rounded-lg border border-line bg-surface p-4', className)}>
      <div className="text-ink-muted text-sm">{label}</div>
      <div className="mt-0.5 font-semibold text-xl">{value}</div>
      {note && <div className="mt-0.5 text-ink-faint text-sm">{note}</div>}
    </div>
  )
}
