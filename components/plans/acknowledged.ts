import { useSyncExternalStore } from 'react'

const keyOf = (plan: string) => `countersign.read.${plan}`
const listeners = new Set<() => void>()

/** For those who look at several plans at once. */
export function subscribeAcknowledged(listener: () => void) {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** When it was said; kept for this tab, not in memory: a sign-in of one's own leaves the page and comes back. */
export const acknowledged = (plan: string): string | null => {
  try {
    return sessionStorage.getItem(keyOf(plan))
  } catch {
    return null
  }
}

/** When the viewer said in this tab that they have read what this plan changes; null until they do. */
export const useAcknowledged = (plan: string): string | null =>
  useSyncExternalStore(
    subscribeAcknowledged,
    () => acknowledged(plan),
    () => null,
  )

/** The viewer says that they have read it, `at` this moment of the server's time. Another digest is another plan. */
export function acknowledge(plan: string, at: string | null): void {
  if (at === null) sessionStorage.removeItem(keyOf(plan))
  else sessionStorage.setItem(keyOf(plan), at)
  for (const listener of listeners) listener()
}
