import { execFile } from 'node:child_process'
import { accessSync, constants, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/**
 * A program of Debian's: the one of this machine, or its package unpacked (not installed: that would start a service)
 * under `cacheDir`; `folder` is where it was unpacked. A sentence when there is none to be had.
 */
export async function findPackaged(
  name: string,
  cacheDir: string,
): Promise<{ binary: string; folder: string } | { missing: string }> {
  const folder = join(cacheDir, name)
  const own = join(folder, 'usr/bin', name)
  const folders = (process.env.PATH ?? '').split(delimiter)
  const known = [...folders.map((each) => join(each, name)), own].find(isExecutable)
  if (known) return { binary: known, folder }
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
  return isExecutable(own) ? { binary: own, folder } : { missing: `the package ${name} holds no program` }
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}
