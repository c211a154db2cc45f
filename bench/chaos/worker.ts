import type { CrashPoint } from '#lib/dispatch/execute.ts'
import { getConfig } from '#lib/platform/config.ts'
import { runCommand } from '#lib/platform/startup-problem.ts'
import { runWorker } from '#lib/worker/worker.ts'
import { chaosTiming } from './timing.ts'

/** A worker as it is, but for shorter times, that ends itself as `kill -9` would at the point it is told. */
await runCommand(async () => {
  const [url = '', at] = process.argv.slice(2)
  const reached = (point: CrashPoint) => {
    if (point === at) process.kill(process.pid, 'SIGKILL')
  }
  await runWorker({ url, config: getConfig(), timing: chaosTiming, reached })
  return new Promise<number>(() => {})
})
