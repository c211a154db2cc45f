import { createArgoClient } from '#lib/argocd/client.ts'
import { registerInstances } from '#lib/catalog/commands.ts'
import { createSweeper } from '#lib/catalog/ingest.ts'
import { createDb } from '#lib/platform/db.ts'
import { createFloor, parseAll } from './resync-floor.ts'
import { catalog } from './rules.ts'

/**
 * One way of reading a whole list again and again, in a process of its own: `resync-pass.ts KIND DATABASE_URL ARGO_URL`. It
 * answers each message with what the pass took.
 */
export type Pass = { cpuMs: number; grownBytes: number }

const [kind = '', databaseUrl = '', argoUrl = ''] = process.argv.slice(2)

async function ours(): Promise<() => Promise<void>> {
  const db = createDb(databaseUrl)
  const client = createArgoClient({ name: 'main', url: argoUrl, token: () => 'x', maskKey: 'bench' })
  await registerInstances(db, [{ name: 'main', webUrl: argoUrl }])
  const sweep = createSweeper({ db, client, catalog, sweepEveryMs: 600_000 })
  return async () => {
    const failure = await sweep(new AbortController().signal)
    if (failure) throw new Error(failure.message)
  }
}

const pass =
  kind === 'ours'
    ? await ours()
    : kind === 'floor'
      ? await createFloor(databaseUrl, argoUrl)
      : () => parseAll(argoUrl)

process.on('message', async () => {
  globalThis.gc?.()
  const before = process.memoryUsage().rss
  let most = before
  const look = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss)
  }, 20)
  const cpu = process.cpuUsage()
  await pass()
  const { user, system } = process.cpuUsage(cpu)
  clearInterval(look)
  // The one that never lets go in between is asked for its highest mark.
  if (kind === 'parse-all') most = process.resourceUsage().maxRSS * 1_024
  process.send?.({ cpuMs: (user + system) / 1_000, grownBytes: most - before } satisfies Pass)
})
// Where a leash let go of it, the way that nothing but messages keeps alive would end before the first one.
process.channel?.ref()
process.once('SIGTERM', () => process.exit(0))
process.send?.('ready')
