import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { loadConfig } from '#lib/platform/config.ts'
import { readEnv } from '#lib/platform/env.ts'
import { runCommand } from '#lib/platform/startup-problem.ts'

const defaultPort = 4000
/** Long enough for a request in flight; open event streams would otherwise keep the process for ever. */
const graceMs = 3000

/** The web process: Next's own server in this very process, once configuration and environment are known to be right. */
async function main(): Promise<number> {
  loadConfig('web')
  const { PORT: port = defaultPort, COUNTERSIGN_HOST: host = '127.0.0.1' } = readEnv('web')
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => setTimeout(() => process.exit(0), graceMs).unref())
  const next = createRequire(import.meta.url).resolve('next/dist/bin/next')
  process.argv = [
    process.execPath,
    next,
    'start',
    resolve(import.meta.dirname, '../..'),
    '-H',
    host,
    '-p',
    String(port),
  ]
  await import(next)
  // Next ends the process itself.
  return new Promise(() => {})
}

if (import.meta.main) await runCommand(main)
