'use client'

import { useQuery } from '@tanstack/react-query'
import { usePathname } from 'next/navigation'
import { createContext, type ReactNode, useContext, useEffect, useRef } from 'react'
import { paths } from '#lib/platform/paths.ts'
import { useAnnounce } from './announce.tsx'
import { fetchJson } from './fetch-json.ts'
import { useLive } from './live.tsx'

const CountContext = createContext(0)
const queryKey = ['inbox', 'count'] as const

/** Keeps how much waits for the viewer, from the page's first answer and from every change since. */
export function InboxCountProvider({ initial, children }: { initial: number; children: ReactNode }) {
  const { data } = useQuery({
    queryKey,
    queryFn: ({ signal }) => fetchJson<{ count: number }>(paths.api.inbox({ limit: '0' }), signal),
    select: (answer) => answer.count,
    initialData: { count: initial },
  })
  useLive((name) => ('release' in name || 'finding' in name ? [queryKey] : []))
  return <CountContext value={data}>{children}</CountContext>
}

/** How many releases and findings wait for the viewer. */
export const useInboxCount = (): number => useContext(CountContext)

const mark = /^\(\d+\) /

/**
 * Puts "waiting for you" where it is seen from another tab: number before the title, a dot on the icon. The
 * title is set by the router whenever it likes, so it is watched rather than set once.
 */
export function TabMark() {
  const count = useInboxCount()
  const pathname = usePathname()
  const announce = useAnnounce()
  const before = useRef(count)
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new page brings a new title element
  useEffect(() => {
    const put = () => {
      const title = document.title.replace(mark, '')
      const marked = count > 0 ? `(${count}) ${title}` : title
      if (document.title !== marked) document.title = marked
    }
    put()
    const watcher = new MutationObserver(put)
    watcher.observe(document.head, { subtree: true, childList: true, characterData: true })
    const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]')
    const plain = icon?.href
    if (icon && count > 0) icon.href = dotted
    return () => {
      watcher.disconnect()
      if (icon && plain) icon.href = plain
    }
  }, [count, pathname])
  useEffect(() => {
    if (count > before.current) announce(`${count} ${count === 1 ? 'waits' : 'wait'} for you`)
    before.current = count
  }, [count, announce])
  return null
}

const dotted = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 20"><rect width="20" height="20" rx="4" fill="#1553b5"/><path d="M3.5 12.5C6 9 8 4 8 5.5S7 11 7.5 10.5 10 6.5 10.5 7s0 4 1 3.5 2-3 2.5-2.5.5 3 2.5 1M3.5 15.5h13" fill="none" stroke="#fff" stroke-width="1.6" stroke-linecap="round"/><circle cx="15.5" cy="4.5" r="4.5" fill="#e8a33d"/></svg>',
)}`
