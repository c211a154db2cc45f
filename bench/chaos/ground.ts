import { type ChildProcess, spawn } from 'node:child_process'
import { appendFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import type { Viewer } from '#lib/access/policy.ts'
import { type Prepared, prepareEmbedded, removeEmbedded } from '#lib/platform/embedded.ts'
import { type EnvSource, ownEnv } from '#lib/platform/env.ts'
import { migrate } from '#lib/platform/migrate.ts'
import { freePort, runningPostmaster } from '#lib/platform/postmaster.ts'
import { databaseUrl, type LoginRole, roleName } from '#lib/platform/role-names.ts'
import { ensureRoles } from '#lib/platform/roles.ts'
import { placesFor } from '#lib/platform/unprivileged.ts'
import * as seed from '#lib/releases/testing.ts'
import { type Sandbox, startSandbox } from '#sandbox/sandbox.ts'
import { benchDir, root } from '../places.ts'
import { generatedNames } from '../stack.ts'
import { startWay, type Way } from './way.ts'

/** A process that is started anew whenever it ends, until it is told to stay down. */
export type Kept = { child: () => ChildProcess; stop: () => Promise<void> }
export type Ground = {
  sandbox: Sandbox
  way: Way
  urls: Record<LoginRole | 'admin', string>
  dir: string
  services: string[]
  people: Viewer[]
  keep: (name: string, entry: string, args: string[]) => Kept
  once: (name: string, entry: string, args: string[]) => ChildProcess
  /** A connection of the administrator's, made anew: the server may have been away. */
  ask: <T extends pg.QueryResultRow>(sql: string, values?: unknown[]) => Promise<T[]>
  /** Ends Postgres as a power cut of the process would, and starts it again. */
  hitPostgres: () => Promise<void>
  close: () => Promise<void>
}

const database = 'chaos'

/** Below those that connections get: nobody takes it while the server is away. */
async function lastingPort(): Promise<number> {
  for (let tries = 0; tries < 50; tries++) {
    const port = await freePort(20_000 + Math.floor(Math.random() * 12_000))
    if (port !== undefined) return port
  }
  throw new Error('no free port')
}

/** A sandbox behind bad weather, a Postgres of its own, people, and a way to start real processes. */
export async function prepareGround(name: string, count: number): Promise<Ground> {
  const dir = join(benchDir, name)
  const postgres = join(dir, 'postgres')
  await removeEmbedded(postgres)
  await rm(dir, { recursive: true, force: true })
  await mkdir(dir, { recursive: true })
  // Commits must outlast the blows: only what survives a power cut of the machine is given up.
  const settings = { fsync: 'off', max_connections: '200' }
  const options = { dir: postgres, settings, port: await lastingPort() }
  let server: Prepared = await prepareEmbedded(options)
  await server.start()
  const { adminUrl, passwords } = server
  await ensureRoles(adminUrl, passwords, database)
  const admin = databaseUrl(adminUrl, database)
  await migrate(admin)
  const as = (role: LoginRole) =>
    databaseUrl(adminUrl, database, { user: roleName(role), password: passwords[role] })
  const urls = { admin, web: as('web'), worker: as('worker'), signer: as('signer') }
  const client = await seed.connect(admin)
  // The one thing that is otherwise than in earnest: a quiet period may be shorter than a minute.
  await client.query('ALTER TABLE rel.intent DROP CONSTRAINT intent_check')
  const people: Viewer[] = []
  for (const [i, role] of (['developer', 'approver', 'approver'] as const).entries()) {
    const groups = role === 'approver' ? ['/shop/approvers'] : ['/shop/developers']
    const { account, person } = await seed.seedPerson(client, `Person ${i}`, { groups })
    const ids = { accountId: account, personId: person, name: `Person ${i}`, initials: 'P' }
    people.push({ ...ids, groups, grants: [{ role }], service: false, enabled: true })
  }
  await client.end()
  const services = generatedNames(count)
  const sandbox = await startSandbox({ services: count, speed: 10 })
  for (const service of services) sandbox.world.commit({ service, envs: ['prod'], version: '2.0.0' })
  const way = await startWay(sandbox.argoCd.url)
  const config = await sandbox.writeConfig(dir)
  const text = await readFile(config, 'utf8')
  await writeFile(config, text.replaceAll(sandbox.argoCd.url, way.url))
  const log = join(dir, 'processes.log')
  const env = {
    ...ownEnv(),
    COUNTERSIGN_CONFIG: config,
    COUNTERSIGN_HOME: join(dir, 'home'),
    DATABASE_URL_SIGNER: urls.signer,
  }
  const running = new Set<ChildProcess>()
  const once = (title: string, entry: string, args: string[]): ChildProcess => {
    const child = spawn(process.execPath, ['--conditions=react-server', join(root, entry), ...args], {
      env: env as EnvSource as NodeJS.ProcessEnv,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (bytes: Buffer) => void appendFile(log, `${title} | ${bytes}`))
    running.add(child)
    child.once('exit', () => running.delete(child))
    return child
  }
  return {
    ...{ sandbox, way, urls, dir, services, people, once },
    keep(title, entry, args) {
      let over = false
      let child: ChildProcess
      const begin = () => {
        child = once(title, entry, args)
        child.once('exit', () => {
          // What cannot start, because the database is away, tries again and does not turn in circles.
          if (!over) setTimeout(() => over || begin(), 200)
        })
      }
      begin()
      return {
        child: () => child,
        async stop() {
          over = true
          if (child.exitCode !== null || child.signalCode !== null) return
          const gone = new Promise((done) => child.once('exit', done))
          child.kill('SIGCONT')
          child.kill('SIGKILL')
          await gone
        },
      }
    },
    async ask(sql, values = []) {
      const client = await seed.connect(admin)
      try {
        return (await client.query(sql, values)).rows
      } finally {
        await client.end()
      }
    },
    async hitPostgres() {
      const { data } = await placesFor(postgres, () => {})
      const postmaster = await runningPostmaster(data)
      if (postmaster) process.kill(postmaster.pid, 'SIGQUIT')
      while (await runningPostmaster(data)) await pause(25)
      // Whatever holds it for a moment, such as what is left of a connection, lets go.
      for (let tries = 1; ; tries++)
        try {
          server = await prepareEmbedded(options)
          return await server.start()
        } catch (error) {
          if (tries === 60) throw error
          await pause(500)
        }
    },
    async close() {
      for (const child of running) child.kill('SIGKILL')
      await way.close()
      await sandbox.close()
      await server.stop()
      await removeEmbedded(postgres)
    },
  }
}
