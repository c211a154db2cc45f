import { appendFile, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ensureAccount, openSession } from '#lib/access/commands.ts'
import type { Role, Viewer } from '#lib/access/policy.ts'
import { hashSessionId, sessionLife } from '#lib/access/session.ts'
import { clock, plus } from '#lib/platform/clock.ts'
import { type Config, loadConfig } from '#lib/platform/config.ts'
import { createDb, type Db } from '#lib/platform/db.ts'
import { removeEmbedded } from '#lib/platform/embedded.ts'
import { type EnvSource, ownEnv } from '#lib/platform/env.ts'
import { newSecret } from '#lib/platform/ids.ts'
import { freePort } from '#lib/platform/postmaster.ts'
import { requestRelease } from '#lib/releases/commands.ts'
import { policyFor } from '#lib/releases/policy.ts'
import { type Installation, startInstallation } from '#lib/worker/installation.ts'
import { type Sandbox, startSandbox } from '#sandbox/sandbox.ts'
import { benchDir } from './places.ts'

export type Person = Viewer & { cookie: string }

/** A whole installation of real processes and an embedded Postgres with its usual, safe settings, on a sandbox. */
export type Stack = {
  sandbox: Sandbox
  config: Config
  env: EnvSource
  /** For one more web process on the same database. */
  webEnv: EnvSource
  address: string
  db: Db
  people: { developer: Person; first: Person; second: Person }
  /** HTML of one of our pages, for the developer unless told. Throws unless it is answered with 200. */
  page: (path: string, cookie?: string) => Promise<string>
  /** Ends the processes and the database; the sandbox stays. */
  pause: () => Promise<void>
  close: () => Promise<void>
}

/** Looks again and again until there is something. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | null | undefined>,
  waitMaxMs = 60_000,
): Promise<T> {
  const deadlineMs = clock.monotonicMs() + waitMaxMs
  for (;;) {
    const found = await look()
    if (found !== null && found !== undefined) return found
    if (clock.monotonicMs() > deadlineMs) throw new Error(`${what}: nothing within ${waitMaxMs / 1000} s`)
    await sleep(25)
  }
}

/** Somebody with a session of their own, as sign-in would have made it. */
export async function signedIn(
  db: Db,
  config: Config,
  name: string,
  role: Role,
  group: string,
): Promise<Person> {
  const identity = {
    issuer: config.access.issuer,
    subject: `bench-${name}`,
    name,
    email: undefined,
    groups: [group],
  }
  const account = await ensureAccount(db, identity)
  const id = newSecret()
  const now = clock.now()
  const opened = await openSession(db, {
    identity,
    account,
    idHash: hashSessionId(id) ?? '',
    replaces: undefined,
    now,
    expiresAt: plus(now, sessionLife.absoluteMs),
  })
  if (!opened.ok) throw new Error(`${name} is not let in`)
  return {
    ...opened.value,
    name,
    initials: name.slice(0, 1),
    groups: [group],
    grants: [{ role }],
    service: false,
    enabled: true,
    cookie: `countersign=${id}`,
  }
}

/** The generated services, as sandbox/world/fleet-generated.ts calls them. */
export const generatedNames = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `svc-${String(index + 1).padStart(4, '0')}`)

type StackOptions = {
  /** Whether prod of each generated service has a commit to wait for; true unless told. */
  behind?: boolean
  /** A folder of its own below that of the benches. */
  name?: string
  /** Addresses of a Postgres of the caller's. */
  databases?: EnvSource
}

const sweptWithinMs = 300_000

/** Starts everything with that many generated services beside the named ones, and waits for the first sweep. */
export async function startStack(services: number, options: StackOptions = {}): Promise<Stack> {
  const { behind = true, name = 'installation', databases } = options
  const dir = join(benchDir, name)
  // The world is a new one each time, so what an earlier run knew of it is wrong.
  await removeEmbedded(join(dir, '.countersign', 'postgres'))
  await rm(dir, { recursive: true, force: true })
  await mkdir(dir, { recursive: true })
  const log = join(dir, 'bench.log')
  await writeFile(log, '')
  const port = await freePort()
  const address = `http://127.0.0.1:${port}`
  const sandbox = await startSandbox({ services, portalUrl: address, speed: 10 })
  // One commit after another in one repository: all of them before anybody looks, or every plan would move each time.
  for (const service of behind ? generatedNames(services) : [])
    sandbox.world.commit({ service, envs: ['prod'], version: '2.0.0' })
  const env = {
    ...ownEnv(),
    ...databases,
    COUNTERSIGN_CONFIG: await sandbox.writeConfig(dir),
    COUNTERSIGN_HOME: join(dir, '.countersign'),
    COUNTERSIGN_HOST: '127.0.0.1',
    PORT: String(port),
  }
  const config = loadConfig('tool', env)
  const installation: Installation = await startInstallation({
    env,
    onLine: (name, line) => void appendFile(log, `${name} | ${line}\n`),
  })
  const db = createDb(installation.databaseUrls.web)
  const people = {
    developer: await signedIn(db, config, 'Devi', 'developer', '/shop/developers'),
    first: await signedIn(db, config, 'Adam', 'approver', '/shop/approvers'),
    second: await signedIn(db, config, 'Bela', 'approver', '/shop/approvers'),
  }
  const count = Object.keys(sandbox.world.state().applications).length
  const swept = async () => ((await db.application.count({ where: { goneAt: null } })) >= count ? true : null)
  await eventually('the first sweep', swept, sweptWithinMs)
  let running = true
  const pause = async () => {
    if (!running) return
    running = false
    await db.$disconnect()
    await installation.stop()
  }
  return {
    sandbox,
    config,
    env,
    webEnv: { ...env, DATABASE_URL_WEB: installation.databaseUrls.web },
    address,
    db,
    people,
    async page(path, cookie = people.developer.cookie) {
      const answer = await fetch(`${address}${path}`, { headers: { cookie }, redirect: 'manual' })
      if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}`)
      return answer.text()
    },
    pause,
    async close() {
      await pause()
      await sandbox.close()
    },
  }
}

/** Waits for the plan of an application and requests its release; a plan that moves meanwhile is waited for again. */
export async function requestFor(
  { db, config, people }: Stack,
  name: string,
): Promise<{ id: string; plan: string; application: string }> {
  return eventually(`the request for ${name}`, async () => {
    const row = await db.application.findFirst({ where: { name } })
    if (!row?.planDigest) return null
    const input = { application: row.id, plan: row.planDigest, reason: 'measured by a bench' }
    const made = await requestRelease(db, input, people.developer, clock.now(), (where) =>
      policyFor(config.policies, where),
    )
    if (made.ok) return { id: made.value.id, plan: row.planDigest, application: row.id }
    if (made.refusal.code === 'already-open') {
      const open = await db.release.findFirst({ where: { applicationId: row.id, finishedAt: null } })
      return open && { id: open.id, plan: open.planDigest, application: row.id }
    }
    return null
  })
}
