import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { clock } from '#lib/platform/clock.ts'
import { earlyEnv } from '#lib/platform/early-env.ts'
import type { EnvSource } from '#lib/platform/env.ts'
import { answering, idle, type Word } from '#lib/platform/gate.ts'
import type { LoginRole } from '#lib/platform/role-names.ts'
import { StartupProblem } from '#lib/platform/startup-problem.ts'
import type { Prepared } from './preparation.ts'
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

const entry = (file: string) => resolve(import.meta.dirname, file)
const entries: Record<LoginRole, string[]> = {
  // Fewer collections while much is loaded: a fifth of the time to the first page.
  web: ['--min-semi-space-size=16', '--max-semi-space-size=32', entry('pages.ts')],
  worker: ['--conditions=react-server', entry('worker.ts')],
  signer: ['--conditions=react-server', entry('signer.ts')],
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
 * `npm start` in one function: web, which loads while the configuration is read and the database starts, then, when
 * pages are answered, signer and worker, so that nothing competes with the first page. Each gets its own environment
 * only. Throws StartupProblem when something is not right; nothing is left running then.
 */
export async function startInstallation({ env, onLine }: Options): Promise<Installation> {
  const saidReady = new Set<string>()
  const hear: Options['onLine'] = (name, line) => {
    if (line.includes(`"message":"${name} ready"`)) saidReady.add(name)
    onLine(name, line)
  }
  const run = (name: LoginRole, more: Pick<ChildSpec, 'env' | 'words' | 'hear'>) =>
    keepRunning({ name, args: entries[name], ...more }, hear)
  const said = new Set<unknown>()
  const [begin, ready] = [Promise.withResolvers<Word>(), Promise.withResolvers<Word>()]
  const web = run('web', {
    env: { ...earlyEnv(env), COUNTERSIGN_PROCESS: 'web' },
    words: [begin.promise, ready.promise],
    hear: (word) => void said.add(word),
  })
  let others: { signer: Child; worker: Child } | undefined
  let prepared: Prepared | undefined
  const stop = async () => {
    await Promise.all([web.stop(), others?.worker.stop()])
    // Last, so that what the others still wrote is signed.
    await others?.signer.stop()
    await prepared?.databases.stop()
  }
  try {
    const { prepare } = await import('./preparation.ts')
    prepared = await prepare(env, (line) => onLine('database', line))
    const { databases, beginning, envOf } = prepared
    begin.resolve({ begin: beginning })
    await databases.ready
    ready.resolve({ database: 'ready' })
    await waitUntil(() => said.has(answering), [web])
    await untilIdle(() => said.has(idle))
    const [signer, worker] = [
      run('signer', { env: envOf('signer') }),
      run('worker', { env: envOf('worker') }),
    ]
    others = { signer, worker }
    await waitUntil(() => saidReady.has('signer') && saidReady.has('worker'), [worker, signer, web])
    return { address: prepared.address, databaseUrls: databases.urls, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Resolves with the name of the first signal that asks us to end. */
export function endRequested(): Promise<NodeJS.Signals> {
  return new Promise((done) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => done(signal))
  })
}
