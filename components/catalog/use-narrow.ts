'use client'

import { useSyncExternalStore } from 'react'

/** Where cards stand instead of the table: the `md` of the style sheet. */
const query = '(width < 48rem)'

function subscribe(listener: () => void) {
  const media = matchMedia(query)
  media.addEventListener('change', listener)
  return () => media.removeEventListener('change', listener)
}

/** Whether the screen is narrow; undefined on the server, which draws for both and lets the style sheet choose. */
export const useNarrow = (): boolean | undefined =>
  useSyncExternalStore<boolean | undefined>(
    subscribe,
    () => matchMedia(query).matches,
    () => undefined,
  )
