import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { PrismaPg } from '@prisma/adapter-pg'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import * as engineModule from '@prisma/schema-engine-wasm/schema_engine_bg'
import pg from 'pg'
import { asOwner } from './roles.ts'
import { StartupProblem } from './startup-problem.ts'

/** The product's own migrations: one folder each, applied in the order of their names. */
export const migrationsFolder = resolve(import.meta.dirname, '../../prisma/migrations')

type MigrationList = Parameters<engineModule.SchemaEngine['applyMigrations']>[0]['migrationsList']

/** Any number that other advisory locks do not use: two starting processes migrate one after the other. */
const lockKey = 5_726_623_061

/** The script beside the WASM file knows one instance only, so there is one per process. */
let engineClass: Promise<typeof engineModule.SchemaEngine> | undefined

async function loadEngine(): Promise<typeof engineModule.SchemaEngine> {
  const script = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg')
  const module = await WebAssembly.compile(await readFile(join(dirname(script), 'schema_engine_bg.wasm')))
  const instance = await WebAssembly.instantiate(module, { './schema_engine_bg.js': { ...engineModule } })
  engineModule.__wbg_set_wasm(instance.exports)
  const start = instance.exports.__wbindgen_start
  if (typeof start === 'function') start()
  return engineModule.SchemaEngine
}

async function readMigrations(folder: string): Promise<MigrationList> {
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  const migrationDirectories = await Promise.all(
    names.sort().map(async (path) => {
      const value = await readFile(join(folder, path, 'migration.sql'), 'utf8')
      return { path, migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value } } }
    }),
  )
  const lockfile = { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' }
  return { baseDir: folder, lockfile, shadowDbInitScript: '', migrationDirectories }
}

function lineOf(script: string, position: string | undefined): string {
  return position ? ` (line ${script.slice(0, Number(position)).split('\n').length})` : ''
}

/** Prisma's adapter cuts scripts at every semicolon, function bodies too; Postgres takes a whole script, as one transaction. */
class WholeScripts extends PrismaPg {
  complaint = ''

  override async connect() {
    const adapter = await super.connect()
    adapter.executeScript = async (script) => {
      try {
        await adapter.underlyingDriver().query(script)
      } catch (error) {
        if (error instanceof pg.DatabaseError)
          this.complaint = `${error.message}${lineOf(script, error.position)}`
        throw error
      }
    }
    return adapter
  }
}

/**
 * Applies what is missing in the database at `url`, acting as countersign_owner, with Prisma's own schema engine
 * and its `_prisma_migrations` table. Returns the names applied now. A migration that fails leaves nothing behind and
 * is tried again next time. Throws StartupProblem when history and folder do not fit.
 */
export async function migrate(url: string, folder = migrationsFolder): Promise<string[]> {
  const lock = new pg.Client({ connectionString: asOwner(url) })
  await lock.connect().catch((error: Error) => {
    throw new StartupProblem(
      `The database cannot be migrated, signing in as countersign_owner failed: ${error.message}.`,
    )
  })
  try {
    await lock.query('SELECT pg_advisory_lock($1)', [lockKey])
    return await applyAll(asOwner(url), await readMigrations(folder))
  } finally {
    await lock.end()
  }
}

async function applyAll(url: string, migrationsList: MigrationList): Promise<string[]> {
  const pool = new pg.Pool({ connectionString: url, max: 1 })
  const factory = new WholeScripts(pool)
  engineClass ??= loadEngine()
  const SchemaEngine = await engineClass
  const bound = bindMigrationAwareSqlAdapterFactory(factory)
  const engine = await SchemaEngine.new({ datamodels: undefined }, () => {}, bound)
  const filters = { externalTables: [], externalEnums: [] }
  try {
    const found = await engine.diagnoseMigrationHistory({
      migrationsList,
      filters,
      optInToShadowDatabase: false,
    })
    for (const migrationName of found.failedMigrationNames)
      await engine.markMigrationRolledBack({ migrationName })
    const edited = found.editedMigrationNames.filter((name) => !found.failedMigrationNames.includes(name))
    if (edited.length > 0)
      throw new StartupProblem(
        `Migration ${edited.join(', ')} was changed after it was applied to this database: put it back, or, for the demo, start with --fresh.`,
      )
    if (found.history && found.history.diagnostic !== 'databaseIsBehind')
      throw new StartupProblem(
        'This database was migrated by another, newer version of Countersign: start that version.',
      )
    const { appliedMigrationNames } = await engine.applyMigrations({ migrationsList, filters })
    return appliedMigrationNames
  } catch (error) {
    if (!factory.complaint) throw error
    throw new StartupProblem(`A migration failed and was rolled back: ${factory.complaint}.`)
  } finally {
    engine.free()
    await pool.end()
  }
}
