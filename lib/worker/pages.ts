import { subscribe } from 'node:diagnostics_channel'
import type { ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { adoptEnv } from '#lib/platform/early-env.ts'
import { answering, idle, waitForStarter } from '#lib/platform/gate.ts'
import { startWarm, type WarmCode, warmFile } from './warm-code.ts'

/** Long enough for a request in flight; open event streams would otherwise keep the process for ever. */
const graceMs = 3000
const lookMs = 250
const idleBelow = 0.2

type StartServer = (options: { dir: string; isDev: false; hostname: string; port: number }) => Promise<void>

type Server = { start: StartServer; warm: WarmCode | undefined }

function loadServer(): Server {
  const file = warmFile()
  const warm = file ? startWarm(file) : undefined
  const require = createRequire(import.meta.url)
  require('next')
  const { startServer } = require('next/dist/server/lib/start-server') as { startServer: StartServer }
  return { start: startServer, warm }
}

/** Resolves when this process had little to do for a while: asking it something would only give it more. */
async function untilIdle(): Promise<void> {
  for (let used = 1; used > idleBelow; ) {
    const before = performance.eventLoopUtilization()
    await sleep(lookMs)
    used = performance.eventLoopUtilization(before).utilization
  }
}

/**
 * Keeps what pages had to compile anew: when there is time after one, or at the end, whichever comes first. Not before
 * a page was drawn: what is kept is never added to, so functions that only a page calls would be missing for good.
 */
function keepWarm({ hasNew, keep }: WarmCode): void {
  let drawn = false
  subscribe('http.server.response.finish', (message) => {
    const { response } = message as { response: ServerResponse }
    const isPage = String(response.getHeader('content-type')).startsWith('text/html')
    if (drawn || !isPage || !hasNew()) return
    drawn = true
    untilIdle().then(() => {
      drawn = false
      keep()
    })
  })
  process.once('exit', () => drawn && keep())
}

/**
 * Serves the built pages from this process, by the function that `next start` and a standalone build call. Next ends
 * the process itself when it is told to.
 */
export async function servePages(
  hostname: string,
  port: number,
  { start, warm } = loadServer(),
  onReady = () => {},
): Promise<never> {
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => setTimeout(() => process.exit(0), graceMs).unref())
  if (warm) keepWarm(warm)
  await start({ dir: resolve(import.meta.dirname, '../..'), isDev: false, hostname, port })
  onReady()
  return new Promise(() => {})
}

/** The supervisor's web. It checked what `web.ts` checks, and says where to listen and when the database is there. */
if (import.meta.main) {
  const begin = waitForStarter()
  // While the supervisor still reads the configuration. Nothing listens before that is known to be right.
  const server = loadServer()
  const { environment, host, port } = await begin
  // Whatever the supervisor itself runs as.
  adoptEnv({ ...environment, NODE_ENV: 'production' })
  await servePages(host, port, server, () => {
    process.send?.(answering)
    untilIdle().then(() => process.send?.(idle))
  })
}
