import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '#lib/platform/postmaster.ts'

const root = join(import.meta.dirname, '..')
let dir: string
let port: number
const demos: ChildProcess[] = []

/** Starts the demo as a terminal does: in a process group of its own, so that a Ctrl-C reaches all of it. */
function start(...args: string[]) {
  const child = spawn(process.execPath, ['scripts/demo.mjs', '--dir', dir, '--port', String(port), ...args], {
    cwd: root,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  demos.push(child)
  let output = ''
  const ready = new Promise<string>((done) => {
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        output += chunk
        if (/^Ready: /m.test(output)) done(output)
      })
    child.once('close', () => done(output))
  })
  const closed = once(child, 'close').then(([code]) => ({ code, output }))
  return { child, ready, closed }
}

const ctrlC = (child: ChildProcess) => process.kill(-(child.pid ?? 0), 'SIGINT')

type Process = { line: string; role: string | undefined; addresses: string[] }

/** All processes that have to do with this demo, without their secrets. Linux only. */
async function ours(): Promise<Process[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
  const read = (pid: string, what: string) => readFile(`/proc/${pid}/${what}`, 'utf8').catch(() => '')
  const all = await Promise.all(
    pids.map(async (pid) => [await read(pid, 'cmdline'), await read(pid, 'environ')] as const),
  )
  return all
    .filter((texts) => texts.some((text) => text.includes(dir)))
    .map(([line, environment]) => ({
      line: line.replaceAll('\0', ' '),
      role: /\bCOUNTERSIGN_PROCESS=(\w+)/.exec(environment)?.[1],
      addresses: environment.match(/\bDATABASE_URL\w*/g) ?? [],
    }))
}

beforeAll(async () => {
  dir = join(await mkdtemp(join(tmpdir(), 'countersign-demo-')), 'a demo')
  await chmod(join(dir, '..'), 0o755)
  port = (await freePort()) ?? 0
})

afterAll(async () => {
  for (const demo of demos.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)) {
    ctrlC(demo)
    await once(demo, 'close')
  }
  await rm(join(dir, '..'), { recursive: true, force: true })
})

test.runIf(process.platform === 'linux')(
  'is ready, tells who can sign in, and Ctrl-C ends all of it',
  async () => {
    const first = start('--fresh')
    const said = await first.ready
    expect(said).toContain(`Ready: http://127.0.0.1:${port}\n`)
    expect(said).toMatch(/Anna Beck +Approver/)
    expect((await fetch(`http://127.0.0.1:${port}/api/health`)).status).toBe(200)
    const running = await ours()
    const addressesOf = (wanted: string) => running.find(({ role }) => role === wanted)?.addresses
    // Web begins without any and is told its own: lib/worker/preparation.test.ts.
    expect(addressesOf('web')).toEqual([])
    expect(addressesOf('worker')).toEqual(['DATABASE_URL_WORKER'])
    expect(addressesOf('signer')).toEqual(['DATABASE_URL_SIGNER'])
    ctrlC(first.child)
    expect((await first.closed).code).toBe(0)
    expect(await ours()).toEqual([])
  },
)

test.runIf(process.platform === 'linux')(
  'a second time is ready within 15 s, and leaves nothing when it is killed',
  async () => {
    const startedAtMs = performance.now()
    const second = start()
    await second.ready
    expect(performance.now() - startedAtMs).toBeLessThan(15_000)
    second.child.kill('SIGKILL')
    // PostgreSQL as well: it is ended by the process that the killed one had started.
    await expect.poll(ours, { timeout: 20_000, interval: 100 }).toEqual([])
  },
)

test('a taken port is one sentence', async () => {
  const other = createServer().listen(port, '127.0.0.1')
  await once(other, 'listening')
  const { code, output } = await start().closed
  other.close()
  expect(output).toBe(`Port ${port} is taken: end what listens there, or choose another with --port.\n`)
  expect(code).toBe(1)
})
