import { loadConfig } from '#lib/platform/config.ts'
import { readEnv } from '#lib/platform/env.ts'
import { runCommand } from '#lib/platform/startup-problem.ts'
import { servePages } from './pages.ts'

const defaultPort = 4000

/** The web process started alone: Next's own server, once configuration and environment are known to be right. */
async function main(): Promise<number> {
  loadConfig('web')
  const { PORT: port = defaultPort, COUNTERSIGN_HOST: host = '127.0.0.1' } = readEnv('web')
  return servePages(host, port)
}

if (import.meta.main) await runCommand(main)
