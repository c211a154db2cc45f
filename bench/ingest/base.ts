import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createDb, type Db } from '#lib/platform/db.ts'
import { removeEmbedded, startEmbedded } from '#lib/platform/embedded.ts'
import { migrate } from '#lib/platform/migrate.ts'
import { databaseUrl, roleName } from '#lib/platform/role-names.ts'
import { ensureRoles } from '#lib/platform/roles.ts'
import { benchDir } from '../places.ts'

export type Base = {
  adminUrl: string
  workerUrl: string
  webUrl: string
  /** As superuser. */
  admin: Db
  close: () => Promise<void>
}

const database = 'countersign'

/** An empty, migrated database on a server with its usual, safe settings; it also notes when each row was committed. */
export async function startBase(name: string, more: Record<string, string> = {}): Promise<Base> {
  const dir = join(benchDir, name)
  await removeEmbedded(dir)
  await rm(dir, { recursive: true, force: true })
  const server = await startEmbedded({ dir, settings: { track_commit_timestamp: 'on', ...more } })
  await ensureRoles(server.adminUrl, server.passwords, database)
  const adminUrl = databaseUrl(server.adminUrl, database)
  await migrate(adminUrl)
  const as = (role: 'worker' | 'web') =>
    databaseUrl(server.adminUrl, database, { user: roleName(role), password: server.passwords[role] })
  const admin = createDb(adminUrl, 2)
  return {
    adminUrl,
    workerUrl: as('worker'),
    webUrl: as('web'),
    admin,
    close: async () => {
      await admin.$disconnect()
      await server.stop()
    },
  }
}

/** Starts one of our programs in a process of its own and waits for its first word. */
export async function startProgram(file: string, args: readonly string[]): Promise<ChildProcess> {
  const child = fork(join(import.meta.dirname, file), args, {
    execArgv: process.execArgv,
  })
  await once(child, 'message')
  return child
}

export async function stopProgram(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit')
}
