import 'server-only'
import type { ObservedApplication } from '#lib/argocd/application.ts'
import { staleSince } from '#lib/catalog/instance.ts'
import { openFindings } from '#lib/findings/data.ts'
import { freezesOf } from '#lib/freezes/data.ts'
import { type Instant, instant, millisecondsBetween } from '#lib/platform/clock.ts'
import type { Db, Tx } from '#lib/platform/db.ts'
import type { Application } from '#prisma/client/client.ts'
import { type Before, type CheckPolicy, type Evidence, freshChecks, judged } from './checks.ts'
import type { Check, Plan, PlanDocument, ResourceDiff } from './plan.ts'

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

/**
 * One object of a plan's diff, by its place in it, with the project whose readers may see it; null when there is none.
 * Postgres takes it out of the document: of a long diff only this much is ever read into memory here.
 */
export async function getPlanObject(
  db: Db | Tx,
  digest: string,
  object: number,
): Promise<{ project: string; resource: ResourceDiff } | null> {
  const [row] = await db.$queryRaw<{ project: string; resource: ResourceDiff | null }[]>`
    SELECT a.project, convert_from(p.document, 'UTF8')::json #> ARRAY['diff', 'resources', ${`${object}`}] AS resource
    FROM rel.plan p JOIN catalog.application a ON a.id = p.application_id WHERE p.digest = ${digest}`
  return row?.resource ? { project: row.project, resource: row.resource } : null
}

/** The planner asks every 5 minutes; what is older than two rounds is no answer any more. */
const windowsFreshMs = 10 * 60_000

export function settingsOf(
  app: Pick<ObservedApplication, 'automated' | 'retryRefresh' | 'revisionHistoryLimit'>,
): NonNullable<Evidence['settings']> {
  const { automated, retryRefresh, revisionHistoryLimit: historyLimit } = app
  return { automated, retryRefresh, historyLimit }
}

/**
 * What an application's service runs in the nearest environment before this one, `environments` being the way to
 * production in order. Of several targets the one of the same name counts, else the first by name.
 */
export async function environmentBefore(
  db: Db | Tx,
  of: { service: string | null; environment: string | null; target?: string | null },
  environments: readonly string[],
  now: Instant,
): Promise<Before> {
  const earlier = environments.slice(0, Math.max(0, environments.indexOf(of.environment ?? '')))
  if (of.service === null || earlier.length === 0) return null
  const rows = await db.application.findMany({
    where: { service: of.service, environment: { in: earlier }, goneAt: null },
    select: {
      ...{ id: true, environment: true, target: true, version: true, health: true, instanceName: true },
      ...{ healthSince: true, deployedAt: true },
    },
    orderBy: { name: 'asc' },
  })
  const nearest = earlier.findLast((name) => rows.some((row) => row.environment === name))
  const there = rows.filter((row) => row.environment === nearest)
  const row = there.find(({ target }) => target === (of.target ?? null)) ?? there[0]
  if (!row) return null
  const instance = await db.instance.findUniqueOrThrow({ where: { name: row.instanceName } })
  const { state, stateSince, lastContactAt } = instance
  const heard = {
    state,
    stateSince: instant(stateSince),
    lastContactAt: lastContactAt && instant(lastContactAt),
  }
  return {
    application: row.id,
    environment: row.environment ?? '',
    version: row.version,
    health: row.health,
    silentSince: staleSince(heard, now),
    since: later(row.healthSince, row.deployedAt),
  }
}

/** The later of two moments; null unless both are known. */
const later = (a: Date | null, b: Date | null): Instant | null =>
  a && b ? instant(a.getTime() > b.getTime() ? a : b) : null

/** What the checks of a standing plan rest on at this moment, as the catalog has it. */
export async function readEvidence(
  db: Db | Tx,
  row: Application,
  environments: readonly string[],
  now: Instant,
): Promise<Evidence> {
  const observed = row.observed as ObservedApplication | null
  const asked = row.canSyncAt && millisecondsBetween(instant(row.canSyncAt), now) <= windowsFreshMs
  return {
    settings: observed && settingsOf(observed),
    before: await environmentBefore(db, row, environments, now),
    canSync: asked ? row.canSync : null,
    ...(row.protected && {
      findings: { ...(await openFindings(db, row.id)), heard: Boolean(asked) },
      freezes: await freezesOf(db, row.id),
    }),
  }
}

/**
 * The plan with its checks answered by this evidence and judged by a policy. The stored document, and with it its digest,
 * stays.
 */
export function withEvidence(
  stored: StoredPlan,
  evidence: Evidence,
  policy: CheckPolicy | undefined,
  now: Instant,
): StoredPlan {
  const checks = judgedAnew(stored, evidence, policy, now)
  return { ...stored, document: { ...stored.document, checks } }
}

const judgedAnew = (
  {
    plan,
    document,
    at,
  }: Pick<StoredPlan, 'at'> & {
    plan: Pick<Plan, 'revisions'>
    document: Pick<PlanDocument, 'checks' | 'version' | 'rollback'>
  },
  evidence: Evidence,
  policy: CheckPolicy | undefined,
  now: Instant,
) =>
  judged(
    freshChecks(plan, document, evidence),
    { before: evidence.before, made: at, rollback: document.rollback !== undefined },
    policy,
    now,
  )

/**
 * The checks of a plan at this moment, without reading what people see of it: documents hold whole diffs, and a decision
 * needs only the answers. Empty for a plan that says nothing.
 */
export async function checksNow(
  db: Db | Tx,
  digest: string,
  policy: CheckPolicy | undefined,
  now: Instant,
): Promise<Check[]> {
  const [row] = await db.$queryRaw<
    {
      at: Date
      application: string
      revisions: string[] | null
      version: PlanDocument['version'] | null
      checks: Check[] | null
      environments: string[] | null
      rollback: PlanDocument['rollback'] | null
    }[]
  >`WITH read AS MATERIALIZED (SELECT created_at, application_id, convert_from(body, 'UTF8')::json AS body,
      convert_from(document, 'UTF8')::json AS document FROM rel.plan WHERE digest = ${digest})
    SELECT created_at AS at, application_id AS application, body -> 'revisions' AS revisions, document -> 'version' AS version,
      document -> 'checks' AS checks, document -> 'environments' AS environments,
      document -> 'rollback' AS rollback FROM read`
  if (!row?.checks || row.checks.length === 0) return []
  const application = await db.application.findUniqueOrThrow({ where: { id: row.application } })
  const evidence = await readEvidence(db, application, row.environments ?? [], now)
  const document = {
    ...{ checks: row.checks, version: row.version ?? { from: null, to: '' } },
    ...(row.rollback && { rollback: row.rollback }),
  }
  return judgedAnew(
    { plan: { revisions: row.revisions ?? [] }, document, at: instant(row.at) },
    evidence,
    policy,
    now,
  )
}
