import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { clock } from '#lib/platform/clock.ts'
import { ownEnv } from '#lib/platform/env.ts'
import { freePort } from '#lib/platform/postmaster.ts'
import { StartupProblem } from '#lib/platform/startup-problem.ts'
import { keepRunning } from '#lib/worker/supervision.ts'
import { benchDir } from '../places.ts'
import { run } from '../run-program.ts'

/** Pinned, so that two runs compare the same peer. */
const packages = {
  '@backstage/backend-defaults': '0.18.0',
  '@backstage/backend-plugin-api': '1.10.1',
  '@backstage/plugin-catalog-backend': '4.0.0',
  '@backstage/plugin-catalog-node': '2.2.5',
}
const processedWithinMs = 420_000

export type Backstage = { url: string; close: () => Promise<void> }

async function install(dir: string, say: (line: string) => void): Promise<void> {
  const wanted = JSON.stringify({ name: 'peer', private: true, dependencies: packages })
  await mkdir(dir, { recursive: true })
  const stamp = join(dir, 'installed.json')
  if ((await readFile(stamp, 'utf8').catch(() => '')) === wanted) return
  say('Installing Backstage into the cache folder of the benches (about 350 MB)')
  await writeFile(join(dir, 'package.json'), wanted)
  const cli = ownEnv().npm_execpath
  if (!cli) throw new StartupProblem('This bench installs a peer with npm: start it with npm run bench.')
  await run([cli, 'install', '--prefix', dir, '--no-audit', '--no-fund', '--ignore-scripts'], ownEnv())
  await writeFile(stamp, wanted)
}

const configuration = (port: number, postgres: URL) => `
backend:
  baseUrl: http://127.0.0.1:${port}
  listen: { host: 127.0.0.1, port: ${port} }
  auth: { dangerouslyDisableDefaultAuthPolicy: true }
  database:
    client: pg
    connection:
      host: ${postgres.hostname}
      port: ${postgres.port}
      user: ${postgres.username}
      password: ${JSON.stringify(decodeURIComponent(postgres.password))}
catalog:
  processingInterval: { hours: 24 }
  rules: [{ allow: [Component] }]
`

/**
 * A real Backstage catalog with that many components, all processed, its sign-in switched off, its tables in databases of
 * its own on the given server. Its packages come from npm into the benches' cache folder, never into our dependencies.
 */
export async function startBackstage(
  adminUrl: string,
  services: number,
  say: (line: string) => void,
): Promise<Backstage> {
  const dir = join(benchDir, 'backstage')
  await install(dir, say)
  const port = await freePort()
  if (port === undefined) throw new Error('no free port')
  await writeFile(join(dir, 'app-config.yaml'), configuration(port, new URL(adminUrl)))
  await copyFile(join(import.meta.dirname, 'backstage.cjs'), join(dir, 'backstage.cjs'))
  const child = keepRunning(
    {
      name: 'backstage',
      args: ['--no-node-snapshot', join(dir, 'backstage.cjs'), '--config', join(dir, 'app-config.yaml')],
      env: { ...ownEnv(), NODE_ENV: 'production', LOG_LEVEL: 'error', PEER_SERVICES: String(services) },
    },
    () => {},
  )
  const url = `http://127.0.0.1:${port}/api/catalog`
  const deadlineMs = clock.monotonicMs() + processedWithinMs
  say(`Waiting until Backstage has processed ${services} components`)
  for (;;) {
    const found = await fetch(`${url}/entities/by-query?limit=1&filter=kind=component`)
      .then((answer) => answer.json() as Promise<{ totalItems?: number }>)
      .catch(() => ({ totalItems: 0 }))
    if (found.totalItems === services) return { url, close: child.stop }
    if (clock.monotonicMs() > deadlineMs || child.crashes() > 0) {
      await child.stop()
      throw new Error(`Backstage has ${found.totalItems} of ${services}:\n${child.lastLines().join('\n')}`)
    }
    await sleep(500)
  }
}
