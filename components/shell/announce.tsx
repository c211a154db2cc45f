'use client'

import { createContext, type ReactNode, useCallback, useContext, useEffect, useRef, useState } from 'react'

const quietMs = 3000
const AnnounceContext = createContext<(text: string) => void>(() => {})

/** The one polite live region. What comes faster than every three seconds is replaced by what is newest. */
export function AnnounceProvider({ children }: { children: ReactNode }) {
  const [said, setSaid] = useState('')
  const waiting = useRef<string>(undefined)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const speak = useCallback(() => {
    timer.current = undefined
    if (waiting.current === undefined) return
    setSaid(waiting.current)
    waiting.current = undefined
    timer.current = setTimeout(speak, quietMs)
  }, [])
  const announce = useCallback(
    (text: string) => {
      waiting.current = text
      if (timer.current === undefined) speak()
    },
    [speak],
  )
  useEffect(() => () => clearTimeout(timer.current), [])
  return (
    <AnnounceContext value={announce}>
      {children}
      <div role="status" aria-live="polite" className="sr-only">
        {said}
      </div>
    </AnnounceContext>
  )
}

/** Says something to screen readers, politely: `announce('2 releases now need approval')`. */
export const useAnnounce = () => useContext(AnnounceContext)
