'use client'

import { type ReactNode, useEffect, useRef, useState } from 'react'

/** How far beyond the screen things are drawn. */
const margin = '600px 0px'

/**
 * Part of a long list whose things have heights of their own: drawn while it is near the screen, else a space as high
 * as it was. `near` says whether it is drawn at first.
 */
export function Chunk({
  children,
  near,
  className,
}: {
  children: ReactNode
  near: boolean
  className: string
}) {
  const element = useRef<HTMLUListElement>(null)
  const [height, setHeight] = useState(near ? undefined : 800)
  useEffect(() => {
    const list = element.current
    if (!list) return
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (!entry) return
        // What has focus is never taken away.
        if (entry.isIntersecting || list.contains(document.activeElement)) setHeight(undefined)
        else setHeight((was) => was ?? list.offsetHeight)
      },
      { rootMargin: margin },
    )
    observer.observe(list)
    return () => observer.disconnect()
  }, [])
  return (
    <ul ref={element} data-list="" className={className} style={{ height }}>
      {height === undefined && children}
    </ul>
  )
}
