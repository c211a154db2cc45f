import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { adoptEnv } from '#lib/platform/early-env.ts'
import { answering, idle, waitForStarter } from '#lib/platform/gate.ts'

/** Long enough for a request in flight; open event streams would otherwise keep the process for ever. */
const graceMs = 3000
const lookMs = 250
const idleBelow = 0.2

type StartServer = (options: { dir: string; isDev: false; hostname: string; port: number }) => Promise<void>

function loadServer(): StartServer {
  const require = createRequire(import.meta.url)
  require('next')
  return (require('next/dist/server/lib/start-server') as { startServer: StartServer }).startServer
}

/**
 * Serves the built pages from this process, by the function that `next start` and a standalone build call. Next ends
 * the process itself when it is told to.
 */
export async function servePages(hostname: string, port: number, onReady = () => {}): Promise<never> {
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => setTimeout(() => process.exit(0), graceMs).unref())
  await loadServer()({ dir: resolve(import.meta.dirname, '../..'), isDev: false, hostname, port })
  onReady()
  return new Promise(() => {})
}

/** Resolves when this process had little to do for a while: asking it something would only give it more. */
async function untilIdle(): Promise<void> {
  for (let used = 1; used > idleBelow; ) {
    const before = performance.eventLoopUtilization()
    await sleep(lookMs)
    used = performance.eventLoopUtilization(before).utilization
  }
}

/** The supervisor's web. It checked what `web.ts` checks, and says where to listen and when the database is there. */
if (import.meta.main) {
  const begin = waitForStarter()
  // While the supervisor still reads the configuration. Nothing listens before that is known to be right.
  loadServer()
  const { environment, host, port } = await begin
  // Whatever the supervisor itself runs as.
  adoptEnv({ ...environment, NODE_ENV: 'production' })
  await servePages(host, port, () => {
    process.send?.(answering)
    untilIdle().then(() => process.send?.(idle))
  })
}
