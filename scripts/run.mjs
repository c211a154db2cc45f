// node scripts/run.mjs [--pages] ENTRY [ARGUMENT…]: sets up what is missing, then runs a TypeScript entry on Node 24.
import { setUp } from './setup.mjs'
import { becomes, command } from './steps.mjs'

await command(async () => {
  const args = process.argv.slice(2)
  const parts = args[0] === '--pages' ? ['client', 'pages'] : ['client']
  if (args[0] === '--pages') args.shift()
  const node = await setUp({ parts, withTools: false, quiet: true })
  return becomes(node, ['--conditions=react-server', ...args])
})
