import 'server-only'
import { createDb, type Db } from './db.ts'
import { databaseUrl } from './env.ts'
import { getConfig, perProcess } from './per-process.ts'
import { StartupProblem } from './startup-problem.ts'

export { getConfig, perProcess }

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
