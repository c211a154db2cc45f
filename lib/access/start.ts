import 'server-only'
import { createHash } from 'node:crypto'
import { canonicalBytes } from '#lib/audit/canonical.ts'
import { record } from '#lib/audit/record.ts'
import type { Config } from '#lib/platform/config.ts'
import { getDb } from '#lib/platform/context.ts'
import { type Db, inTransaction } from '#lib/platform/db.ts'
import { readEnv } from '#lib/platform/env.ts'
import { told } from '#lib/platform/gate.ts'
import { isDevelopment, keepConfig } from '#lib/platform/per-process.ts'
import { StartupProblem } from '#lib/platform/startup-problem.ts'

const digest = (value: unknown) => createHash('sha256').update(canonicalBytes(value)).digest('hex')

/** Writes down which rules this process works by. No secret stands in the configuration, only where secrets are. */
export function recordConfiguration(db: Db, config: Config): Promise<string> {
  return inTransaction(db, (tx) =>
    record(tx, {
      type: 'configuration.loaded',
      actor: { kind: 'system', name: 'web' },
      subject: {},
      data: { configuration: digest(config), roles: digest(config.access.grants), process: 'web' },
    }),
  )
}

/** What the supervisor read and checked for us, or, started alone, what we read ourselves. */
async function configuration(): Promise<Config> {
  const given = await told().configuration
  if (given) return given as Config
  const { loadConfig } = await import('#lib/platform/config.ts')
  return loadConfig('web')
}

/** Before the first request: nothing is decided by rules that the log does not know of. Ends the process otherwise. */
export async function startWeb(): Promise<void> {
  try {
    const config = keepConfig(await configuration())
    isDevelopment(() => readEnv('web').NODE_ENV === 'development')
    await told().database
    await recordConfiguration(getDb(), config)
  } catch (error) {
    if (!(error instanceof StartupProblem)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exit(1)
  }
}
