// npm run demo [-- --port N] [--fresh] [--services N] [--instances 2]: the product on a pretend platform, from nothing.
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setUp } from './setup.mjs'
import { becomesLeashed, command, root, Stop } from './steps.mjs'

const defaultPort = 4000
const wantsValue = ['--port', '--services', '--instances', '--dir']

function checked(args) {
  for (let at = 0; at < args.length; at += 1) {
    if (args[at] === '--fresh') continue
    if (!wantsValue.includes(args[at]))
      throw new Stop(
        `"${args[at]}" is not known. npm run demo -- [--port N] [--fresh] [--services N] [--instances 1|2] [--dir FOLDER]`,
      )
    at += 1
    if (args[at] === undefined || (args[at - 1] !== '--dir' && !(Number(args[at]) <= 65_535)))
      throw new Stop(`${args[at - 1]} wants a ${args[at - 1] === '--dir' ? 'folder' : 'number'}.`)
  }
  return args
}

/** Asked before anything is built: nobody should wait a minute for this answer. */
async function refuseTakenPort(args) {
  const at = args.indexOf('--port')
  const port = at < 0 ? defaultPort : Number(args[at + 1])
  const taken = await new Promise((done) => {
    const probe = createServer().once('error', () => done(true))
    probe.listen(port, '127.0.0.1', () => probe.close(() => done(false)))
  })
  if (taken) throw new Stop(`Port ${port} is taken: end what listens there, or choose another with --port.`)
}

await command(async () => {
  const args = checked(process.argv.slice(2))
  await refuseTakenPort(args)
  const node = await setUp({ parts: ['client', 'pages'], steps: 5, withTools: true })
  return becomesLeashed(node, [join(root, 'scripts', 'demo-main.ts'), ...args])
})
