// node scripts/run.mjs [FLAG…] ENTRY [ARGUMENT…]: sets up what is missing, then runs a TypeScript entry on Node 24.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setUp } from './setup.mjs'
import { becomesLeashed, command, root, say } from './steps.mjs'

const flags = {
  /** Needs built pages. */
  '--pages': false,
  /** Without the condition that lets server-only modules be imported: for whatever starts Next itself. */
  '--plain': false,
  /** Looks at the demo when there is no installation of one's own. */
  '--or-demo': false,
  /** One of the three processes, started alone. */
  '--web': false,
  '--worker': false,
  '--signer': false,
}

function demoEnvironment() {
  const demo = join(root, '.countersign', 'demo')
  const file = join(demo, 'countersign.yaml')
  const own = process.env.COUNTERSIGN_CONFIG || existsSync(join(root, 'countersign.yaml'))
  if (own || !existsSync(file)) return {}
  say(`There is no countersign.yaml here; this looks at the demo (${file}).`)
  return { COUNTERSIGN_CONFIG: file, COUNTERSIGN_HOME: join(demo, '.countersign') }
}

await command(async () => {
  const args = process.argv.slice(2)
  while (args[0] in flags) flags[args.shift()] = true
  const node = await setUp({
    parts: flags['--pages'] ? ['client', 'pages'] : ['client'],
    withTools: false,
    quiet: true,
  })
  const kind = ['web', 'worker', 'signer'].find((name) => flags[`--${name}`])
  const env = {
    ...process.env,
    ...(kind ? { COUNTERSIGN_PROCESS: kind } : {}),
    ...(flags['--or-demo'] ? demoEnvironment() : {}),
  }
  return becomesLeashed(node, [...(flags['--plain'] ? [] : ['--conditions=react-server']), ...args], env)
})
