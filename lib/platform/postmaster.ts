import { spawn } from 'node:child_process'
import { chown, mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { clock } from './clock.ts'
import { StartupProblem } from './startup-problem.ts'
import type { Account, Places } from './unprivileged.ts'

/** What postmaster.pid says of a server that runs (or ran) in a data folder. */
export type Postmaster = { pid: number; port: number; ready: boolean }

const startTimeoutMs = 60_000
const stopTimeoutMs = 15_000
const pollMs = 15

/** Nothing of our own environment: the server is not to know the product's secrets. */
const environment = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC', NODE_ENV: 'production' } as const

/** Whether a process of that number exists, whosever it is. */
export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** The server that runs in `data`, if any. A pid file left by a crash or a reboot counts as none. */
export async function runningPostmaster(data: string): Promise<Postmaster | undefined> {
  const lines = (await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')
  const [pid, port] = [Number(lines[0]), Number(lines[3])]
  if (!pid || !isAlive(pid)) return undefined
  // After a reboot the number may belong to another program. Only Linux tells cheaply; elsewhere PostgreSQL judges.
  const program = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => 'postgres')
  return program.trim() === 'postgres' ? { pid, port, ready: lines[7]?.trim() === 'ready' } : undefined
}

/** A TCP port (`wanted`, or any) that nobody listens on at the moment; undefined when it is taken. */
export async function freePort(wanted = 0, host = '127.0.0.1'): Promise<number | undefined> {
  return new Promise((done) => {
    const probe = createServer()
    probe.once('error', () => done(undefined))
    probe.listen(wanted, host, () => {
      const address = probe.address()
      probe.close(() => done(typeof address === 'object' && address ? address.port : undefined))
    })
  })
}

async function run(
  program: string,
  args: string[],
  account: Account | undefined,
): Promise<{ code: number; output: string }> {
  return new Promise((done, fail) => {
    const child = spawn(program, args, {
      ...account,
      cwd: '/',
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    child.stdout.on('data', (chunk) => (output += chunk))
    child.stderr.on('data', (chunk) => (output += chunk))
    child.once('error', fail)
    child.once('close', (code) => done({ code: code ?? 1, output }))
  })
}

/** Creates the data folder, beside its final name first: an interrupted start leaves nothing half made. */
export async function initialise(places: Places, password: string): Promise<void> {
  const half = join(dirname(places.data), `${basename(places.data)}.new`)
  await rm(half, { recursive: true, force: true })
  await mkdir(half, { recursive: true, mode: 0o700 })
  const passwordFile = `${half}.password`
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 })
  if (places.account) {
    await chown(half, places.account.uid, places.account.gid)
    await chown(passwordFile, places.account.uid, places.account.gid)
  }
  const made = await run(
    join(places.binaries, 'initdb'),
    [
      `--pgdata=${half}`,
      '--username=postgres',
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--no-instructions',
      '--no-sync',
    ],
    places.account,
  ).finally(() => rm(passwordFile, { force: true }))
  if (made.code !== 0) {
    await rm(half, { recursive: true, force: true })
    throw new StartupProblem(`PostgreSQL could not create its data folder: ${lastComplaint(made.output)}`)
  }
  await rename(half, places.data)
}

/** The line of a server's output that says why it gave up. */
export function lastComplaint(output: string): string {
  const lines = output.trim().split('\n')
  const complaint = lines.filter((line) => /\b(FATAL|PANIC|error):/i.test(line)).at(-1) ?? lines.at(-1)
  return complaint?.replace(/^.*?\b(FATAL|PANIC|error): */i, '') || 'it said nothing'
}

/** Starts the server as a process group of its own, so that a Ctrl-C reaches us and not it, and waits until it is ready. */
export async function startPostmaster(
  places: Places,
  port: number,
  settings: Record<string, string>,
): Promise<Postmaster> {
  const logFile = join(places.state, 'postgres.log')
  const out = await open(logFile, 'a', 0o600)
  const from = (await stat(logFile)).size
  const flags = Object.entries({ listen_addresses: '127.0.0.1', unix_socket_directories: '', ...settings })
  const child = spawn(
    join(places.binaries, 'postgres'),
    ['-D', places.data, '-p', String(port), ...flags.flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    { ...places.account, cwd: '/', env: environment, stdio: ['ignore', out.fd, out.fd], detached: true },
  )
  const failed = new Promise<Error>((done) => child.once('error', done))
  const ended = new Promise<'ended'>((done) => child.once('exit', () => done('ended')))
  child.unref()
  await out.close()
  const deadline = clock.monotonicMs() + startTimeoutMs
  while (clock.monotonicMs() < deadline) {
    const turn = await Promise.race([failed, ended, sleep(pollMs)])
    if (turn instanceof Error) throw new StartupProblem(`PostgreSQL could not be started: ${turn.message}.`)
    if (turn === 'ended') {
      const said = (await readFile(logFile)).subarray(from).toString('utf8')
      throw new StartupProblem(lastComplaint(said))
    }
    const running = await runningPostmaster(places.data)
    if (running?.ready && running.pid === child.pid) return running
  }
  child.kill('SIGQUIT')
  throw new StartupProblem(
    `PostgreSQL was not ready within ${startTimeoutMs / 1000} seconds; its log is ${logFile}.`,
  )
}

/** Fast shutdown: open transactions are rolled back, everything committed is on disk. */
export async function stopPostmaster(pid: number): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    if (!isAlive(pid)) return
    process.kill(pid, signal)
    const deadline = clock.monotonicMs() + stopTimeoutMs
    while (isAlive(pid) && clock.monotonicMs() < deadline) await sleep(pollMs)
  }
}
