import { log } from '#lib/platform/log.ts'

export type Pulse = { wake: () => void; stop: () => Promise<void> }

/**
 * Runs `work` again and again: at once when woken, otherwise every `everyMs`, never twice at a time. `work` answers true
 * while there is more to do. What it throws is logged and tried again at the next beat.
 */
export function createPulse(name: string, everyMs: number, work: () => Promise<boolean>): Pulse {
  let stopped = false
  let woken = false
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined

  const beat = async (): Promise<void> => {
    do {
      woken = false
      try {
        while (!stopped && (await work()));
      } catch (error) {
        log.error(`${name} failed, it tries again`, { error })
        return
      }
    } while (woken && !stopped)
  }
  const run = (): void => {
    if (stopped || running) return
    clearTimeout(timer)
    running = beat().finally(() => {
      running = undefined
      if (!stopped) timer = setTimeout(run, everyMs)
    })
  }
  run()
  return {
    wake: () => {
      woken = true
      run()
    },
    stop: async () => {
      stopped = true
      clearTimeout(timer)
      await running
    },
  }
}
