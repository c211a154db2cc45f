import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { afterEach, expect, test } from 'vitest'
import { isAlive } from '#lib/platform/postmaster.ts'
import { type Child, type ChildSpec, keepRunning } from './supervision.ts'

let child: Child | undefined

/** Runs `code` supervised; `line(n)` resolves with the n-th line that it printed, over all its lives. */
function start(code: string, spec: Partial<ChildSpec> = {}) {
  const lines: string[] = []
  const waiting: { count: number; done: (line: string) => void }[] = []
  const started = keepRunning({ name: 'fake', args: ['-e', code], env: {}, ...spec }, (_name, line) => {
    lines.push(line)
    for (const { count, done } of waiting) if (lines.length >= count) done(lines[count - 1] ?? '')
  })
  child = started
  const line = (count: number) =>
    new Promise<string>((done) => {
      if (lines.length >= count) done(lines[count - 1] ?? '')
      else waiting.push({ count, done })
    })
  return { child: started, line, lines }
}

const untilGone = async (pid: number) => {
  await expect.poll(() => isAlive(pid), { timeout: 5000, interval: 20 }).toBe(false)
}

afterEach(async () => {
  await child?.stop()
})

test('starts a crashed process again and says why it ended', async () => {
  const { child, line } = start('console.log("up"); setTimeout(() => process.exit(3), 10)')
  expect(await line(1)).toBe('up')
  expect(await line(2)).toBe('fake ended unexpectedly (exit code 3)')
  expect(await line(3)).toBe('up')
  expect(child.crashes()).toBe(1)
})

test('hands over the given environment and nothing of its own', async () => {
  const code = 'console.log(Object.keys(process.env).sort().join()); setInterval(() => {}, 1e6)'
  const { line } = start(code, { env: { DATABASE_URL_WEB: 'postgresql://x' } })
  expect(await line(1)).toBe('DATABASE_URL_WEB,NODE_ENV')
})

test('lets it end in peace', async () => {
  const { child, line, lines } = start(
    'process.on("SIGTERM", () => { console.log("ending"); process.exit(0) }); setInterval(() => {}, 1e6); console.log("up")',
  )
  await line(1)
  await child.stop()
  expect(lines).toEqual(['up', 'ending'])
})

test('tells every start of it its words, and hears its answers', async () => {
  const code = `process.on("message", ({ database }) => { process.send("heard " + database, () => process.exit(1)) });
    setInterval(() => {}, 1e6)`
  const answers: unknown[] = []
  const twice = Promise.withResolvers<void>()
  start(code, {
    words: [Promise.resolve({ database: 'ready' }), Promise.reject(new Error('never told'))],
    hear: (word) => {
      answers.push(word)
      if (answers.length === 2) twice.resolve()
    },
  })
  await twice.promise
  expect(answers).toEqual(['heard ready', 'heard ready'])
})

test('ends what does not listen, and what that started itself', async () => {
  const code = `process.on("SIGTERM", () => {});
    const own = require("node:child_process").spawn(process.execPath, ["-e", 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1e6)']);
    console.log(own.pid); setInterval(() => {}, 1e6)`
  const { child, line } = start(code, { graceMs: 100 })
  const grandchild = Number(await line(1))
  await child.stop()
  await untilGone(grandchild)
})

test('leaves nothing running when the supervisor is killed', async () => {
  const code = `const { keepRunning } = await import(${JSON.stringify(new URL('./supervision.ts', import.meta.url).href)})
    keepRunning({ name: 'fake', args: ['-e', 'console.log(process.pid); setInterval(() => {}, 1e6)'], env: {} },
      (_name, line) => console.log(line))`
  const supervisor = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [pid] = await once(createInterface(supervisor.stdout), 'line')
  expect(isAlive(Number(pid))).toBe(true)
  supervisor.kill('SIGKILL')
  await untilGone(Number(pid))
})
