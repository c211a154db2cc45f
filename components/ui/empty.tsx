import type { ReactNode } from 'react'
import { cn } from './cn.ts'

type EmptyProps = {
  /**
   * `nothing-yet`: there is none, say how one comes about. `nothing-matches`: the filter hides all, offer to
   * clear it. `nothing-for-you`: this person may see none of it, say who can change that.
   */
  kind: 'nothing-yet' | 'nothing-matches' | 'nothing-for-you'
  title: string
  /** It is all there is on the page: the title is the page's heading. */
  whole?: boolean
  children?: ReactNode
  /** One button or link that leads on. */
  action?: ReactNode
}

const drawings = {
  'nothing-yet': (
    <path d="M6 14h20M6 14v10a2 2 0 0 0 2 2h16a2 2 0 0 0 2-2V14M6 14l3-7h14l3 7M12 14a4 4 0 0 0 8 0" />
  ),
  'nothing-matches': <path d="M14 6a8 8 0 1 1 0 16 8 8 0 0 1 0-16ZM20 20l6 6M11 14h6" />,
  'nothing-for-you': <path d="M9 15h14v11H9zM12 15v-4a4 4 0 0 1 8 0v4M16 19v3" />,
} satisfies Record<EmptyProps['kind'], ReactNode>

/** An empty place says why it is empty and what to do about it. */
export function Empty({ kind, title, whole = false, children, action }: EmptyProps) {
  return (
    <div
      className={cn(
        'mx-auto grid justify-items-center gap-2 px-4 py-12 text-center',
        whole ? 'max-w-104' : 'max-w-80',
      )}
    >
      <svg
        viewBox="0 0 32 32"
        aria-hidden="true"
        className="size-8 text-ink-faint"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinecap="round"
        strokeLinejoin="round"
      >
        {drawings[kind]}
      </svg>
      {whole ? (
        <h1 tabIndex={-1} className="font-semibold text-base text-ink">
          {title}
        </h1>
      ) : (
        <p className="font-semibold text-base text-ink">{title}</p>
      )}
      {children && <div className="text-balance text-ink-muted text-sm">{children}</div>}
      {action && <div className="mt-2">{action}</div>}
    </div>
  )
}
