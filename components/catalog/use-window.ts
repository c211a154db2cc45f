'use client'

import { type RefObject, useEffect, useLayoutEffect, useState } from 'react'
import { type Window, windowOf } from './window.ts'

/** Rows beyond the edges of the screen, so that the keyboard finds the next one and a turn of the wheel no gap. */
const spare = 1
/** What the server draws: a screen full. */
const first = { from: 0, to: 24, pinned: -1 }

const useBeforePaint = typeof window === 'undefined' ? useEffect : useLayoutEffect

/**
 * Which rows of the list are on the screen. `body` is what holds them, from the first row's upper edge on; `edges` are
 * px from there. Follows scrolling, the size of the window and everything above that grows. `pinned` is the row that has
 * the focus, -1 for none: it is drawn wherever it is.
 */
export function useWindow(
  body: RefObject<HTMLElement | null>,
  edges: readonly number[],
  services: readonly string[],
): Window & { pinned: number } {
  const [range, setRange] = useState(first)
  useBeforePaint(() => {
    const look = () => {
      const element = body.current
      if (!element) return
      const { top } = element.getBoundingClientRect()
      const next = windowOf(edges, -top, innerHeight - top, spare)
      const focused = element.contains(document.activeElement)
        ? document.activeElement?.closest('tr')?.dataset.service
        : undefined
      const pinned = focused === undefined ? -1 : services.indexOf(focused)
      setRange((was) =>
        was.from === next.from && was.to === next.to && was.pinned === pinned ? was : { ...next, pinned },
      )
    }
    look()
    addEventListener('scroll', look, { passive: true })
    addEventListener('resize', look)
    const observer = new ResizeObserver(look)
    observer.observe(document.body)
    return () => {
      removeEventListener('scroll', look)
      removeEventListener('resize', look)
      observer.disconnect()
    }
  }, [body, edges, services])
  const count = edges.length - 1
  return { from: Math.min(range.from, count), to: Math.min(range.to, count), pinned: range.pinned }
}
