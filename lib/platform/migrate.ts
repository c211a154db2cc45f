import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import pg from 'pg'
import { asOwner } from './role-names.ts'
import type { Script } from './schema-engine.ts'
import { StartupProblem } from './startup-problem.ts'

/** The product's own migrations: one folder each, applied in the order of their names. */
export const migrationsFolder = resolve(import.meta.dirname, '../../prisma/migrations')

/** Any number that other advisory locks do not use: two starting processes migrate one after the other. */
const lockKey = 5_726_623_061

async function readScripts(folder: string): Promise<Script[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  return Promise.all(
    names
      .sort()
      .map(async (name) => ({ name, sql: await readFile(join(folder, name, 'migration.sql'), 'utf8') })),
  )
}

type Applied = { migration_name: string; checksum: string; finished: boolean }

/**
 * Whether the database holds exactly these scripts, each applied to its end and unchanged since. Any doubt is a no: the
 * engine, which takes as long to load as the rest of a start, then finds out what is the matter.
 */
async function isUpToDate(client: pg.Client, scripts: readonly Script[]): Promise<boolean> {
  const history = await client
    .query<Applied>(
      `SELECT migration_name, checksum, finished_at IS NOT NULL AS finished
         FROM _prisma_migrations WHERE rolled_back_at IS NULL`,
    )
    .catch((error: unknown) => {
      if (error instanceof pg.DatabaseError) return undefined
      throw error
    })
  if (history?.rows.length !== scripts.length) return false
  const applied = new Map(history.rows.map((row) => [row.migration_name, row]))
  return scripts.every(({ name, sql }) => {
    const row = applied.get(name)
    return row?.finished === true && row.checksum === createHash('sha256').update(sql).digest('hex')
  })
}

/**
 * Applies what is missing in the database at `url`, acting as countersign_owner, with Prisma's own schema engine
 * and its `_prisma_migrations` table. Returns the names applied now. A migration that fails leaves nothing behind and
 * is tried again next time. Throws StartupProblem when history and folder do not fit.
 */
export async function migrate(url: string, folder = migrationsFolder): Promise<string[]> {
  const client = new pg.Client({ connectionString: asOwner(url) })
  const scripts = await readScripts(folder)
  await client.connect().catch((error: Error) => {
    throw new StartupProblem(
      `The database cannot be migrated, signing in as countersign_owner failed: ${error.message}.`,
    )
  })
  try {
    if (await isUpToDate(client, scripts)) return []
    await client.query('SELECT pg_advisory_lock($1)', [lockKey])
    const { applyScripts } = await import('./schema-engine.ts')
    return await applyScripts(asOwner(url), folder, scripts)
  } finally {
    await client.end()
  }
}
