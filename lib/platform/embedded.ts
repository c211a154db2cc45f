import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { ensureWritable } from './folder.ts'
import { newSecret } from './ids.ts'
import {
  freePort,
  initialise,
  isAlive,
  runningPostmaster,
  startPostmaster,
  stopPostmaster,
} from './postmaster.ts'
import { StartupProblem } from './startup-problem.ts'
import { type Places, placesFor } from './unprivileged.ts'

const passwordsSchema = z.object({
  admin: z.string(),
  web: z.string(),
  worker: z.string(),
  signer: z.string(),
})
const ownerSchema = z.object({ pid: z.number() })

/** Generated once per data folder, kept in a file that only its owner reads. */
export type Passwords = z.infer<typeof passwordsSchema>

export type EmbeddedOptions = {
  /** Everything about this server lies below. */
  dir: string
  /** Refuses to start on another one; without it a free port is chosen and kept. */
  port?: number
  /** Server settings as for `postgres -c`. */
  settings?: Record<string, string>
  /** Told about an unusual place of the data. */
  say?: (line: string) => void
}

export type Embedded = {
  host: '127.0.0.1'
  port: number
  passwords: Passwords
  /** As superuser, to the database `postgres`. */
  adminUrl: string
  /** Ends the server, unless another living process started it. */
  stop: () => Promise<void>
}

/** A server of which everything is known and that is about to run. */
export type Prepared = Embedded & { start: () => Promise<void> }

/** For throw-away databases of tests only: a power cut may lose everything. */
export const testSettings = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_connections: '300',
  autovacuum: 'off',
} satisfies Record<string, string>

const majorVersion = '18'

async function readJson<T>(file: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  try {
    return schema.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}

async function ensureState(state: string): Promise<Passwords> {
  const file = join(state, 'passwords.json')
  const known = await readJson(file, passwordsSchema)
  if (known) return known
  const passwords = { admin: newSecret(), web: newSecret(), worker: newSecret(), signer: newSecret() }
  await writeFile(file, JSON.stringify(passwords), { mode: 0o600 })
  return passwords
}

const damaged = (places: Places, why: string) =>
  new StartupProblem(
    `The database folder ${places.data} cannot be used (${why}): move it away and start again, or, for the demo, start with --fresh.`,
  )

async function ensureData(places: Places): Promise<Passwords> {
  const entries = await readdir(places.data).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw damaged(places, error.code ?? error.message)
  })
  if (entries === undefined) {
    // Passwords of an older folder do not fit a new one, and are worth nothing without it.
    await rm(join(places.state, 'passwords.json'), { force: true })
    const passwords = await ensureState(places.state)
    await initialise(places, passwords.admin)
    return passwords
  }
  const version = (await readFile(join(places.data, 'PG_VERSION'), 'utf8').catch(() => '')).trim()
  if (version === '') throw damaged(places, 'it holds no PostgreSQL database')
  if (version !== majorVersion)
    throw damaged(places, `it is of PostgreSQL ${version}, this is ${majorVersion}`)
  const passwords = await readJson(join(places.state, 'passwords.json'), passwordsSchema)
  if (!passwords) throw damaged(places, 'passwords.json beside it is missing or unreadable')
  return passwords
}

async function choosePort(state: string, wanted: number | undefined): Promise<number> {
  if (wanted !== undefined) {
    if ((await freePort(wanted)) === undefined)
      throw new StartupProblem(
        `Port ${wanted} for the database is taken: end what listens there, or choose another.`,
      )
    return wanted
  }
  const file = join(state, 'port')
  const kept = Number(await readFile(file, 'utf8').catch(() => ''))
  const port = (kept && (await freePort(kept))) || (await freePort())
  if (!port) throw new StartupProblem('No port is free on 127.0.0.1.')
  await writeFile(file, String(port))
  return port
}

/**
 * Makes ready for `start` whatever a server in `dir` needs, its data folder included, so that others may be told of its
 * port and passwords while it starts. Throws StartupProblem, as `start` does.
 */
export async function prepareEmbedded(options: EmbeddedOptions): Promise<Prepared> {
  const state = resolve(options.dir)
  ensureWritable(state)
  const places = await placesFor(state, options.say ?? (() => {}))
  const passwords = await ensureData(places)
  const ownerFile = join(state, 'owner.json')
  const running = await runningPostmaster(places.data)
  const owner = await readJson(ownerFile, ownerSchema)
  const joined =
    running !== undefined && owner !== undefined && owner.pid !== process.pid && isAlive(owner.pid)
  const port = running?.port ?? (await choosePort(state, options.port))
  let pid = running?.pid
  const started = async () => {
    await rm(join(places.data, 'postmaster.pid'), { force: true })
    return startPostmaster(places, port, options.settings ?? {}).catch((error: unknown) => {
      if (error instanceof StartupProblem) throw damaged(places, error.message)
      throw error
    })
  }
  return {
    host: '127.0.0.1',
    port,
    passwords,
    adminUrl: `postgresql://postgres:${passwords.admin}@127.0.0.1:${port}/postgres`,
    start: async () => {
      pid ??= (await started()).pid
      if (!joined) await writeFile(ownerFile, JSON.stringify({ pid: process.pid }))
    },
    stop: async () => {
      if (!joined && pid !== undefined) await stopPostmaster(pid)
    },
  }
}

/**
 * Starts (or joins) a real PostgreSQL in `dir`: 127.0.0.1 only, passwords by SCRAM, an account without rights when
 * we are root. A server that a killed process left behind is taken over. Throws StartupProblem with one sentence.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const server = await prepareEmbedded(options)
  await server.start()
  return server
}

/** Ends a server that nobody owns any more and deletes everything below `dir`, wherever its data lies. */
export async function removeEmbedded(dir: string): Promise<void> {
  const places = await placesFor(dir, () => {})
  const running = await runningPostmaster(places.data)
  const owner = await readJson(join(places.state, 'owner.json'), ownerSchema)
  if (running && owner && isAlive(owner.pid))
    throw new StartupProblem(
      `The database in ${places.state} is in use by process ${owner.pid}: end that first.`,
    )
  if (running) await stopPostmaster(running.pid)
  await rm(places.data, { recursive: true, force: true })
  await rm(places.state, { recursive: true, force: true })
}
