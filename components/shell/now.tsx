'use client'

import { createContext, type ReactNode, useContext, useEffect, useMemo, useSyncExternalStore } from 'react'
import { setCookie } from './cookie.ts'
import { ZONE_COOKIE } from './preferences.ts'

type Now = {
  /** When the server rendered; the first render in the browser uses it too, so that both agree. */
  server: string
  zone: string
  /** Server minus browser clock, so that a wrong clock on a laptop makes no wrong ages. */
  skewMs: number
}

const NowContext = createContext<Now>({ server: '1970-01-01T00:00:00Z', zone: 'UTC', skewMs: 0 })

const listeners = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | undefined
/** One tick a second for all; a component renders again only when its text changed. */
export function subscribeTick(listener: () => void) {
  listeners.add(listener)
  timer ??= setInterval(() => {
    if (!document.hidden) for (const each of listeners) each()
  }, 1000)
  return () => {
    listeners.delete(listener)
    if (listeners.size === 0) {
      clearInterval(timer)
      timer = undefined
    }
  }
}

const never = () => () => {}
const hydrated = () => true
const notHydrated = () => false

/** Gives the server's time and the viewer's zone to every `<Time>` below. */
export function NowProvider({ now, zone, children }: { now: string; zone: string; children: ReactNode }) {
  const here = useSyncExternalStore(never, hydrated, notHydrated)
  const value = useMemo(
    () => ({
      server: now,
      zone: here ? Intl.DateTimeFormat().resolvedOptions().timeZone : zone,
      skewMs: here ? Date.parse(now) - Date.now() : 0,
    }),
    [now, zone, here],
  )
  useEffect(() => {
    // The server learns the zone for next time, and renders right away what the browser would.
    if (value.zone !== zone) setCookie(ZONE_COOKIE, value.zone)
  }, [value.zone, zone])
  return <NowContext value={value}>{children}</NowContext>
}

/** Text that depends on the time, kept true while someone looks at it. */
export function useTicking(text: (now: string, zone: string) => string): string {
  const { server, zone, skewMs } = useContext(NowContext)
  return useSyncExternalStore(
    subscribeTick,
    () => text(new Date(Date.now() + skewMs).toISOString(), zone),
    () => text(server, zone),
  )
}

/** Asks what time it is on the server, as far as this page can tell. */
export function useServerNow(): () => string {
  const { skewMs } = useContext(NowContext)
  return () => new Date(Date.now() + skewMs).toISOString()
}

/** The viewer's time zone: from the cookie at first, from the browser afterwards. */
export const useZone = (): string => useContext(NowContext).zone
