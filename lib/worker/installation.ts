import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { clock } from '#lib/platform/clock.ts'
import { foreignSecretVariables, loadConfig } from '#lib/platform/config.ts'
import { childEnv, type EnvSource, readEnv } from '#lib/platform/env.ts'
import { answering, idle } from '#lib/platform/gate.ts'
import { freePort } from '#lib/platform/postmaster.ts'
import type { LoginRole } from '#lib/platform/role-names.ts'
import { StartupProblem } from '#lib/platform/startup-problem.ts'
import { openDatabases } from './databases.ts'
import { type Child, type ChildSpec, keepRunning } from './supervision.ts'

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
const idleWithinMs = 2_000
const defaultPort = 4000

const entry = (file: string) => resolve(import.meta.dirname, file)
const entries: Record<LoginRole, string[]> = {
  // Fewer collections while much is loaded: a fifth of the time to the first page.
  web: ['--min-semi-space-size=16', '--max-semi-space-size=32', entry('pages.ts')],
  worker: ['--conditions=react-server', entry('worker.ts')],
  signer: ['--conditions=react-server', entry('signer.ts')],
}

/** What Next made of next.config.js when it built: the standalone server is given it this way and reads nothing else. */
async function builtConfig(): Promise<EnvSource> {
  const file = entry('../../.next/required-server-files.json')
  const { config } = JSON.parse(await readFile(file, 'utf8').catch(() => '{}'))
  return config ? { __NEXT_PRIVATE_STANDALONE_CONFIG: JSON.stringify(config) } : {}
}

function lastWords(child: Child): StartupProblem {
  return new StartupProblem(
    `${child.name} does not start. It said last:\n${child.lastLines().join('\n') || 'nothing'}`,
  )
}

/** Waits until `done`. Throws when one of them crashes again and again, or none got there in time. */
async function waitUntil(done: () => boolean, children: readonly [Child, ...Child[]]): Promise<void> {
  const deadlineMs = clock.monotonicMs() + readyWithinMs
  while (!done()) {
    const broken = children.find((child) => child.crashes() >= crashesAllowed)
    if (broken || clock.monotonicMs() > deadlineMs) throw lastWords(broken ?? children[0])
    await sleep(20)
  }
}

/** Until web has drawn the pages that it was asked for first; not for long, if it is that busy. */
async function untilIdle(isIdle: () => boolean): Promise<void> {
  const deadlineMs = clock.monotonicMs() + idleWithinMs
  while (!isIdle() && clock.monotonicMs() < deadlineMs) await sleep(20)
}

/**
 * `npm start` in one function: web, which loads while the database starts, then, when pages are answered, signer and
 * worker, so that nothing competes with the first page. Each gets its own environment only.
 */
export async function startInstallation({ env, onLine }: Options): Promise<Installation> {
  const config = loadConfig('tool', env)
  const { PORT: port = defaultPort, COUNTERSIGN_HOST: host = '127.0.0.1' } = readEnv('tool', env)
  if ((await freePort(port, host)) === undefined)
    throw new StartupProblem(
      `Port ${port} on ${host} cannot be listened on, something else does already: end that, or choose another port.`,
    )
  const databases = await openDatabases(config, env, (line) => onLine('database', line))
  const saidReady = new Set<string>()
  const hear: Options['onLine'] = (name, line) => {
    if (line.includes(`"message":"${name} ready"`)) saidReady.add(name)
    onLine(name, line)
  }
  const run = (
    role: LoginRole,
    more: Pick<ChildSpec, 'args' | 'env' | 'words' | 'hear'> = { args: [], env: {} },
  ) => {
    const own = { ...env, [`DATABASE_URL_${role.toUpperCase()}`]: databases.urls[role] }
    return keepRunning(
      {
        name: role,
        ...more,
        args: [...entries[role], ...more.args],
        env: { ...childEnv(role, foreignSecretVariables(config, role), own), ...more.env },
      },
      hear,
    )
  }
  const said = new Set<unknown>()
  const web = run('web', {
    hear: (word) => void said.add(word),
    args: [host, String(port)],
    env: await builtConfig(),
    words: [{ configuration: config }, databases.ready.then(() => ({ database: 'ready' }))],
  })
  let others: { signer: Child; worker: Child } | undefined
  const stop = async () => {
    await Promise.all([web.stop(), others?.worker.stop()])
    // Last, so that what the others still wrote is signed.
    await others?.signer.stop()
    await databases.stop()
  }
  const address = `http://${host === '0.0.0.0' ? '127.0.0.1' : host}:${port}`
  try {
    await databases.ready
    await waitUntil(() => said.has(answering), [web])
    await untilIdle(() => said.has(idle))
    const [signer, worker] = [run('signer'), run('worker')]
    others = { signer, worker }
    await waitUntil(() => saidReady.has('signer') && saidReady.has('worker'), [worker, signer, web])
  } catch (error) {
    await stop()
    throw error
  }
  return { address, databaseUrls: databases.urls, stop }
}

/** Resolves with the name of the first signal that asks us to end. */
export function endRequested(): Promise<NodeJS.Signals> {
  return new Promise((done) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => done(signal))
  })
}
