import Link from 'next/link'
import type { ReactNode } from 'react'

type Tab = { label: ReactNode; href: string; current: boolean; key: string }

/** Tabs whose choice is in the address: links, not a tab list, so that Back works and each can be shared. */
export function Tabs({ label, tabs }: { label: string; tabs: readonly Tab[] }) {
  return (
    <nav aria-label={label} className="flex gap-4 overflow-x-auto border-line border-b">
      {tabs.map((tab) => (
        <Link
          key={tab.key}
          href={tab.href}
          aria-current={tab.current ? 'page' : undefined}
          className="-mb-px flex h-9 shrink-0 pointer-coarse:h-11 pointer-coarse:min-w-11 pointer-coarse:justify-center items-center gap-1.5 border-transparent border-b-2 text-ink-muted text-sm hover:text-ink focus-visible:-outline-offset-2 aria-[current=page]:border-accent aria-[current=page]:font-medium aria-[current=page]:text-ink"
        >
          {tab.label}
        </Link>
      ))}
    </nav>
  )
}
