import { useEffect } from 'react'

/** Fetches code that is not needed yet when the browser has nothing better to do. `load` is the same every time. */
export function usePreload(load: () => Promise<unknown>) {
  useEffect(() => {
    const whenIdle = window.requestIdleCallback ?? ((act: () => void) => window.setTimeout(act, 2000))
    // What could not be fetched now is fetched when it is wanted, and complains then.
    const handle = whenIdle(() => void load().catch(() => {}))
    return () => (window.cancelIdleCallback ?? window.clearTimeout)(handle)
  }, [load])
}
