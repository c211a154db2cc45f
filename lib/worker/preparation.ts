import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { foreignSecretVariables, loadConfig } from '#lib/platform/config.ts'
import { childEnv, type EnvSource, readEnv } from '#lib/platform/env.ts'
import type { Beginning } from '#lib/platform/gate.ts'
import { freePort } from '#lib/platform/postmaster.ts'
import type { LoginRole } from '#lib/platform/role-names.ts'
import { StartupProblem } from '#lib/platform/startup-problem.ts'
import { type Databases, openDatabases } from './databases.ts'

export type Prepared = {
  /** Where web will listen, e.g. `http://127.0.0.1:4000`. */
  address: string
  databases: Databases
  /** What web is told. */
  beginning: Beginning
  /** The whole environment of one process: no address and no secret of another. */
  envOf: (role: LoginRole) => EnvSource
}

const defaultPort = 4000

/** What Next made of next.config.js when it built: the standalone server is given it this way and reads nothing else. */
async function builtConfig(): Promise<EnvSource> {
  const file = resolve(import.meta.dirname, '../../.next/required-server-files.json')
  const { config } = JSON.parse(await readFile(file, 'utf8').catch(() => '{}'))
  return config ? { __NEXT_PRIVATE_STANDALONE_CONFIG: JSON.stringify(config) } : {}
}

/** Checks what has to be right before anything is served, and begins to start the databases. Throws StartupProblem. */
export async function prepare(env: EnvSource, say: (line: string) => void): Promise<Prepared> {
  const configuration = loadConfig('tool', env)
  const { PORT: port = defaultPort, COUNTERSIGN_HOST: host = '127.0.0.1' } = readEnv('tool', env)
  if ((await freePort(port, host)) === undefined)
    throw new StartupProblem(
      `Port ${port} on ${host} cannot be listened on, something else does already: end that, or choose another port.`,
    )
  const databases = await openDatabases(configuration, env, say)
  const envOf = (role: LoginRole) =>
    childEnv(role, foreignSecretVariables(configuration, role), {
      ...env,
      [`DATABASE_URL_${role.toUpperCase()}`]: databases.urls[role],
    })
  return {
    address: `http://${host === '0.0.0.0' ? '127.0.0.1' : host}:${port}`,
    databases,
    beginning: { configuration, environment: { ...envOf('web'), ...(await builtConfig()) }, host, port },
    envOf,
  }
}
