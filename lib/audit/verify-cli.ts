import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { loadConfig } from '#lib/platform/config.ts'
import { startEmbedded } from '#lib/platform/embedded.ts'
import { homeDir, readEnv } from '#lib/platform/env.ts'
import { databaseUrl, roleName } from '#lib/platform/roles.ts'
import { runCommand, StartupProblem } from '#lib/platform/startup-problem.ts'
import { fileAnchors } from './anchors.ts'
import { verifyDatabase } from './check.ts'
import { readVkeys, signerPlaces } from './keys.ts'
import type { Report } from './verify.ts'

const usage = `npm run verify -- [--json] [--vkey FILE] [--anchor FILE]… [--no-anchors]
Checks the log in the database against its own bytes, the signed checkpoints and the anchors.
Exit codes: 0 whole, 1 could not check, 2 tampered, 3 behind an anchor, 4 unsealed entries, 5 unknown key or origin.`

/** The signer's right to read is all it takes; without an address the embedded database of this folder is used. */
async function openDatabase(embeddedDir: string): Promise<{ url: string; close: () => Promise<void> }> {
  const env = readEnv('tool')
  const url = env.DATABASE_URL_SIGNER ?? env.DATABASE_URL
  if (url) return { url, close: async () => {} }
  if (!(await stat(join(embeddedDir, 'passwords.json')).catch(() => undefined)))
    throw new StartupProblem(
      `There is no database in ${embeddedDir}: start Countersign first, or give its address in DATABASE_URL_SIGNER.`,
    )
  const server = await startEmbedded({ dir: embeddedDir })
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
  const list = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)]
  return [
    `${headlines[report.verdict]}${at} ${report.size} entries of ${report.origin}, ${report.anchoredSize} of them anchored.`,
    ...list(
      'Found',
      report.findings.map(({ sentence }) => sentence),
    ),
    ...list('Proved', report.proved),
    ...list('Not proved', report.notProved),
    '',
  ].join('\n')
}

/** `npm run verify`: exit code as the report says. */
export async function verifyCommand(args: string[], write: (text: string) => void): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      json: { type: 'boolean' },
      help: { type: 'boolean' },
      vkey: { type: 'string' },
      anchor: { type: 'string', multiple: true },
      'no-anchors': { type: 'boolean' },
    },
  })
  if (values.help) {
    write(`${usage}\n`)
    return 0
  }
  const places = signerPlaces(homeDir(), readEnv('tool').COUNTERSIGN_SIGNING_KEY)
  const config = loadConfig('signer')
  const paths = values['no-anchors'] ? [] : (values.anchor ?? config.anchors.map(({ path }) => path))
  const database = await openDatabase(config.database.embeddedDir)
  try {
    const keys = (await readVkeys(values.vkey ?? places.vkey)) ?? []
    const report = await verifyDatabase({ url: database.url, anchors: fileAnchors(paths), keys })
    write(values.json ? `${JSON.stringify(report)}\n` : reportText(report))
    return report.exitCode
  } finally {
    await database.close()
  }
}

if (import.meta.main)
  await runCommand(() => verifyCommand(process.argv.slice(2), (text) => process.stdout.write(text)))
