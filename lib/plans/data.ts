import 'server-only'
import { type Instant, instant } from '#lib/platform/clock.ts'
import type { Db, Tx } from '#lib/platform/db.ts'
import type { Application } from '#prisma/client/client.ts'
import type { Plan, PlanDocument } from './plan.ts'

/** What an application is called, by us and by Argo CD. */
export type Identity = {
  id: string
  instance: string
  namespace: string
  name: string
  project: string
  service: string
  environment: string
}

export function identityOf(row: Application): Identity {
  const { id, instanceName: instance, namespace, name, project, service, environment } = row
  return { id, instance, namespace, name, project, service: service ?? name, environment: environment ?? '' }
}

export type StoredPlan = {
  digest: string
  applicationId: string
  plan: Plan
  document: PlanDocument
  at: Instant
}

/**
 * The plan of this digest, read from its very bytes, or null. The bytes were written by the worker and are checked
 * against their digests by Postgres, so they are not parsed a second time here.
 */
export async function getPlan(db: Db | Tx, digest: string): Promise<StoredPlan | null> {
  const row = await db.plan.findUnique({ where: { digest } })
  if (!row) return null
  const read = (bytes: Uint8Array) => JSON.parse(Buffer.from(bytes).toString('utf8'))
  return {
    digest: row.digest,
    applicationId: row.applicationId,
    plan: read(row.body),
    document: read(row.document),
    at: instant(row.createdAt),
  }
}
