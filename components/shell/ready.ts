import { paths } from '#lib/platform/paths.ts'
import { backoffMs } from './stream.ts'

/** Longer than the server itself waits for its database. */
const patienceMs = 5000

const listeners = new Set<() => void>()
let sinceMs: number | undefined
let asking: Promise<void> | undefined

function say(next: number | undefined) {
  if (next === sinceMs) return
  sinceMs = next
  for (const listener of listeners) listener()
}

async function ask(): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      const answer = await fetch(paths.api.health, { signal: AbortSignal.timeout(patienceMs) })
      if (!answer.ok) throw new Error(`health answered ${answer.status}`)
      say(undefined)
      return
    } catch {
      say(sinceMs ?? Date.now())
      await new Promise((done) => setTimeout(done, backoffMs(attempt, Math.random())))
    }
  }
}

/**
 * Settles once the server can make pages, however long that takes. Asked before a page is rendered again: an answer
 * that fails half-way would replace the page by an error, and what was on it would be gone.
 */
export function whenReady(): Promise<void> {
  asking ??= ask().finally(() => {
    asking = undefined
  })
  return asking
}

/** Since when the server could not be asked again (browser's clock); undefined while it can. For an external store. */
export const unreadySinceMs = (): number | undefined => sinceMs

export function subscribeReady(listener: () => void) {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}
