export type CircuitState = 'closed' | 'open' | 'half-open'

/**
 * A circuit breaker over consecutive failures. While open nothing is tried; after `openMs` exactly one
 * attempt is let through (half-open) and its outcome decides. `nowMs` is a clock that never jumps back.
 */
export function createCircuit(options: { failuresMax: number; openMs: number; nowMs: () => number }) {
  let failures = 0
  let openedAtMs: number | null = null
  let probing = false

  return {
    state(): CircuitState {
      if (openedAtMs === null) return 'closed'
      return options.nowMs() - openedAtMs >= options.openMs ? 'half-open' : 'open'
    },
    /** True when one attempt may start now; the caller must then report its outcome. */
    enter(): boolean {
      if (openedAtMs === null) return true
      if (probing || options.nowMs() - openedAtMs < options.openMs) return false
      probing = true
      return true
    },
    report(outcome: 'success' | 'failure' | 'neither'): void {
      probing = false
      if (outcome === 'neither') return
      failures = outcome === 'success' ? 0 : failures + 1
      if (outcome === 'success') openedAtMs = null
      else if (openedAtMs !== null || failures >= options.failuresMax) openedAtMs = options.nowMs()
    },
  }
}

/** At most `slotsMax` at once; the rest wait in order until a slot is free or their signal aborts. */
export function createSlots(slotsMax: number) {
  let taken = 0
  const waiting: (() => void)[] = []

  const release = () => {
    const next = waiting.shift()
    if (next) next()
    else taken -= 1
  }

  return {
    /** Resolves to the function that gives the slot back, or to null when the signal aborted first. */
    take(signal: AbortSignal): Promise<(() => void) | null> {
      if (signal.aborted) return Promise.resolve(null)
      if (taken < slotsMax) {
        taken += 1
        return Promise.resolve(release)
      }
      return new Promise((resolve) => {
        const start = () => {
          signal.removeEventListener('abort', leave)
          resolve(release)
        }
        const leave = () => {
          waiting.splice(waiting.indexOf(start), 1)
          resolve(null)
        }
        waiting.push(start)
        signal.addEventListener('abort', leave, { once: true })
      })
    },
  }
}
