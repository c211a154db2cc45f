import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { clock } from '#lib/platform/clock.ts'
import type { EnvSource } from '#lib/platform/env.ts'
import type { Word } from '#lib/platform/gate.ts'

export type ChildSpec = {
  name: string
  /** Arguments of Node: flags, entry, arguments of the entry. */
  args: readonly string[]
  /** The child's whole environment: nothing is inherited beside it. */
  env: EnvSource
  /** What each start of it is told, in any order; a promise that rejects stays untold. */
  words?: readonly (Word | Promise<Word>)[]
  /** What each start of it tells us. */
  hear?: (word: unknown) => void
  /** How long it may take to end before it is killed; 10 s unless told. */
  graceMs?: number
}

export type Child = {
  name: string
  /** How often it ended without being asked to. */
  crashes: () => number
  /** What it said last, for a message about why it will not start. */
  lastLines: () => string[]
  /** Asks it to end, waits and then ends it. Resolves when it is gone. */
  stop: () => Promise<void>
}

const leash = new URL('./leash.ts', import.meta.url).href
const firstPauseMs = 250
const longestPauseMs = 30_000
/** A process that lived this long was healthy: the next crash is a new story. */
const healthyAfterMs = 60_000
const defaultGraceMs = 10_000
const linesKept = 12

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    // Its own group, so that what it started itself ends with it.
    if (child.pid) process.kill(-child.pid, signal)
  } catch {
    // Gone already, which is what was wanted.
  }
}

/** Keeps one process running: starts it again after a crash, after longer and longer pauses. */
export function keepRunning(spec: ChildSpec, onLine: (name: string, line: string) => void): Child {
  let current: ChildProcess | undefined
  let crashes = 0
  const lines: string[] = []
  const stopping = new AbortController()

  function tell(line: string): void {
    lines.push(line)
    if (lines.length > linesKept) lines.shift()
    onLine(spec.name, line)
  }

  async function runOnce(): Promise<void> {
    const child = spawn(process.execPath, ['--import', leash, ...spec.args], {
      env: { ...spec.env, NODE_ENV: 'production' },
      // A group of its own: a Ctrl-C reaches the supervisor only, which ends everything in the right order.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    current = child
    if (spec.hear) child.on('message', spec.hear)
    for (const word of spec.words ?? [])
      Promise.resolve(word).then(
        (said) => child.connected && child.send(said, () => {}),
        () => {},
      )
    for (const stream of [child.stdout, child.stderr]) if (stream) createInterface(stream).on('line', tell)
    const [code, signal] = await once(child, 'close').catch((error: Error) => [error.message, null])
    if (!stopping.signal.aborted) tell(`${spec.name} ended unexpectedly (${signal ?? `exit code ${code}`})`)
  }

  async function run(): Promise<void> {
    let pauseMs = firstPauseMs
    while (!stopping.signal.aborted) {
      const startedMs = clock.monotonicMs()
      await runOnce()
      if (stopping.signal.aborted) return
      crashes += 1
      if (clock.monotonicMs() - startedMs > healthyAfterMs) pauseMs = firstPauseMs
      await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => {})
      pauseMs = Math.min(pauseMs * 2, longestPauseMs)
    }
  }

  const ended = run()
  return {
    name: spec.name,
    crashes: () => crashes,
    lastLines: () => [...lines],
    stop: async () => {
      stopping.abort()
      if (current) signalGroup(current, 'SIGTERM')
      const timer = setTimeout(
        () => current && signalGroup(current, 'SIGKILL'),
        spec.graceMs ?? defaultGraceMs,
      )
      await ended
      clearTimeout(timer)
    },
  }
}
