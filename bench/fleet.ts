import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createDb } from '#lib/platform/db.ts'
import { removeEmbedded, startEmbedded } from '#lib/platform/embedded.ts'
import { migrate } from '#lib/platform/migrate.ts'
import { databaseUrl, loginRoles, roleName } from '#lib/platform/role-names.ts'
import { ensureRoles } from '#lib/platform/roles.ts'
import { serverCpu } from './ingest/processes.ts'
import { benchDir } from './places.ts'
import { eventually, type Stack, startStack } from './stack.ts'

/** Three applications each, and a few named ones: more than 50,000 in all. */
export const fleetServices = 16_667

export type Fleet = Stack & {
  services: number
  /** As superuser, so that a peer can have databases of its own on the same server. */
  adminUrl: string
}

const database = 'countersign'

const restMs = 3_000

/** The second list, the snapshot of the watch, and whatever follows from them are stored; then Postgres counts its rows. */
async function settle(adminUrl: string): Promise<void> {
  const admin = createDb(adminUrl, 1)
  try {
    const serverNow = await serverCpu({ admin })
    const atRest = async () => {
      const before = serverNow()
      await sleep(restMs)
      const after = serverNow()
      return after.backends + after.others - before.backends - before.others < restMs / 10 ? true : null
    }
    await eventually('a fleet at rest', atRest, 600_000)
    await admin.$executeRawUnsafe('VACUUM ANALYZE')
  } finally {
    await admin.$disconnect()
  }
}

/** An installation with a large fleet that is at rest, on a Postgres that others may use too. */
export async function startFleet(
  say: (line: string) => void,
  services: number = fleetServices,
): Promise<Fleet> {
  say(`Starting an installation with ${services} services`)
  const dir = join(benchDir, 'fleet-postgres')
  await removeEmbedded(dir)
  await rm(dir, { recursive: true, force: true })
  const server = await startEmbedded({ dir })
  try {
    await ensureRoles(server.adminUrl, server.passwords, database)
    await migrate(databaseUrl(server.adminUrl, database))
    const databases = Object.fromEntries(
      loginRoles.map((role) => {
        const account = { user: roleName(role), password: server.passwords[role] }
        return [`DATABASE_URL_${role.toUpperCase()}`, databaseUrl(server.adminUrl, database, account)]
      }),
    )
    const stack = await startStack(services, { behind: false, name: 'fleet', databases })
    say('Waiting until it is at rest')
    await settle(databaseUrl(server.adminUrl, database))
    const close = async () => {
      await stack.close()
      await server.stop()
    }
    return { ...stack, services, adminUrl: server.adminUrl, close }
  } catch (error) {
    await server.stop()
    throw error
  }
}
