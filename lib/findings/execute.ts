import 'server-only'
import type { ObservedApplication } from '#lib/argocd/application.ts'
import type { ArgoClient } from '#lib/argocd/client.ts'
import { tokenName } from '#lib/dispatch/dispatch.ts'
import { diffManifests } from '#lib/manifests/diff.ts'
import { getPlan } from '#lib/plans/data.ts'
import { type Instant, instant } from '#lib/platform/clock.ts'
import { type Db, inTransaction, type Tx } from '#lib/platform/db.ts'
import { notify } from '#lib/platform/notify.ts'
import { saveFindings } from './commands.ts'
import type { Difference, Sync } from './finding.ts'
import { type Baseline, firstSeen, inspect, type Known, type Settings, signedSettings } from './inspection.ts'
import { keyOfEntry } from './syncs.ts'

export type Watch = {
  db: Db
  worker: string
  clients: ReadonlyMap<string, ArgoClient>
  /** How long live must differ before it counts; default 10 s. */
  driftAfterMs?: number
}

const atOnceMax = 100
const ourAccounts = new WeakMap<ArgoClient, { name: string | null }>()

/** Who we are there. Asked once; while nobody answers, no name is ours. */
async function ourAccount(client: ArgoClient | undefined): Promise<string | null> {
  if (!client) return null
  const known = ourAccounts.get(client)
  if (known) return known.name
  const answer = await client.userinfo()
  if (!answer.ok || !answer.value.loggedIn) return null
  ourAccounts.set(client, { name: answer.value.username })
  return answer.value.username
}

/**
 * Looks at the protected applications that changed since they were last looked at, and writes down what no release
 * explains. What happened while nobody looked is in their history. True when there may be more.
 */
export async function findChanges(watch: Watch): Promise<boolean> {
  const due = await watch.db.$queryRaw<Due[]>`
    SELECT a.id, a.instance, a.namespace, a.name, a.project,
      coalesce(a.sync = 'OutOfSync' AND b.state #>> '{drift,told}' = 'false', false) AS drifting FROM catalog.application a LEFT JOIN rel.baseline b ON b.application_id = a.id
    WHERE a.protected AND a.gone_at IS NULL AND a.problem IS NULL AND a.observed IS NOT NULL
      AND (b.application_id IS NULL OR b.seen_hash IS DISTINCT FROM a.content_hash OR b.due_at <= now())
    LIMIT ${atOnceMax}`
  for (const each of due) {
    const client = watch.clients.get(each.instance)
    const account = await ourAccount(client)
    const live = each.drifting && client ? await liveDifferences(client, each) : []
    await inTransaction(watch.db, (tx) => look(tx, each.id, { account, live }, watch))
  }
  return due.length === atOnceMax
}

type Due = {
  id: string
  instance: string
  namespace: string
  name: string
  project: string
  drifting: boolean
}
/** What only Argo CD itself can say. */
type Asked = { account: string | null; live: Difference[] }

const resourcesMax = 20
const textMax = 4_000

/** What was applied and what is live, of each resource that differs; masked. Empty where Argo CD does not say. */
async function liveDifferences(client: ArgoClient, { namespace, name, project }: Due): Promise<Difference[]> {
  const managed = await client.managedResources({ namespace, name, project })
  if (!managed.ok) return []
  const target = managed.value.flatMap((each) => (each.target ? [each.target] : []))
  const diff = diffManifests({
    target,
    managed: managed.value,
    namespace: null,
    prune: false,
    conditions: [],
  })
  if (!diff.ok) return []
  return diff.resources
    .filter(({ change }) => change !== 'unchanged' && change !== 'left-behind')
    .slice(0, resourcesMax)
    .map(({ id, hunks }) => {
      const lines = hunks.flatMap((hunk) => hunk.lines)
      const only = (kind: 'added' | 'removed') =>
        lines
          .flatMap((line) => (line.kind === kind ? [line.text] : []))
          .join('\n')
          .slice(0, textMax)
      // A sync would add what Git says and remove what is live.
      return { what: `${id.kind} ${id.namespace}/${id.name}`, before: only('added'), after: only('removed') }
    })
}

type Row = {
  id: string
  service: string | null
  environment: string | null
  observed: ObservedApplication
  hash: string
  sync: string
  health: string
  now: Date
  baseline: Baseline | null
  deployed: { at: string; release: string }[]
  attempts: { at: string; kind: string; phase: string; actor: string | null }[]
}

/** The observation as it was made: its status has columns of its own. */
const appOf = ({ observed, sync, health }: Row): ObservedApplication => ({
  ...observed,
  sync: { status: sync, revisions: observed.desiredRevisions },
  health: { status: health, since: null, message: null },
})

async function look(tx: Tx, id: string, { account, live }: Asked, watch: Watch): Promise<void> {
  // One looker at a time for an application; another worker leaves it to this one.
  const [turn] = await tx.$queryRaw<{ ours: boolean }[]>`
    SELECT pg_try_advisory_xact_lock(hashtextextended(${id}, 5)) AS ours`
  if (!turn?.ours) return
  // One statement, one snapshot: an operation that the catalog learns of meanwhile is in all of it or in none.
  const [row] = await tx.$queryRaw<Row[]>`
    SELECT a.id, a.service, a.environment, a.observed, a.content_hash AS hash, a.sync, a.health,
      clock_timestamp() AS now, b.state AS baseline,
      coalesce((SELECT jsonb_agg(jsonb_build_object('at', s.at, 'release', s.release_id)) FROM (
        SELECT sync_started_at AS at, release_id FROM catalog.deployment
        WHERE application_id = a.id AND release_id IS NOT NULL AND sync_started_at IS NOT NULL
        UNION SELECT started_at, release_id FROM catalog.attempt
        WHERE application_id = a.id AND release_id IS NOT NULL) s), '[]') AS deployed,
      coalesce((SELECT jsonb_agg(jsonb_build_object('at', t.started_at, 'kind', t.kind, 'phase', t.phase, 'actor', t.actor)
        ORDER BY t.started_at) FROM catalog.attempt t WHERE t.application_id = a.id AND t.deployment_id IS NULL), '[]') AS attempts
    FROM catalog.application a LEFT JOIN rel.baseline b ON b.application_id = a.id WHERE a.id = ${id}`
  if (!row) return
  const app = appOf(row)
  const now = instant(row.now)
  const known = await readKnown(tx, row, app, now, account, watch.driftAfterMs ?? 10_000)
  if (!row.baseline) return begin(tx, row, app, known)
  const seen = inspect(row.baseline, app, known)
  const found = seen.found.map((each) =>
    each.cause.startsWith('drift:') ? { ...each, differences: live } : each,
  )
  const ids = await saveFindings(tx, row, found, watch.worker)
  const rows: Accounted[] = [
    ...found.flatMap(({ sync, cause }) => (sync ? [{ ...sync, finding: ids.get(cause) ?? null }] : [])),
    ...seen.linked.map(({ sync, release }) => ({ ...sync, release })),
  ]
  await assign(tx, id, app.uid, rows)
  for (const { key, historyId } of seen.numbered)
    await tx.$executeRaw`
      UPDATE rel.accounted SET history_id = ${historyId} WHERE application_id = ${id} AND sync = ${key} AND history_id IS NULL`
  const dueMs = seen.again ? known.driftAfterMs : seen.baseline.deviates ? 60_000 : null
  await tx.$executeRaw`
    UPDATE rel.baseline SET state = ${JSON.stringify(seen.baseline)}::jsonb, seen_hash = ${row.hash},
      due_at = now() + ${dueMs}::int * interval '1 millisecond' WHERE application_id = ${id}`
  if (found.length > 0) await notify(tx, { application: id, finding: true, log: true })
}

/** First sight: what stands there is where judging begins, and what its history holds was before us. */
async function begin(tx: Tx, row: Row, app: ObservedApplication, known: Known): Promise<void> {
  const begun = app.operation?.startedAt
  const seen: Sync[] = app.history.map((entry) => ({ key: keyOfEntry(entry), historyId: entry.id }))
  if (begun && !seen.some(({ key }) => key === begun)) seen.push({ key: begun, historyId: null })
  for (const { startedAt } of known.attempts)
    if (!seen.some(({ key }) => key === startedAt)) seen.push({ key: startedAt, historyId: null })
  await assign(
    tx,
    row.id,
    app.uid,
    seen.map((sync) => ({ ...sync, release: known.releaseOf.get(sync.key) ?? null })),
  )
  await tx.$executeRaw`
    INSERT INTO rel.baseline (application_id, state, seen_hash)
    VALUES (${row.id}, ${JSON.stringify(firstSeen(app, known.now))}::jsonb, ${row.hash})`
}

type Accounted = Sync & { release?: string | null; finding?: string | null }

/** Says what each sync belongs to; what is neither of a release nor of a finding was before us. */
async function assign(tx: Tx, id: string, uid: string | null, rows: readonly Accounted[]): Promise<void> {
  for (const { key, historyId, release = null, finding = null } of rows)
    await tx.$executeRaw`
      INSERT INTO rel.accounted (application_id, sync, uid, history_id, release_id, finding_id, before_us)
      VALUES (${id}, ${key}, ${uid ?? ''}, ${historyId}, ${release}, ${finding}, ${release === null && finding === null})
      ON CONFLICT DO NOTHING`
}

/** What there is to explain an application by: tokens of intents first, then what the catalog saw carry one. */
async function readKnown(
  tx: Tx,
  { id, deployed, attempts }: Row,
  app: ObservedApplication,
  now: Instant,
  ourAccount: string | null,
  driftAfterMs: number,
): Promise<Known> {
  const accounted = await tx.$queryRaw<{ sync: string; release: string | null; historyId: bigint | null }[]>`
    SELECT sync, release_id AS release, history_id AS "historyId" FROM rel.accounted WHERE application_id = ${id}`
  const intents = await tx.$queryRaw<{ token: string; release: string }[]>`
    SELECT n.token, n.release_id AS release FROM rel.intent n JOIN rel.release r ON r.id = n.release_id
    WHERE r.application_id = ${id}`
  const closed = await tx.$queryRaw<{ cause: string; kind: string | null }[]>`
    SELECT f.cause, c.kind FROM rel.finding f LEFT JOIN rel.finding_closing c ON c.finding_id = f.id
    WHERE f.application_id = ${id} AND f.kind = 'settings-changed'`
  const releaseOf = new Map(deployed.map(({ at, release }): [string, string] => [instant(at), release]))
  const { operation } = app
  if (operation?.startedAt) {
    // The operation itself is the better witness: with its token it is ours, without it is not.
    const tokens = operation.info.flatMap(({ name, value }) => (name === tokenName ? [value] : []))
    const own = intents.find(({ token }) => tokens.includes(token))
    if (own) releaseOf.set(operation.startedAt, own.release)
    else releaseOf.delete(operation.startedAt)
  }
  const plans = new Map<string, { revisions: string[]; settings: Partial<Settings> }>()
  const known = new Set(accounted.map(({ sync }) => sync))
  for (const release of new Set([...releaseOf].flatMap(([key, value]) => (known.has(key) ? [] : [value])))) {
    const row = await tx.release.findUnique({ where: { id: release }, select: { planDigest: true } })
    const plan = row && (await getPlan(tx, row.planDigest))?.plan
    if (plan?.sources)
      plans.set(release, {
        revisions: plan.revisions,
        settings: signedSettings(plan),
      })
  }
  const kinds = new Map(closed.map(({ cause, kind }) => [cause, kind]))
  return {
    now,
    ourAccount,
    driftAfterMs,
    releaseOf,
    plans,
    accounted: new Map(
      accounted.map(({ sync, release, historyId }) => [
        sync,
        { release, historyId: historyId === null ? null : Number(historyId) },
      ]),
    ),
    attempts: attempts.map(({ at, ...rest }) => ({ ...rest, startedAt: instant(at) })),
    closed: (cause) => kinds.get(cause),
  }
}
