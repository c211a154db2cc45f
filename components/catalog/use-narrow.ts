'use client'

import { useSyncExternalStore } from 'react'

/** Where cards stand instead of the table: the `md` of the style sheet. */
const query = '(width < 48rem)'

function subscribe(listener: () => void) {
  const media = matchMedia(query)
  media.addEventListener('change', listener)
  return () => media.removeEventListener('change', listener)
}

/** Whether the screen is narrow. `guess` is what the server draws for, who sees no screen. */
export const useNarrow = (guess: boolean): boolean =>
  useSyncExternalStore(
    subscribe,
    () => matchMedia(query).matches,
    () => guess,
  )
