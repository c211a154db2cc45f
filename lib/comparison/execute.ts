import 'server-only'
import type { ArgoResult } from '#lib/argocd/answer.ts'
import type { ArgoClient } from '#lib/argocd/client.ts'
import { diffDocument } from '#lib/plans/execute.ts'
import type { PlanDiff } from '#lib/plans/plan.ts'
import type { Db } from '#lib/platform/db.ts'
import { log } from '#lib/platform/log.ts'
import { notify } from '#lib/platform/notify.ts'
import { diffSides, type ManifestSide } from './manifests.ts'

type Claimed = {
  id: string
  leftApplication: string
  leftRevisions: string[]
  rightApplication: string
  rightRevisions: string[]
}

/** A worker that died over one leaves it to another after that long. */
const abandonedMs = 180_000

async function claim(db: Db): Promise<Claimed | undefined> {
  const [row] = await db.$queryRaw<Claimed[]>`
    UPDATE catalog.comparison SET state = 'rendering', claimed_at = clock_timestamp()
    WHERE id = (SELECT id FROM catalog.comparison
      WHERE state = 'asked' OR (state = 'rendering' AND claimed_at < now() - ${abandonedMs} * interval '1 millisecond')
      ORDER BY requested_at LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id, left_application AS "leftApplication", left_revisions AS "leftRevisions",
      right_application AS "rightApplication", right_revisions AS "rightRevisions"`
  return row
}

async function render(
  db: Db,
  clients: ReadonlyMap<string, ArgoClient>,
  application: string,
  revisions: string[],
): Promise<ArgoResult<ManifestSide>> {
  const cannot = (message: string) => ({ ok: false, kind: 'not-understood', message }) as const
  const row = await db.application.findUniqueOrThrow({ where: { id: application } })
  if (row.goneAt !== null) return cannot(`${row.name} is gone, and Argo CD renders only what it has`)
  const client = clients.get(row.instanceName)
  if (!client) return cannot(`Argo CD ${row.instanceName} is not configured`)
  const { namespace, name, project } = row
  const app = await client.get({ namespace, name, project })
  if (!app.ok) return app
  const { sources, multiSource, destination } = app.value
  if (sources.length !== revisions.length)
    return cannot(`${name} has ${sources.length} sources now and had ${revisions.length} then`)
  const manifests = await client.manifests({ namespace, name, project }, revisions, { multiSource })
  if (!manifests.ok) return manifests
  return { ok: true, value: { manifests: manifests.value, namespace: destination.namespace } }
}

type Found = { diff: PlanDiff } | { problem: string }

async function compareOne(
  db: Db,
  clients: ReadonlyMap<string, ArgoClient>,
  claimed: Claimed,
): Promise<Found> {
  const left = await render(db, clients, claimed.leftApplication, claimed.leftRevisions)
  if (!left.ok) return { problem: `The left side could not be rendered: ${left.message}` }
  const right = await render(db, clients, claimed.rightApplication, claimed.rightRevisions)
  if (!right.ok) return { problem: `The right side could not be rendered: ${right.message}` }
  return { diff: diffDocument(diffSides(left.value, right.value)) }
}

/** Renders the two sides that somebody has waited for longest. True: there may be more. */
export async function compareNext(db: Db, clients: ReadonlyMap<string, ArgoClient>): Promise<boolean> {
  const claimed = await claim(db)
  if (!claimed) return false
  const found = await compareOne(db, clients, claimed).catch((error: unknown): Found => {
    log.error('a comparison failed', { comparison: claimed.id, error })
    return { problem: 'The worker could not compare them; its log says why.' }
  })
  const diff = 'diff' in found ? JSON.stringify(found.diff) : null
  const problem = 'problem' in found ? found.problem : null
  await db.$executeRaw`
    UPDATE catalog.comparison SET state = ${diff === null ? 'failed' : 'done'}, diff = ${diff}::jsonb, problem = ${problem}
    WHERE id = ${claimed.id} AND state = 'rendering'`
  // Whoever looks at the two hears of the application; what is shown is read through the page's own rights.
  await notify(db, { application: claimed.leftApplication })
  return true
}

/** Takes away what is older than an hour: manifests are not kept. */
export async function forgetExpired(db: Db): Promise<void> {
  await db.$executeRaw`DELETE FROM catalog.comparison WHERE expires_at < now()`
}
