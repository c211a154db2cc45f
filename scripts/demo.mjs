// npm run demo [-- --port N] [--fresh] [--services N]: the product on a pretend platform, from nothing.
import { join } from 'node:path'
import { setUp } from './setup.mjs'
import { becomes, command, root, Stop } from './steps.mjs'

const wantsValue = ['--port', '--services', '--dir']

function checked(args) {
  for (let at = 0; at < args.length; at += 1) {
    if (args[at] === '--fresh') continue
    if (!wantsValue.includes(args[at]))
      throw new Stop(
        `"${args[at]}" is not known. npm run demo -- [--port N] [--fresh] [--services N] [--dir FOLDER]`,
      )
    at += 1
    if (args[at] === undefined || (args[at - 1] !== '--dir' && !/^\d{1,5}$/.test(args[at])))
      throw new Stop(`${args[at - 1]} wants a ${args[at - 1] === '--dir' ? 'folder' : 'number'}.`)
  }
  return args
}

await command(async () => {
  const args = checked(process.argv.slice(2))
  const node = await setUp({ parts: ['client', 'pages'], steps: 5, withTools: true })
  return becomes(node, [join(root, 'scripts', 'demo-main.ts'), ...args])
})
