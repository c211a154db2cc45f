import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { clock, type Instant } from '#lib/platform/clock.ts'
import { type Config, ConfigError, loadConfig } from '#lib/platform/config.ts'
import { startEmbedded } from '#lib/platform/embedded.ts'
import { type EnvSource, ownEnv, readEnv } from '#lib/platform/env.ts'
import { databaseUrl, roleName } from '#lib/platform/role-names.ts'
import { runCommand, StartupProblem } from '#lib/platform/startup-problem.ts'
import { examineAnchors } from './doctor/anchors.ts'
import { examineInstance } from './doctor/argocd.ts'
import { examineDatabase } from './doctor/database.ts'
import { about, blocks, type Finding, findingsJson, findingsText } from './doctor/finding.ts'
import { examineSignIn } from './doctor/sign-in.ts'
import { examineStream } from './doctor/stream.ts'
import { examineGit, examineSignals } from './doctor/systems.ts'

/** A part that breaks off must not hide what the others found. */
async function guarded(area: string, work: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await work()
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return [
      about(area).blocking(
        error instanceof StartupProblem ? message : `This could not be tried: ${message}.`,
      ),
    ]
  }
}

function tryConfig(env: EnvSource): { config?: Config; findings: Finding[] } {
  const says = about('configuration')
  try {
    const config = loadConfig('tool', env)
    const { instances, catalog } = config
    const parts = [
      `Argo CD ${instances.map((instance) => instance.name).join(', ')}`,
      `environments ${catalog.environments.map((environment) => environment.name).join(', ')}`,
      `rules ${catalog.rules.map((rule) => rule.name).join(', ')}`,
    ]
    return { config, findings: [says.fine(`The configuration is in order: ${parts.join('; ')}.`)] }
  } catch (error) {
    if (error instanceof ConfigError)
      return { findings: error.message.split('\n').map((line) => says.blocking(line)) }
    if (error instanceof StartupProblem) return { findings: [says.blocking(error.message)] }
    throw error
  }
}

/** The database as `npm start` would use it: the addresses given, or the embedded server of this folder. */
async function tryDatabase(config: Config | undefined, env: EnvSource): Promise<Finding[]> {
  const given = readEnv('tool', env)
  const urls = {
    owner: given.DATABASE_URL,
    web: given.DATABASE_URL_WEB,
    worker: given.DATABASE_URL_WORKER,
    signer: given.DATABASE_URL_SIGNER,
  }
  if (urls.web ?? urls.worker ?? urls.signer) return examineDatabase(urls)
  const says = about('database')
  if (!config)
    return [says.note('The configuration is not in order, so the embedded PostgreSQL was not tried.')]
  const ignored = urls.owner
    ? [
        says.warning(
          'DATABASE_URL is set, but no address of web, worker and signer: npm start would use the embedded PostgreSQL.',
        ),
      ]
    : []
  const dir = config.database.embeddedDir
  if (!existsSync(join(dir, 'passwords.json')))
    return [
      ...ignored,
      says.note(`The embedded PostgreSQL is not set up yet; npm start sets it up in ${dir}.`),
    ]
  const server = await startEmbedded({ dir })
  try {
    const at = (role: 'web' | 'worker' | 'signer') =>
      databaseUrl(server.adminUrl, 'countersign', { user: roleName(role), password: server.passwords[role] })
    const found = await examineDatabase({
      owner: databaseUrl(server.adminUrl, 'countersign'),
      web: at('web'),
      worker: at('worker'),
      signer: at('signer'),
    })
    return [...ignored, ...found]
  } finally {
    await server.stop()
  }
}

/** Tries everything that a running Countersign needs. Changes nothing anywhere. */
export async function examine(now: Instant, env: EnvSource = ownEnv()): Promise<Finding[]> {
  const { config, findings } = tryConfig(env)
  const database = guarded('database', () => tryDatabase(config, env))
  if (!config) return [...findings, ...(await database)]
  const parts = await Promise.all([
    database,
    ...config.instances.map((instance) =>
      guarded(`argocd ${instance.name}`, () => examineInstance(instance, config.catalog, now)),
    ),
    guarded('sign-in', () => examineSignIn(config)),
    guarded('signals', () => examineSignals(config.signals)),
    guarded('git', () => examineGit(config.evidence.git, now)),
    guarded('anchors', () => examineAnchors(config.anchors)),
    guarded('stream', () => examineStream(config.audit.stream)),
  ])
  return [...findings, ...parts.flat()]
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } })
  const findings = await examine(clock.now())
  process.stdout.write(`${values.json ? findingsJson(findings) : findingsText(findings)}\n`)
  return blocks(findings) ? 1 : 0
}

if (import.meta.main) await runCommand(main)
