// The verifier for auditors: one program of everything it imports, for any Node from 20.12 on. It opens no connection
// and needs nothing but the files it is given.
import { parseArgs } from 'node:util'
import { fileAnchors } from './anchors.ts'
import { fileText } from './file-report.ts'
import { CannotCheck, checkFile, readKeys, worstOf } from './files.ts'

const usage = `node countersign-verify.mjs --vkey FILE [--anchor FILE]… [--log FILE] [--json] FILE…
Checks evidence packs, exported logs, rows out of them and checkpoints of Countersign, with no database and no network.
  --vkey FILE    the key the log is signed with, from somebody you trust, not from the file you check
  --anchor FILE  a copy of an anchor outside the database; several may be given
  --log FILE     a whole exported log that single rows (CSV, JSON, OCSF, or from a log collector) are held against
Exit codes: 0 whole, 1 could not check, 2 tampered, 3 behind an anchor, 4 unsealed entries, 5 unknown key or origin.
`

const options = {
  json: { type: 'boolean' },
  help: { type: 'boolean' },
  vkey: { type: 'string', multiple: true },
  anchor: { type: 'string', multiple: true },
  log: { type: 'string' },
} as const

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ options, allowPositionals: true })
  if (values.help || positionals.length === 0) {
    process.stdout.write(usage)
    return values.help ? 0 : 1
  }
  const keys = await readKeys(values.vkey ?? [])
  const anchors = await Promise.all(fileAnchors(values.anchor ?? []).map((anchor) => anchor.read()))
  const reports = []
  for (const path of positionals) {
    const report = await checkFile(path, { keys, anchors, log: values.log })
    reports.push(report)
    process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : fileText(report))
  }
  return worstOf(reports)
}

try {
  process.exitCode = await main()
} catch (error) {
  const expected =
    error instanceof CannotCheck || (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS')
  process.stderr.write(expected ? `${(error as Error).message}\n` : `${(error as Error).stack}\n`)
  process.exitCode = 1
}
