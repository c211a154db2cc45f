import 'server-only'
import { type Config, loadConfig } from './config.ts'
import { createDb, type Db } from './db.ts'
import { databaseUrl } from './env.ts'
import { StartupProblem } from './startup-problem.ts'

const shared = globalThis as typeof globalThis & { countersign?: Map<string, unknown> }

/**
 * The one value of this name in the web process, made on first use. Next bundles pages, routes and
 * instrumentation apart, so a module may exist several times; only globalThis is one for all.
 */
export function perProcess<T>(name: string, make: () => T): T {
  shared.countersign ??= new Map()
  const known = shared.countersign
  if (!known.has(name)) known.set(name, make())
  return known.get(name) as T
}

/** The configuration of the web process, read once. Throws a StartupProblem that says what is wrong. */
export function getConfig(): Config {
  return perProcess('config', () => loadConfig('web'))
}

/** The address of the web role's database. Throws a StartupProblem without one. */
export function webDatabaseUrl(): string {
  const url = databaseUrl('web')
  if (!url) throw new StartupProblem('DATABASE_URL_WEB is not set: npm start sets it.')
  return url
}

/** The web process's one Prisma client, under the web role. */
export function getDb(): Db {
  return perProcess('db', () => createDb(webDatabaseUrl()))
}
