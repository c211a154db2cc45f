import type { ReactNode } from 'react'

type PageHeaderProps = {
  breadcrumbs?: ReactNode
  title: ReactNode
  /** A chip beside the title: the one state that sums the page up. */
  chip?: ReactNode
  /** A line beside (short) or below (longer) the title. */
  summary?: ReactNode
  /** At most one primary button: the next step. */
  actions?: ReactNode
  children?: ReactNode
}

/** Head of a page: its `h1`, which takes focus after a route change, and the next step at the right. */
export function PageHeader({ breadcrumbs, title, chip, summary, actions, children }: PageHeaderProps) {
  return (
    <header className="grid gap-2 pt-5 pb-4">
      {breadcrumbs}
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <h1 tabIndex={-1} className="min-w-0 font-semibold text-ink text-xl">
          {title}
        </h1>
        {chip}
        {summary && <p className="min-w-0 text-ink-muted text-sm">{summary}</p>}
        {actions && <div className="ml-auto flex flex-wrap items-center gap-2">{actions}</div>}
      </div>
      {children && <div className="max-w-[68ch] text-base text-ink-muted">{children}</div>}
    </header>
  )
}
