'use client'

import { useQuery } from '@tanstack/react-query'
import { usePathname } from 'next/navigation'
import { createContext, type ReactNode, useContext, useEffect, useRef } from 'react'
import { markAddress } from '#lib/platform/mark.ts'
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
 * Puts "waiting for you" where it is seen from another tab: number before the title, and on the icon. The
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
    if (icon) icon.href = markAddress(count)
    return () => watcher.disconnect()
  }, [count, pathname])
  useEffect(() => {
    if (count > before.current) announce(`${count} ${count === 1 ? 'waits' : 'wait'} for you`)
    before.current = count
  }, [count, announce])
  return null
}
