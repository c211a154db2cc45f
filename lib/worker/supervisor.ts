import { ownEnv } from '#lib/platform/early-env.ts'
import { runCommand } from '#lib/platform/startup-problem.ts'
import { endRequested, startInstallation } from './installation.ts'

const width = 'database'.length

/** `npm start`: runs until it is told to end. */
async function main(): Promise<number> {
  const end = endRequested()
  const onLine = (name: string, line: string) => process.stderr.write(`${name.padEnd(width)} | ${line}\n`)
  const installation = await startInstallation({ env: ownEnv(), onLine })
  process.stdout.write(`Ready: ${installation.address}\n`)
  await end
  await installation.stop()
  return 0
}

if (import.meta.main) await runCommand(main)
