import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Embedded, removeEmbedded, startEmbedded, testSettings } from './embedded.ts'
import { isAlive, runningPostmaster } from './postmaster.ts'

/** A folder with a space in its name: people have those. */
let dir: string
const running: Embedded[] = []

async function start(port?: number): Promise<Embedded> {
  const server = await startEmbedded({ dir, settings: testSettings, ...(port ? { port } : {}) })
  running.push(server)
  return server
}

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query({ text: sql, rowMode: 'array' })).rows.flat()
  } finally {
    await client.end()
  }
}

/** Starts the server from a process of its own, which then lives until it is killed. */
async function startElsewhere() {
  const code = `const { startEmbedded } = await import(${JSON.stringify(import.meta.resolve('./embedded.ts'))})
    await startEmbedded({ dir: ${JSON.stringify(dir)}, settings: ${JSON.stringify(testSettings)} })
    console.log('started'); setInterval(() => {}, 1e6)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  return child
}

const dataFolder = () => join(dir, 'data')

beforeAll(async () => {
  const base = await mkdtemp(join(tmpdir(), 'countersign-embedded-'))
  await chmod(base, 0o755)
  dir = join(base, 'with a space')
})

afterAll(async () => {
  for (const server of running) await server.stop()
  await rm(dirname(dir), { recursive: true, force: true })
})

test('starts on 127.0.0.1 only, wants the password, and keeps its port', async () => {
  const first = await start()
  expect(await ask(first.adminUrl, 'SHOW listen_addresses')).toEqual(['127.0.0.1'])
  await expect(ask(first.adminUrl.replace(first.passwords.admin, 'guess'), 'SELECT 1')).rejects.toThrow(
    /password/,
  )
  expect((await stat(join(dir, 'passwords.json'))).mode & 0o777).toBe(0o600)
  await first.stop()
  expect(await runningPostmaster(dataFolder())).toBeUndefined()
  const second = await start()
  expect(second.port).toBe(first.port)
  await second.stop()
})

test('a server that another living process started is joined and left running', async () => {
  const elsewhere = await startElsewhere()
  const joined = await start()
  expect(await ask(joined.adminUrl, 'SELECT 1')).toEqual([1])
  await joined.stop()
  expect((await runningPostmaster(dataFolder()))?.port).toBe(joined.port)
  elsewhere.kill('SIGKILL')
  await once(elsewhere, 'exit')
})

test('a server that a killed process left behind is taken over and ended', async () => {
  const left = await runningPostmaster(dataFolder())
  const adopted = await start()
  expect(adopted.port).toBe(left?.port)
  await adopted.stop()
  expect(left && isAlive(left.pid)).toBe(false)
})

test('a pid file of a machine that lost power is no obstacle', async () => {
  await writeFile(
    join(dataFolder(), 'postmaster.pid'),
    `${process.pid}\n${dataFolder()}\n1\n5432\n\n127.0.0.1\n\nready\n`,
  )
  const server = await start()
  expect(await ask(server.adminUrl, 'SELECT 1')).toEqual([1])
  await server.stop()
})

test('a taken port is one sentence', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const address = other.address()
  const port = typeof address === 'object' && address ? address.port : 0
  await expect(start(port)).rejects.toThrow(
    `Port ${port} for the database is taken: end what listens there, or choose another.`,
  )
  other.close()
})

test('a folder that cannot be written to is one sentence', async () => {
  const inAFile = join(dir, 'passwords.json', 'below')
  await expect(startEmbedded({ dir: '/proc/self/below' })).rejects.toThrow(
    'Cannot write to /proc/self/below (ENOENT)',
  )
  await expect(startEmbedded({ dir: inAFile })).rejects.toThrow(
    `Cannot write to ${inAFile} (ENOTDIR): give this account`,
  )
})

test('a damaged data folder says what to do', async () => {
  const control = join(dataFolder(), 'global/pg_control')
  const size = (await stat(control)).size
  await truncate(control, 100)
  await expect(start()).rejects.toThrow(
    /cannot be used \(.*pg_control.*\): move it away and start again, or, for the demo, start with --fresh/,
  )
  await truncate(control, size)
  const version = await readFile(join(dataFolder(), 'PG_VERSION'), 'utf8')
  await writeFile(join(dataFolder(), 'PG_VERSION'), '12\n')
  await expect(start()).rejects.toThrow(/of PostgreSQL 12, this is 18/)
  expect(version).toBe('18\n')
})

test('is removed with everything, once nobody uses it', async () => {
  const other = join(dirname(dir), 'other')
  const server = await startEmbedded({ dir: other, settings: testSettings })
  await expect(removeEmbedded(other)).rejects.toThrow(`is in use by process ${process.pid}`)
  await server.stop()
  await removeEmbedded(other)
  await expect(stat(other)).rejects.toThrow('ENOENT')
})
