import { createArgoClient } from '#lib/argocd/client.ts'
import { registerInstances } from '#lib/catalog/commands.ts'
import { followInstance } from '#lib/catalog/ingest.ts'
import { createDb } from '#lib/platform/db.ts'
import { catalog } from './rules.ts'

/** The product's own loop over one instance, in a process of its own: `follower.ts DATABASE_URL ARGO_URL`. */
const [databaseUrl = '', argoUrl = ''] = process.argv.slice(2)
const db = createDb(databaseUrl)
const client = createArgoClient({
  name: 'main',
  url: argoUrl,
  token: () => 'x',
  maskKey: 'bench',
  listTimeoutMs: 60_000,
})
await registerInstances(db, [{ name: 'main', webUrl: argoUrl }])
const over = new AbortController()
process.once('SIGTERM', () => over.abort())
process.send?.('ready')
await followInstance({ db, client, catalog, sweepEveryMs: 600_000 }, over.signal)
await client.close()
await db.$disconnect()
process.exit(0)
