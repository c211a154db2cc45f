'use client'

import { usePathname, useSearchParams } from 'next/navigation'
import { useEffect, useState } from 'react'

/** Another page of ours in this tab; everything else is the browser's to show. */
function leadsAway(event: MouseEvent): boolean {
  if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return false
  const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>('a[href]') : null
  if (!link || link.target || link.origin !== location.origin) return false
  return link.pathname !== location.pathname || link.search !== location.search
}

/**
 * A bar at the top while a page is on its way for longer than a moment. Pages of one thing have no skeleton: whether
 * the thing is there must be known before the first byte, or the answer could no longer be 404.
 */
export function Going() {
  const here = `${usePathname()}?${useSearchParams()}`
  const [going, setGoing] = useState(false)
  useEffect(() => {
    const press = (event: MouseEvent) => {
      if (leadsAway(event)) setGoing(true)
    }
    document.addEventListener('click', press)
    return () => document.removeEventListener('click', press)
  }, [])
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new address is the arrival
  useEffect(() => setGoing(false), [here])
  if (!going) return null
  return (
    <div aria-hidden="true" className="fixed inset-x-0 top-0 z-50 h-0.5 animate-appear overflow-hidden">
      <div className="h-full w-1/3 animate-run bg-accent motion-reduce:w-full motion-reduce:animate-none" />
    </div>
  )
}
