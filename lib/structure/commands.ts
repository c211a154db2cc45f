import 'server-only'
import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import type { ObservedProject, ObservedSet, Unread } from '#lib/argocd/structure.ts'
import { clock } from '#lib/platform/clock.ts'
import { type Db, inTransaction, type Tx } from '#lib/platform/db.ts'
import { notify } from '#lib/platform/notify.ts'

/** Statements stay small; a fleet has hundreds of sets and projects, not millions. */
const batchMax = 200

type Row = {
  namespace: string
  name: string
  uid: string | null
  project: string
  observed: unknown
  problem: string | null
  content_hash: string
}

const hash = (content: unknown) =>
  createHash('sha256')
    .update(canonicalize(content) ?? '')
    .digest('hex')

const unreadRow = ({ namespace, name, problem }: Unread): Row => ({
  namespace,
  name,
  uid: null,
  project: '',
  observed: null,
  problem,
  content_hash: hash([problem]),
})

const batches = (rows: Row[]) =>
  Array.from({ length: Math.ceil(rows.length / batchMax) }, (_, at) =>
    JSON.stringify(rows.slice(at * batchMax, (at + 1) * batchMax)),
  )

/**
 * Stores the whole list of ApplicationSets of an instance: set-based, nothing written where nothing changed, what the
 * list no longer has is gone. One that could not be understood keeps what was known of it. Returns how many changed.
 */
export async function storeSets(
  db: Db,
  instance: string,
  sets: readonly ObservedSet[],
  unread: readonly Unread[],
): Promise<number> {
  const understood = sets.map((set): Row => {
    const { namespace, name, uid, project } = set
    return { namespace, name, uid, project, observed: set, problem: null, content_hash: hash(set) }
  })
  const rows = [...understood, ...unread.filter(({ name }) => name !== '').map(unreadRow)]
  return inTransaction(db, async (tx) => {
    let changed = 0
    for (const batch of batches(rows))
      changed += await tx.$executeRaw`
        INSERT INTO catalog.application_set AS s (instance, namespace, name, uid, project, observed, problem, content_hash)
        SELECT ${instance}, r.namespace, r.name, r.uid, r.project, r.observed, r.problem, r.content_hash
        FROM jsonb_to_recordset(${batch}::jsonb) AS r (namespace text, name text, uid text, project text, observed jsonb,
          problem text, content_hash text)
        ON CONFLICT (instance, namespace, name) DO UPDATE SET
          uid = coalesce(excluded.uid, s.uid),
          project = CASE WHEN excluded.observed IS NULL THEN s.project ELSE excluded.project END,
          observed = coalesce(excluded.observed, s.observed),
          problem = excluded.problem, content_hash = excluded.content_hash, observed_at = now(), gone_at = NULL
        WHERE s.content_hash <> excluded.content_hash OR s.gone_at IS NOT NULL`
    const names = rows.map((row) => `${row.namespace}/${row.name}`)
    changed += await tx.$executeRaw`UPDATE catalog.application_set SET gone_at = now()
      WHERE instance = ${instance} AND gone_at IS NULL AND namespace || '/' || name <> ALL (${names})`
    return told(tx, changed)
  })
}

/** As `storeSets`, for AppProjects. */
export async function storeProjects(
  db: Db,
  instance: string,
  projects: readonly ObservedProject[],
  unread: readonly Unread[],
): Promise<number> {
  const understood = projects.map((project): Row => {
    const { name, uid } = project
    return {
      namespace: '',
      name,
      uid,
      project: '',
      observed: project,
      problem: null,
      content_hash: hash(project),
    }
  })
  const rows = [...understood, ...unread.filter(({ name }) => name !== '').map(unreadRow)]
  return inTransaction(db, async (tx) => {
    let changed = 0
    for (const batch of batches(rows))
      changed += await tx.$executeRaw`
        INSERT INTO catalog.project AS p (instance, name, uid, observed, problem, content_hash)
        SELECT ${instance}, r.name, r.uid, r.observed, r.problem, r.content_hash
        FROM jsonb_to_recordset(${batch}::jsonb) AS r (name text, uid text, observed jsonb, problem text, content_hash text)
        ON CONFLICT (instance, name) DO UPDATE SET
          uid = coalesce(excluded.uid, p.uid), observed = coalesce(excluded.observed, p.observed),
          problem = excluded.problem, content_hash = excluded.content_hash, observed_at = now(), gone_at = NULL
        WHERE p.content_hash <> excluded.content_hash OR p.gone_at IS NOT NULL`
    const names = rows.map((row) => row.name)
    changed += await tx.$executeRaw`UPDATE catalog.project SET gone_at = now()
      WHERE instance = ${instance} AND gone_at IS NULL AND name <> ALL (${names})`
    return told(tx, changed)
  })
}

async function told(tx: Tx, changed: number): Promise<number> {
  if (changed > 0) await notify(tx, { catalog: true })
  return changed
}

/** What came of asking for a kind of object: `read` is a fact with a time, the others keep the last one. */
export type Asked =
  | { state: 'read' }
  | { state: 'forbidden'; detail: string }
  | { state: 'failed'; detail: string }

/** Notes what came of asking for ApplicationSets and projects; people are told only of a change. */
export async function noteAsked(
  db: Db,
  instance: string,
  { sets, projects }: { sets: Asked; projects: Asked },
): Promise<void> {
  const detail = (asked: Asked) => ('detail' in asked ? asked.detail.slice(0, 500) : null)
  await inTransaction(db, async (tx) => {
    const [before] = await tx.$queryRaw<{ same: boolean }[]>`
      SELECT (sets_state, projects_state) = (${sets.state}, ${projects.state}) AS same
      FROM catalog.instance_report WHERE instance = ${instance}`
    await tx.$executeRaw`
      INSERT INTO catalog.instance_report AS r (instance, sets_state, sets_detail, sets_read_at,
        projects_state, projects_detail, projects_read_at)
      VALUES (${instance}, ${sets.state}, ${detail(sets)}, CASE WHEN ${sets.state === 'read'} THEN now() END,
        ${projects.state}, ${detail(projects)}, CASE WHEN ${projects.state === 'read'} THEN now() END)
      ON CONFLICT (instance) DO UPDATE SET sets_state = excluded.sets_state, sets_detail = excluded.sets_detail,
        sets_read_at = coalesce(excluded.sets_read_at, r.sets_read_at), projects_state = excluded.projects_state,
        projects_detail = excluded.projects_detail,
        projects_read_at = coalesce(excluded.projects_read_at, r.projects_read_at)`
    if (!before?.same) await notify(tx, { instance, catalog: true })
  })
}

/** Notes whose token ours is and what it may do, such as `{'applications/sync': true}`. */
export async function noteRights(
  db: Db,
  instance: string,
  account: string | null,
  rights: Record<string, boolean>,
): Promise<void> {
  await db.$executeRaw`
    INSERT INTO catalog.instance_report (instance, account, rights, rights_at)
    VALUES (${instance}, ${account}, ${JSON.stringify(rights)}::jsonb, now())
    ON CONFLICT (instance) DO UPDATE SET account = excluded.account, rights = excluded.rights, rights_at = now()`
}

/** People watch a long list; more often than this nobody could read. */
const listingEveryMs = 2_000

/**
 * Notes that a whole list of applications begins, how far it comes, and that it is over, whole or not: what makes
 * "catching up 62 %". It is compared with what is known of the instance when it begins.
 */
export async function watchListing(
  db: Db,
  instance: string,
): Promise<{ came: (seen: number) => Promise<void>; end: () => Promise<void> }> {
  await db.$executeRaw`
    INSERT INTO catalog.instance_report (instance, listing_since, listing_known, listing_heard_at)
    SELECT ${instance}, now(), count(*), now() FROM catalog.application WHERE instance = ${instance} AND gone_at IS NULL
    ON CONFLICT (instance) DO UPDATE SET listing_since = now(), listing_seen = 0,
      listing_known = excluded.listing_known, listing_heard_at = now()`
  // Later lists only look whether all is still so: nobody waits for them, and no page shall follow them.
  const before = await db.instance.findUnique({
    where: { name: instance },
    select: { state: true, sweptAt: true },
  })
  const first = before?.state !== 'connected' || before.sweptAt === null
  let noted = clock.monotonicMs()
  return {
    came: async (seen) => {
      if (!first || clock.monotonicMs() - noted < listingEveryMs) return
      noted = clock.monotonicMs()
      await inTransaction(db, async (tx) => {
        await tx.$executeRaw`UPDATE catalog.instance_report SET listing_seen = ${seen}, listing_heard_at = now()
          WHERE instance = ${instance}`
        await notify(tx, { instance })
      })
    },
    end: async () => {
      await db.$executeRaw`UPDATE catalog.instance_report SET listing_since = NULL WHERE instance = ${instance}`
    },
  }
}
