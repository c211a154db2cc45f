'use client'

import { usePathname } from 'next/navigation'
import { useEffect, useRef } from 'react'

/** After a move to another page focus goes to its heading, as it would after a full load. */
export function RouteFocus() {
  const pathname = usePathname()
  const before = useRef(pathname)
  useEffect(() => {
    if (before.current === pathname) return
    before.current = pathname
    // A dialog that is still closing gives focus back to its opener first.
    const frame = requestAnimationFrame(() => {
      document.querySelector<HTMLElement>('main h1[tabindex="-1"]')?.focus({ preventScroll: true })
    })
    return () => cancelAnimationFrame(frame)
  }, [pathname])
  return null
}
