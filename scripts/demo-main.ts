import { appendFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { removeEmbedded } from '#lib/platform/embedded.ts'
import { ownEnv } from '#lib/platform/env.ts'
import { ensureWritable } from '#lib/platform/folder.ts'
import { freePort } from '#lib/platform/postmaster.ts'
import { runCommand, StartupProblem } from '#lib/platform/startup-problem.ts'
import { endRequested, type Installation, startInstallation } from '#lib/worker/installation.ts'
import { type Child, keepRunning } from '#lib/worker/supervision.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '4000' },
    services: { type: 'string', default: '0' },
    instances: { type: 'string', default: '1' },
    dir: { type: 'string', default: '.countersign/demo' },
    fresh: { type: 'boolean', default: false },
  },
})
const root = resolve(import.meta.dirname, '..')
const dir = resolve(root, values.dir)
const port = Number(values.port)
const portal = `http://127.0.0.1:${port}`
const sandboxWithinMs = 20_000
const firstLookWithinMs = 20_000

const say = (line: string) => process.stderr.write(`${line}\n`)
const logFile = join(dir, 'demo.log')

async function prepareFolder(): Promise<void> {
  if (values.fresh) {
    await removeEmbedded(join(dir, '.countersign/postgres'))
    rmSync(dir, { recursive: true, force: true })
  }
  ensureWritable(dir)
  writeFileSync(logFile, '')
}

function onLine(name: string, line: string): void {
  if (name === 'database') say(line)
  appendFileSync(logFile, `${name.padEnd(8)} | ${line}\n`)
}

/** Starts the pretend platform and waits until it has written its countersign.yaml. Returns what it says of its people. */
async function startSandbox(): Promise<{ sandbox: Child; people: string[] }> {
  const lines: string[] = []
  const ready = Promise.withResolvers<void>()
  const sandbox = keepRunning(
    {
      name: 'sandbox',
      args: [
        join(root, 'sandbox/main.ts'),
        ...[
          '--port',
          values.port,
          '--services',
          values.services,
          '--instances',
          values.instances,
          '--dir',
          dir,
          '--portal',
          portal,
        ],
      ],
      env: ownEnv(),
    },
    (name, line) => {
      lines.push(line)
      if (line.startsWith('Portal:')) ready.resolve()
      onLine(name, line)
    },
  )
  const timeout = sleep(sandboxWithinMs, 'late', { ref: false })
  if ((await Promise.race([ready.promise, timeout])) === 'late') {
    await sandbox.stop()
    throw new StartupProblem(
      `The sandbox does not start. It said last:\n${sandbox.lastLines().join('\n') || 'nothing'}`,
    )
  }
  const from = lines.findIndex((line) => line.startsWith('Who can sign in'))
  const to = lines.indexOf('', from)
  return { sandbox, people: lines.slice(from + 1, to) }
}

/** The first page should show a fleet: waits until the worker has seen one, within reason, or until we are to end. */
async function firstLook({ databaseUrls }: Installation, end: Promise<unknown>): Promise<'ready' | 'ended'> {
  let ended = false
  end.then(() => {
    ended = true
  })
  const client = new pg.Client({ connectionString: databaseUrls.worker })
  await client.connect()
  try {
    for (let waitedMs = 0; waitedMs < firstLookWithinMs && !ended; waitedMs += 50) {
      const found = await client.query('SELECT FROM catalog.application LIMIT 1')
      if (found.rowCount) break
      await sleep(50)
    }
    return ended ? 'ended' : 'ready'
  } finally {
    await client.end()
  }
}

async function main(): Promise<number> {
  const end = endRequested()
  if ((await freePort(port)) === undefined)
    throw new StartupProblem(`Port ${port} is taken: end what listens there, or choose another with --port.`)
  await prepareFolder()
  say('5/5 Demo: starting')
  const { sandbox, people } = await startSandbox()
  const env = {
    ...ownEnv(),
    COUNTERSIGN_CONFIG: join(dir, 'countersign.yaml'),
    COUNTERSIGN_HOME: join(dir, '.countersign'),
    PORT: String(port),
    COUNTERSIGN_HOST: '127.0.0.1',
  }
  let installation: Installation
  try {
    installation = await startInstallation({ env, onLine })
  } catch (error) {
    await sandbox.stop()
    throw error
  }
  if ((await firstLook(installation, end)) === 'ready') {
    say('5/5 Demo: ready')
    const what = ['Who can sign in, without a password:', ...people, '', `What the processes say: ${logFile}`]
    process.stdout.write(`\nReady: ${installation.address}\n\n${what.join('\n')}\nCtrl-C ends all of it.\n`)
  }
  await end
  say('Ending …')
  await installation.stop()
  await sandbox.stop()
  return 0
}

await runCommand(main)
