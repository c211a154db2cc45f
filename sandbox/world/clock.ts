/** Times are epoch milliseconds inside the sandbox; Argo CD's answers carry whole seconds. */
export type SandboxClock = {
  now(): number
  /** Runs `fn` once after `delayMs`; the returned function calls it off. */
  after(delayMs: number, fn: () => void): () => void
}

/** The machine's own clock; its timers never keep a process alive. */
export function realClock(): SandboxClock {
  return {
    now: () => Date.now(),
    after(delayMs, fn) {
      const timer = setTimeout(fn, delayMs)
      timer.unref()
      return () => clearTimeout(timer)
    },
  }
}

export type ManualClock = SandboxClock & {
  /** Moves time forward and runs what falls due on the way, in order of time. */
  advance(ms: number): void
  set(iso: string): void
}

/** A clock that stands still until it is told to move: tests need no sleeps. */
export function manualClock(startIso: string): ManualClock {
  let nowMs = Date.parse(startIso)
  let order = 0
  const due: { at: number; order: number; fn: () => void }[] = []
  const advanceTo = (target: number) => {
    for (;;) {
      due.sort((a, b) => a.at - b.at || a.order - b.order)
      const next = due[0]
      if (!next || next.at > target) break
      due.shift()
      nowMs = Math.max(nowMs, next.at)
      next.fn()
    }
    nowMs = Math.max(nowMs, target)
  }
  return {
    now: () => nowMs,
    after(delayMs, fn) {
      const entry = { at: nowMs + delayMs, order: order++, fn }
      due.push(entry)
      return () => {
        const index = due.indexOf(entry)
        if (index >= 0) due.splice(index, 1)
      }
    },
    advance: (ms) => advanceTo(nowMs + ms),
    set: (iso) => advanceTo(Date.parse(iso)),
  }
}

/** RFC 3339 with whole seconds, as Kubernetes writes times. */
export function seconds(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}
