import { execFile, spawn } from 'node:child_process'
import { accessSync, constants, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const name = 'victoria-metrics'

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/**
 * The real VictoriaMetrics: the one of this machine, or Debian's package unpacked (not installed: that would start a
 * service) under `cacheDir`. A sentence when there is none to be had.
 */
export async function findVictoria(cacheDir: string): Promise<{ binary: string } | { missing: string }> {
  const folder = join(cacheDir, name)
  const own = join(folder, 'usr/bin', name)
  const folders = (process.env.PATH ?? '').split(delimiter)
  const known = [...folders.map((each) => join(each, name)), own].find(isExecutable)
  if (known) return { binary: known }
  try {
    mkdirSync(folder, { recursive: true })
    const download = () => run('apt-get', ['download', '-qq', name], { cwd: folder, timeout: 60_000 })
    await download().catch(async () => {
      // A fresh machine has no lists yet.
      await run('apt-get', ['update', '-qq'], { timeout: 60_000 })
      await download()
    })
    const [archive] = readdirSync(folder).filter((file) => file.endsWith('.deb'))
    if (!archive) return { missing: 'apt-get downloaded nothing' }
    await run('dpkg', ['-x', join(folder, archive), folder])
    rmSync(join(folder, archive))
  } catch {
    return { missing: `Debian's package ${name} cannot be downloaded here` }
  }
  return isExecutable(own) ? { binary: own } : { missing: `the package ${name} holds no program` }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

export type Victoria = {
  url: string
  /** Stores samples in the text format and resolves when they can be read. */
  load: (lines: readonly string[]) => Promise<void>
  stop: () => Promise<void>
}

/** Starts one on a free port of 127.0.0.1 with an empty folder of its own. */
export async function startVictoria(binary: string): Promise<Victoria> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-vm-'))
  const port = await freePort()
  const args = [
    `-storageDataPath=${folder}`,
    `-httpListenAddr=127.0.0.1:${port}`,
    '-retentionPeriod=1y',
    '-search.latencyOffset=0s',
    '-loggerLevel=ERROR',
  ]
  const child = spawn(binary, args, { stdio: 'ignore' })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const url = `http://127.0.0.1:${port}`
  const asked = async (path: string, init?: RequestInit) => (await fetch(url + path, init)).ok
  for (const until = Date.now() + 20_000; ; ) {
    if (await asked('/health').catch(() => false)) break
    if (Date.now() > until || child.exitCode !== null) throw new Error('VictoriaMetrics did not start')
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  return {
    url,
    async load(lines) {
      if (!(await asked('/api/v1/import/prometheus', { method: 'POST', body: lines.join('\n') })))
        throw new Error('VictoriaMetrics did not take the samples')
      await asked('/internal/force_flush')
      await asked('/internal/resetRollupResultCache')
    },
    async stop() {
      child.kill()
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
