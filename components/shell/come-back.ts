'use client'

import { useEffect, useEffectEvent } from 'react'
import { whenReady } from './ready.ts'

const onceMs = 60_000
let lastMs = Number.NEGATIVE_INFINITY

/**
 * For a page that could not be made: makes it again as soon as the server can, at most once a minute. What fails
 * although the server is well has another fault, and is left to the person's button.
 */
export function useComeBack(retry: () => void) {
  const again = useEffectEvent(retry)
  useEffect(() => {
    let left = false
    whenReady().then(() => {
      if (left || Date.now() - lastMs < onceMs) return
      lastMs = Date.now()
      again()
    })
    return () => {
      left = true
    }
  }, [])
}
