import { loadConfig } from './config.ts'
import { startEmbedded } from './embedded.ts'
import { readEnv } from './env.ts'
import { migrate } from './migrate.ts'
import { databaseUrl } from './role-names.ts'
import { ensureRoles } from './roles.ts'
import { runCommand } from './startup-problem.ts'

const sentence = (applied: string[]) =>
  applied.length === 0 ? 'Nothing to apply: the database is up to date.' : `Applied ${applied.join(', ')}.`

/** `npm run migrate`: the database of DATABASE_URL, or the embedded one of the configuration. */
async function main(): Promise<number> {
  const { DATABASE_URL: url } = readEnv('tool')
  if (url) {
    process.stdout.write(`${sentence(await migrate(url))}\n`)
    return 0
  }
  const say = (line: string) => process.stderr.write(`${line}\n`)
  const server = await startEmbedded({ dir: loadConfig('tool').database.embeddedDir, say })
  try {
    await ensureRoles(server.adminUrl, server.passwords)
    process.stdout.write(`${sentence(await migrate(databaseUrl(server.adminUrl, 'countersign')))}\n`)
    return 0
  } finally {
    await server.stop()
  }
}

if (import.meta.main) await runCommand(main)
