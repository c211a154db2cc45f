import type { Config } from '#lib/platform/config.ts'
import { prepareEmbedded } from '#lib/platform/embedded.ts'
import { type EnvSource, readEnv } from '#lib/platform/env.ts'
import { databaseUrl, type LoginRole, loginRoles, roleName } from '#lib/platform/role-names.ts'
import { StartupProblem } from '#lib/platform/startup-problem.ts'

/** Addresses for the three processes, and how to let go of a server that we started. */
export type Databases = {
  urls: Record<LoginRole, string>
  /** Resolves when they may be used: the server runs, roles exist, migrations are applied. Rejects with a StartupProblem. */
  ready: Promise<void>
  stop: () => Promise<void>
}

const variables = {
  web: 'DATABASE_URL_WEB',
  worker: 'DATABASE_URL_WORKER',
  signer: 'DATABASE_URL_SIGNER',
} as const
const database = 'countersign'

async function embedded(dir: string, say: (line: string) => void): Promise<Databases> {
  const server = await prepareEmbedded({ dir, say })
  const running = server.start()
  const prepare = async () => {
    // Loaded while the server starts.
    const [{ ensureRoles }, { migrate }] = await Promise.all([
      import('#lib/platform/roles.ts'),
      import('#lib/platform/migrate.ts'),
      running,
    ])
    await ensureRoles(server.adminUrl, server.passwords, database)
    await migrate(databaseUrl(server.adminUrl, database))
  }
  const ready = prepare()
  // Whoever awaits it hears of it; until then it must not count as unhandled.
  ready.catch(() => {})
  const stop = async () => {
    await running.catch(() => {})
    await server.stop()
  }
  const at = (role: LoginRole) =>
    databaseUrl(server.adminUrl, database, { user: roleName(role), password: server.passwords[role] })
  return { urls: { web: at('web'), worker: at('worker'), signer: at('signer') }, ready, stop }
}

/**
 * The databases that the environment names, or, if it names none, the embedded server below `embeddedDir`, started
 * and migrated when `ready`. Your own Postgres is migrated only by `npm run migrate`. Throws StartupProblem.
 */
export async function openDatabases(
  config: Pick<Config, 'database'>,
  env: EnvSource,
  say: (line: string) => void,
): Promise<Databases> {
  const given = readEnv('tool', env)
  const missing = loginRoles.map((role) => variables[role]).filter((name) => given[name] === undefined)
  if (missing.length === loginRoles.length) return embedded(config.database.embeddedDir, say)
  const { DATABASE_URL_WEB: web, DATABASE_URL_WORKER: worker, DATABASE_URL_SIGNER: signer } = given
  if (!web || !worker || !signer)
    throw new StartupProblem(
      `${missing.join(' and ')} must be set too: each process signs in as its own role.`,
    )
  return { urls: { web, worker, signer }, ready: Promise.resolve(), stop: async () => {} }
}
