'use client'

import Link from 'next/link'
import { usePathname } from 'next/navigation'
import type { ReactNode } from 'react'
import { Count } from '#components/status/status.tsx'
import { type Destination, destinationsOf, isHere } from './destinations.ts'
import { useInboxCount } from './inbox-count.tsx'
import { usePalette } from './palette-entries.tsx'

function InboxCount() {
  const count = useInboxCount()
  if (count === 0) return null
  return (
    <>
      <Count value={count} />
      <span className="sr-only"> waiting for you</span>
    </>
  )
}

/** The places, in the header of wide screens. */
export function Nav({ audits }: { audits: boolean }) {
  const pathname = usePathname()
  return (
    <nav aria-label="Main" className="flex gap-1 max-md:hidden">
      {destinationsOf(audits).map((destination) => (
        <Link
          key={destination.name}
          href={destination.href}
          aria-current={isHere(destination, pathname) ? 'page' : undefined}
          aria-keyshortcuts={destination.keys}
          className="flex h-7 pointer-coarse:h-11 items-center gap-1.5 rounded-md px-2.5 text-ink-muted text-sm transition-colors hover:text-ink aria-[current=page]:bg-sunken aria-[current=page]:font-medium aria-[current=page]:text-ink"
        >
          {destination.name}
          {destination.name === 'Inbox' && <InboxCount />}
        </Link>
      ))}
    </nav>
  )
}

const drawings = {
  Services: <path d="M3 5h14M3 10h14M3 15h14M8 3v14" />,
  Compare: <path d="M3 4h5v12H3zM12 4h5v12h-5zM8 10h4" />,
  Inbox: <path d="M3 11l2.5-7h9L17 11M3 11v5h14v-5M3 11h4a3 3 0 0 0 6 0h4" />,
  Releases: <path d="M10 13V3.5M6 7.2l4-4 4 4M3.5 12.5v4h13v-4" />,
  History: <path d="M10 6v4.3l2.8 1.7M3.4 8.5A7 7 0 1 1 3.2 12M3 4.5v4h4" />,
  Audit: <path d="M10 3l5.5 2v4.5c0 3.5-2.4 6-5.5 7.5-3.1-1.5-5.5-4-5.5-7.5V5ZM7.4 10l1.8 1.8 3.4-3.6" />,
  Search: <path d="M9 3.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11ZM13 13l4 4" />,
} satisfies Record<Destination['name'] | 'Search', ReactNode>

function Drawing({ of }: { of: keyof typeof drawings }) {
  return (
    <svg
      viewBox="0 0 20 20"
      aria-hidden="true"
      className="size-5"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      {drawings[of]}
    </svg>
  )
}

const thumb =
  'relative grid h-13 min-w-0 grow basis-0 content-center justify-items-center gap-0.5 text-2xs text-ink-muted focus-visible:-outline-offset-2 aria-[current=page]:font-medium aria-[current=page]:text-accent'

/**
 * The same at the thumb, on a phone. A page that needs the thumb for its own decision marks that bar with
 * `data-thumb-bar`, and this one gives way.
 */
export function ThumbNav({ audits }: { audits: boolean }) {
  const pathname = usePathname()
  const { setOpen } = usePalette()
  return (
    <nav
      aria-label="Main"
      className="thumb-nav fixed inset-x-0 bottom-0 z-30 flex border-line border-t bg-surface pb-[env(safe-area-inset-bottom)] md:hidden"
    >
      {destinationsOf(audits).map((destination) => (
        <Link
          key={destination.name}
          href={destination.href}
          aria-current={isHere(destination, pathname) ? 'page' : undefined}
          className={thumb}
        >
          <Drawing of={destination.name} />
          {destination.name}
          {destination.name === 'Inbox' && (
            <span className="absolute top-1 left-1/2 ml-1.5">
              <InboxCount />
            </span>
          )}
        </Link>
      ))}
      <button type="button" onClick={() => setOpen(true)} className={thumb}>
        <Drawing of="Search" />
        Search
      </button>
    </nav>
  )
}
