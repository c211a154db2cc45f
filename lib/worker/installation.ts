import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { clock } from '#lib/platform/clock.ts'
import { foreignSecretVariables, loadConfig } from '#lib/platform/config.ts'
import { childEnv, type EnvSource, readEnv } from '#lib/platform/env.ts'
import { paths } from '#lib/platform/paths.ts'
import { freePort } from '#lib/platform/postmaster.ts'
import { type LoginRole, loginRoles } from '#lib/platform/roles.ts'
import { StartupProblem } from '#lib/platform/startup-problem.ts'
import { openDatabases } from './databases.ts'
import { type ChildSpec, keepRunning } from './supervision.ts'

export type Installation = {
  /** Where web listens, e.g. `http://127.0.0.1:4000`. */
  address: string
  /** Addresses of the database by role. */
  databaseUrls: Record<LoginRole, string>
  /** Ends web, worker and signer, in this order, and the embedded database last. */
  stop: () => Promise<void>
}

type Options = {
  env: EnvSource
  /** Lines that the processes print, and ours about them. */
  onLine: (name: string, line: string) => void
}

const readyWithinMs = 60_000
const crashesAllowed = 3
const defaultPort = 4000

const entry = (file: string) => resolve(import.meta.dirname, file)
const entries: Record<LoginRole, string[]> = {
  web: [entry('web.ts')],
  worker: ['--conditions=react-server', entry('worker.ts')],
  signer: ['--conditions=react-server', entry('signer.ts')],
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2000) })).ok
  } catch {
    return false
  }
}

/** `npm start` in one function: database, then web, worker and signer, each with its own environment only. */
export async function startInstallation({ env, onLine }: Options): Promise<Installation> {
  const config = loadConfig('tool', env)
  const { PORT: port = defaultPort, COUNTERSIGN_HOST: host = '127.0.0.1' } = readEnv('tool', env)
  if ((await freePort(port, host)) === undefined)
    throw new StartupProblem(
      `Port ${port} on ${host} cannot be listened on, something else does already: end that, or choose another port.`,
    )
  const databases = await openDatabases(config, env, (line) => onLine('database', line))
  const specs = loginRoles.map((role): ChildSpec => {
    const own = { ...env, [`DATABASE_URL_${role.toUpperCase()}`]: databases.urls[role] }
    const extra = role === 'web' ? { PORT: String(port), COUNTERSIGN_HOST: host } : {}
    return {
      name: role,
      args: entries[role],
      env: { ...childEnv(role, foreignSecretVariables(config, role), own), ...extra },
    }
  })
  const children = specs.map((spec) => keepRunning(spec, onLine))
  const stop = async () => {
    const [signer, ...others] = children.toReversed()
    await Promise.all(others.map((child) => child.stop()))
    // Last, so that what the others still wrote is signed.
    await signer?.stop()
    await databases.stop()
  }
  const address = `http://${host === '0.0.0.0' ? '127.0.0.1' : host}:${port}`
  const deadlineMs = clock.monotonicMs() + readyWithinMs
  while (!(await answers(`${address}${paths.api.health}`))) {
    const broken = children.find((child) => child.crashes() >= crashesAllowed)
    if (broken || clock.monotonicMs() > deadlineMs) {
      await stop()
      const who = broken ?? children[0]
      throw new StartupProblem(
        `${who?.name} does not start. It said last:\n${who?.lastLines().join('\n') || 'nothing'}`,
      )
    }
    await sleep(50)
  }
  return { address, databaseUrls: databases.urls, stop }
}

/** Resolves with the name of the first signal that asks us to end. */
export function endRequested(): Promise<NodeJS.Signals> {
  return new Promise((done) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => done(signal))
  })
}
