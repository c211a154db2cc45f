import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openAnchors } from '#lib/anchors/open.ts'
import { loadConfig } from '#lib/platform/config.ts'
import { startEmbedded } from '#lib/platform/embedded.ts'
import { type EnvSource, homeDir, ownEnv, readEnv } from '#lib/platform/env.ts'
import { databaseUrl, roleName } from '#lib/platform/role-names.ts'
import { runCommand, StartupProblem } from '#lib/platform/startup-problem.ts'
import { fileAnchors } from './anchors.ts'
import { verifyDatabase } from './check.ts'
import { fileText, section } from './file-report.ts'
import { CannotCheck, checkFile, readKeys, worstOf } from './files.ts'
import { readVkeys, signerPlaces } from './keys.ts'
import type { Report } from './verify.ts'

const usage = `npm run verify -- [--json] [--vkey FILE] [--anchor FILE]… [--no-anchors] [--log FILE] [FILE…]
Checks the log in the database against its own bytes, the signed checkpoints and the anchors; with files, checks those
instead (evidence packs, exported logs, rows out of them, checkpoints), with no database and no network. --log names a
whole exported log that rows are held against.
Exit codes: 0 whole, 1 could not check, 2 tampered, 3 behind an anchor, 4 unsealed entries, 5 unknown key or origin.`

const demo = '.countersign/demo'

function readArgs(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        json: { type: 'boolean' },
        help: { type: 'boolean' },
        vkey: { type: 'string' },
        anchor: { type: 'string', multiple: true },
        log: { type: 'string' },
        'no-anchors': { type: 'boolean' },
      },
    })
  } catch (error) {
    throw new StartupProblem(`${(error as Error).message}\n${usage}`)
  }
}

function lazily<T>(make: () => T): () => T {
  let made: { value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

/** The signer's right to read is all it takes. */
async function openEmbedded(dir: string): Promise<{ url: string; close: () => Promise<void> }> {
  if (!existsSync(join(dir, 'passwords.json')))
    throw new StartupProblem(
      `There is no database in ${dir}: start Countersign first, or give its address in DATABASE_URL_SIGNER.`,
    )
  const server = await startEmbedded({ dir })
  const account = { user: roleName('signer'), password: server.passwords.signer }
  return { url: databaseUrl(server.adminUrl, 'countersign', account), close: server.stop }
}

const headlines = {
  whole: 'The log is whole.',
  tampered: 'The log was tampered with.',
  behind: 'The log ends too early.',
  unsealed: 'The log has entries that were never sealed.',
  unknown: 'The log is signed by somebody unknown.',
} as const satisfies Record<Report['verdict'], string>

/** The report for people: what is wrong first, then what was proved and what could not be. */
export function reportText(report: Report): string {
  const at = report.firstBad === undefined ? '' : ` First bad index: ${report.firstBad}.`
  return [
    `${headlines[report.verdict]}${at} ${report.size} entries of ${report.origin}, ${report.anchoredSize} of them anchored.`,
    ...section(
      'Found',
      report.findings.map(({ sentence }) => sentence),
    ),
    ...section('Proved', report.proved),
    ...section('Not proved', report.notProved),
    '',
  ].join('\n')
}

/** The installation that is named, else that of this folder, else the demo that was tried in it. */
function surroundings(env: EnvSource): EnvSource {
  const named = env.COUNTERSIGN_CONFIG ?? env.COUNTERSIGN_HOME ?? env.DATABASE_URL_SIGNER ?? env.DATABASE_URL
  if (named || existsSync('countersign.yaml') || !existsSync(join(demo, 'countersign.yaml'))) return env
  return {
    ...env,
    COUNTERSIGN_CONFIG: join(demo, 'countersign.yaml'),
    COUNTERSIGN_HOME: join(demo, '.countersign'),
  }
}

/** The same checks as the verifier in one file, with the key of this installation unless another is named. */
async function verifyFiles(
  files: readonly string[],
  vkey: string,
  {
    anchor = [],
    json,
    log,
  }: { anchor?: string[] | undefined; json?: boolean | undefined; log?: string | undefined },
  write: (text: string) => void,
): Promise<number> {
  try {
    const keys = existsSync(vkey) ? await readKeys([vkey]) : []
    const anchors = await Promise.all(fileAnchors(anchor).map((each) => each.read()))
    const reports = []
    for (const file of files) {
      const report = await checkFile(file, { keys, anchors, log })
      reports.push(report)
      write(json ? `${JSON.stringify(report)}\n` : fileText(report))
    }
    return worstOf(reports)
  } catch (error) {
    if (error instanceof CannotCheck) throw new StartupProblem(error.message)
    throw error
  }
}

/** `npm run verify`: exit code as the report says. Throws StartupProblem when it could not check. */
export async function verifyCommand(
  args: string[],
  write: (text: string) => void,
  source: EnvSource = ownEnv(),
): Promise<number> {
  const { values, positionals } = readArgs(args)
  if (values.help) {
    write(`${usage}\n`)
    return 0
  }
  const env = surroundings(source)
  const tool = readEnv('tool', env)
  // An auditor with an address, a key and a copy of the anchor needs no configuration.
  const config = lazily(() => loadConfig('signer', env))
  const vkey = values.vkey ?? signerPlaces(homeDir(env), tool.COUNTERSIGN_SIGNING_KEY).vkey
  if (positionals.length > 0) return verifyFiles(positionals, vkey, values, write)
  const given = values['no-anchors'] ? [] : values.anchor
  const anchors = given ? fileAnchors(given) : openAnchors(config().anchors)
  const url = tool.DATABASE_URL_SIGNER ?? tool.DATABASE_URL
  const database = url ? { url, close: async () => {} } : await openEmbedded(config().database.embeddedDir)
  try {
    const keys = (await readVkeys(vkey)) ?? []
    const report = await verifyDatabase({ url: database.url, anchors, keys })
    write(values.json ? `${JSON.stringify(report)}\n` : reportText(report))
    return report.exitCode
  } finally {
    await database.close()
  }
}

if (import.meta.main)
  await runCommand(() => verifyCommand(process.argv.slice(2), (text) => process.stdout.write(text)))
