import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { PrismaPg } from '@prisma/adapter-pg'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import * as engineModule from '@prisma/schema-engine-wasm/schema_engine_bg'
import pg from 'pg'
import { StartupProblem } from './startup-problem.ts'

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

/** One migration: the name of its folder, and its SQL. */
export type Script = { name: string; sql: string }

/**
 * Applies, acting as whoever `url` signs in as, the scripts that the database has not seen. Returns their names.
 * Throws StartupProblem when history and scripts do not fit, or one fails.
 */
export async function applyScripts(
  url: string,
  folder: string,
  scripts: readonly Script[],
): Promise<string[]> {
  const migrationsList = {
    baseDir: folder,
    lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
    shadowDbInitScript: '',
    migrationDirectories: scripts.map(({ name, sql }) => ({
      path: name,
      migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value: sql } },
    })),
  }
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
