import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, inject } from 'vitest'
import type { TestProject } from 'vitest/node'
import { type Embedded, type Passwords, startEmbedded, testSettings } from './embedded.ts'
import { newSecret } from './ids.ts'
import { migrate } from './migrate.ts'
import { perProcess } from './per-process.ts'
import { asOwner, databaseUrl, type LoginRole, loginRoles, roleName } from './role-names.ts'
import { databaseGrants, ensureRoles } from './roles.ts'

declare module 'vitest' {
  interface ProvidedContext {
    postgres: { adminUrl: string; passwords: Passwords }
  }
}

/** One address per role; `owner` acts as the role that owns every table, `admin` is the superuser. */
export type TestUrls = Record<LoginRole | 'owner' | 'admin', string>

const template = 'countersign_template'

type Shared = { started?: Promise<{ server: Embedded; dir: string }> | undefined; users: number }

/** Each project loads this file anew and runs it; the server and its template are one for all of them. */
const shared = perProcess<Shared>('test-server', () => ({ users: 0 }))

async function startShared(): Promise<{ server: Embedded; dir: string }> {
  const dir = await mkdtemp(join(tmpdir(), 'countersign-test-'))
  // Temporary folders are closed to others; the server runs as another account when we are root.
  await chmod(dir, 0o755)
  const server = await startEmbedded({ dir, settings: testSettings })
  await ensureRoles(server.adminUrl, server.passwords, template)
  await migrate(databaseUrl(server.adminUrl, template))
  return { server, dir }
}

/** For vitest's globalSetup: one throw-away Postgres for the whole run, migrated once into a template database. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  shared.users += 1
  shared.started ??= startShared()
  const { server, dir } = await shared.started
  project.provide('postgres', { adminUrl: server.adminUrl, passwords: server.passwords })
  return async () => {
    shared.users -= 1
    if (shared.users > 0) return
    shared.started = undefined
    await server.stop()
    await rm(dir, { recursive: true, force: true })
  }
}

async function asAdmin(url: string, statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}

/**
 * A migrated database of this test file's own (a copy of the template), dropped after the file's last test.
 * Call it at the top of the file or in a `describe`: `const { urls } = await testDatabase()`.
 */
export async function testDatabase(): Promise<{ name: string; urls: TestUrls }> {
  const { adminUrl, passwords } = inject('postgres')
  const name = `test_${newSecret().replace(/\W/g, '').slice(0, 16).toLowerCase()}`
  await asAdmin(adminUrl, [
    `CREATE DATABASE ${name} TEMPLATE ${template} OWNER ${roleName('owner')}`,
    databaseGrants(name),
  ])
  afterAll(() => asAdmin(adminUrl, [`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`]))
  const admin = databaseUrl(adminUrl, name)
  const logins = loginRoles.map((role) => [
    role,
    databaseUrl(adminUrl, name, { user: roleName(role), password: passwords[role] }),
  ])
  return { name, urls: { ...Object.fromEntries(logins), admin, owner: asOwner(admin) } as TestUrls }
}
