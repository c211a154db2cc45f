import type pg from 'pg'
import { canonicalBytes } from '#lib/audit/canonical.ts'
import type { FakeApp, FakeArgo } from '#lib/dispatch/testing.ts'
import type { Target } from '#lib/dispatch/testing-scene.ts'
import { createGit } from '#lib/git/gitlab.ts'
import type { Planned } from '#lib/plans/commands.ts'
import type { Db } from '#lib/platform/db.ts'
import { newId } from '#lib/platform/ids.ts'
import { type PolicyPlace, type PolicyRule, policyFor } from '#lib/releases/policy.ts'
import { prepareRollbacks, wantedRollbacks } from './execute.ts'

type Given = {
  revision: string
  from: string
  to: string | null
  uid?: string
  historyId?: number
  release?: string
  sources?: unknown
  images?: string[]
  knownFrom?: string
}

/** One deployment of an application as the worker would have seen it; its id. */
export async function seedDeployment(admin: pg.Client, application: string, given: Given): Promise<string> {
  const id = newId('deployment')
  const inferred = given.knownFrom === 'inferred'
  await admin.query(
    `INSERT INTO catalog.deployment (id, application_id, application_uid, during, history_id, revisions, sources, version, images,
       cause, release_id, known_from, service, environment)
     SELECT $1, $2, coalesce($3, a.uid), tstzrange($4, $5, '[)'), $6, $7, $8, $9, $10, $11, $12, $13, a.service, a.environment
     FROM catalog.application a WHERE a.id = $2`,
    [
      ...[
        id,
        application,
        given.uid ?? null,
        given.from,
        given.to,
        inferred ? null : (given.historyId ?? null),
      ],
      ...[inferred ? [] : [given.revision], JSON.stringify(given.sources ?? []), given.revision.slice(0, 7)],
      ...[given.images ?? [], given.release ? 'release' : 'account', given.release ?? null],
      given.knownFrom ?? 'history',
    ],
  )
  return id
}

/** Argo CD and the catalog both say that these ran one after the other, the last one now; their ids. */
export async function seedPast(
  admin: pg.Client,
  argo: FakeArgo,
  { application, name }: Pick<Target, 'application' | 'name'>,
  revisions: readonly string[],
): Promise<string[]> {
  const app = argo.apps.get(name) as FakeApp
  const at = (i: number) => `2026-11-${String(i + 1).padStart(2, '0')}T00:00:00Z`
  app.status.history = revisions.map((revision, id) => ({
    ...{ id, revision, source: app.spec.source, deployStartedAt: at(id), deployedAt: at(id) },
  }))
  await admin.query('UPDATE catalog.application SET uid = $1 WHERE id = $2', [app.metadata.uid, application])
  const ids: string[] = []
  for (const [historyId, revision] of revisions.entries())
    ids.push(
      await seedDeployment(admin, application, {
        ...{ revision, historyId, from: at(historyId), sources: [{ ...app.spec.source }] },
        to: historyId === revisions.length - 1 ? null : at(historyId + 1),
      }),
    )
  await observe(admin, argo, { application, name })
  return ids
}

/** Somebody has opened the dialog of this deployment. */
export const asked = (admin: pg.Client, application: string, deployment: string) =>
  admin.query(
    'INSERT INTO rel.prepared_rollback (application_id, deployment_id, asked_at) VALUES ($1, $2, now())',
    [application, deployment],
  )

/** The catalog sees the application as Argo CD shows it now. */
export async function observe(
  admin: pg.Client,
  argo: FakeArgo,
  { application, name }: Pick<Target, 'application' | 'name'>,
): Promise<void> {
  await admin.query(
    'UPDATE catalog.application SET observed = $1, can_sync = true, can_sync_at = now() WHERE id = $2',
    [JSON.stringify(argo.observe(name)), application],
  )
}

/** What a planner does for rollbacks when it looks at this application. */
export async function prepare(
  db: Db,
  argo: FakeArgo,
  { application, name }: Pick<Target, 'application' | 'name'>,
  rules: readonly PolicyRule[] = [],
): Promise<void> {
  const row = await db.application.findUniqueOrThrow({ where: { id: application } })
  const openRelease = await db.release.findFirst({
    where: { applicationId: application, finishedAt: null },
    select: { id: true, state: true, policyDigest: true, planDigest: true, rollbackTo: true },
  })
  const planned: Planned = {
    ...{ id: application, instance: 'main', namespace: 'argocd', name, project: 'shop', coming: row.coming },
    ...{
      service: row.service ?? '',
      environment: row.environment ?? '',
      planDigest: row.planDigest,
      openRelease,
    },
  }
  const client = {
    ...argo.client,
    managedResources: async () => ({ ok: true as const, value: [] }),
    revisionMetadata: async () => ({ ok: false as const, kind: 'not-found' as const, message: 'none' }),
  } as typeof argo.client
  const policy = (where: PolicyPlace) => policyFor(rules, where)
  const app = argo.observe(name)
  await prepareRollbacks(
    { db, worker: 'w1', client, git: createGit([]), policy, canSync: true },
    planned,
    app,
    await wantedRollbacks(db, planned, app),
  )
}

/** A plan back as the worker would store it, with every field free to lie; its bytes. */
export const planBytes = (plan: Record<string, unknown>): Uint8Array => canonicalBytes({ v: 1, ...plan })
