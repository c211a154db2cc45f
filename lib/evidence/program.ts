import 'server-only'
import { checkout } from '#lib/platform/checkout.ts'
import { oneFile } from '#lib/platform/one-file.ts'

const banner = `#!/usr/bin/env node
// Countersign's verifier, made of the very modules that Countersign itself uses; nothing was added but these lines.
// node countersign-verify.mjs --help`

let made: string | undefined

/** The verifier for auditors as the text of one program without dependencies. */
export function verifierProgram(): string {
  made ??= oneFile(checkout(), 'lib/audit/standalone.ts', banner)
  return made
}
