import 'server-only'
import type { ReadScope, Viewer } from '#lib/access/policy.ts'
import type { Listed } from '#lib/argocd/listed.ts'
import type { Reader } from '#lib/catalog/data.ts'
import { attemptsOf, deploymentsOf } from '#lib/deployments/data.ts'
import type { GoneReason } from '#lib/deployments/deployment.ts'
import { type Instant, instant } from '#lib/platform/clock.ts'
import type { Asked } from './commands.ts'
import { bound, type HistoryKey, type Life, type Moment, merge } from './history.ts'
import type { Meaning } from './revision.ts'

export type Unknown = Asked & { namespace: string; name: string; project: string; multiSource: boolean }

/**
 * Git revisions that applications of an instance run, should run, or (protected ones) ran not long ago, and whose meaning
 * is not known in their project, each once. What Argo CD could not tell is given again after ten minutes.
 */
export function unknownRevisions(db: Reader, instance: string, limit: number): Promise<Unknown[]> {
  return db.$queryRaw<Unknown[]>`
    SELECT DISTINCT ON (a.project, v.revision) a.id AS application, a.namespace, a.name, a.project, v.revision,
      (v.n - 1)::int AS index, coalesce((a.observed ->> 'multiSource')::boolean, false) AS "multiSource"
    FROM catalog.application a
    CROSS JOIN LATERAL (
      SELECT * FROM unnest(a.deployed_revisions) WITH ORDINALITY AS d (revision, n)
      UNION SELECT * FROM unnest(a.desired_revisions) WITH ORDINALITY AS d (revision, n)
      UNION SELECT u.revision, u.n FROM (SELECT d.revisions FROM catalog.deployment d
        WHERE a.protected AND d.application_id = a.id ORDER BY d.deployed_at DESC LIMIT 10) p
        CROSS JOIN LATERAL unnest(p.revisions) WITH ORDINALITY AS u (revision, n)) v
    WHERE a.instance = ${instance} AND a.gone_at IS NULL AND a.problem IS NULL AND v.revision ~ '^[0-9a-f]{40}$'
      AND NOT EXISTS (SELECT FROM catalog.revision r JOIN catalog.application o ON o.id = r.application_id
        WHERE r.revision = v.revision AND o.project = a.project
          AND (r.problem IS NULL OR r.asked_at > now() - interval '10 minutes'))
    ORDER BY a.project, v.revision, a.protected DESC, a.id LIMIT ${limit}`
}

/** Resources of one application as they were stored last; null before any were. */
export async function readListed(
  db: Reader,
  application: string,
): Promise<(Pick<Listed, 'resources' | 'results' | 'health'> & { healthAt: Instant | null }) | null> {
  type Row = Pick<Listed, 'resources' | 'results' | 'health'> & { healthAt: Date | null }
  const [row] = await db.$queryRaw<Row[]>`
    SELECT resources, results, health, health_at AS "healthAt" FROM catalog.resource_list
    WHERE application_id = ${application}`
  if (!row) return null
  return { ...row, healthAt: row.healthAt ? instant(row.healthAt) : null }
}

/**
 * What revisions mean, by name, as far as anybody in the same project has learned: from Argo CD, or (without message,
 * tags and signature) from a plan. Whoever may read one application of a project may read all of it.
 */
export async function readMeanings(
  db: Reader,
  project: string,
  revisions: readonly string[],
): Promise<Map<string, Meaning>> {
  const wanted = [...new Set(revisions)]
  if (wanted.length === 0) return new Map()
  type Row = Omit<Meaning, 'at' | 'subject' | 'body'> & {
    revision: string
    at: Date | null
    message: string | null
  }
  const asked = await db.$queryRaw<Row[]>`
    SELECT DISTINCT ON (r.revision) r.revision, r.author, r.date AS at, r.message, r.tags, r.signature, r.problem
    FROM catalog.revision r JOIN catalog.application a ON a.id = r.application_id
    WHERE r.revision = ANY (${wanted}) AND a.project = ${project}
    ORDER BY r.revision, r.problem NULLS FIRST, r.asked_at DESC`
  const named = await db.$queryRaw<{ sha: string; subject: string; author: string; at: Date }[]>`
    SELECT sha, subject, author, at FROM catalog.commit WHERE sha = ANY (${wanted}) AND project = ${project}`
  const meanings = new Map<string, Meaning>(
    named.map(({ sha, subject, author, at }) => [
      sha,
      { author, at: instant(at), subject, body: null, tags: [], signature: null, problem: null },
    ]),
  )
  for (const { revision, message, at, ...row } of asked) {
    if (message === null && meanings.has(revision)) continue
    const [subject = '', ...rest] = (message ?? '').split('\n')
    const body = rest.join('\n').trim()
    meanings.set(revision, { ...row, at: at ? instant(at) : null, subject, body: body || null })
  }
  return meanings
}

/** Lives and stays of one application, newest first: at most 50. Its other name only where the project is the same. */
export async function livesOf(db: Reader, application: string): Promise<Life[]> {
  type Row = {
    uid: string | null
    from: Date
    to: Date | null
    began: string
    ended: string | null
    renamedFrom: string | null
    renamedFromName: string | null
    renamedTo: string | null
    renamedToName: string | null
  }
  const rows = await db.$queryRaw<Row[]>`
    SELECT p.uid, lower(p.during) AS "from", upper(p.during) AS "to", p.began, p.ended, f.id AS "renamedFrom",
      f.name AS "renamedFromName", t.id AS "renamedTo", t.name AS "renamedToName"
    FROM catalog.presence p JOIN catalog.application self ON self.id = p.application_id
    LEFT JOIN catalog.application f ON f.id = p.renamed_from AND f.project = self.project
    LEFT JOIN LATERAL (SELECT n.application_id AS id, a.name FROM catalog.presence n
      JOIN catalog.application a ON a.id = n.application_id AND a.project = self.project
      WHERE n.renamed_from = p.application_id AND NOT upper_inf(p.during) AND upper_inf(n.during)
      ORDER BY lower(n.during) DESC LIMIT 1) t ON true
    WHERE p.application_id = ${application} ORDER BY lower(p.during) DESC LIMIT 50`
  return rows.map((row) => ({
    from: instant(row.from),
    to: row.to ? instant(row.to) : null,
    began: row.began as Life['began'],
    ended: row.ended as GoneReason | 'recreated' | null,
    renamedFrom: row.renamedFrom ? { id: row.renamedFrom, name: row.renamedFromName ?? '' } : null,
    renamedTo: row.renamedTo ? { id: row.renamedTo, name: row.renamedToName ?? '' } : null,
  }))
}

/** One page of what happened to an application, newest first: deployments, attempts, and its coming and going. */
export async function historyOf(
  db: Reader,
  viewer: Viewer | ReadScope,
  application: string,
  key: HistoryKey | null,
  limit: number,
): Promise<{ moments: Moment[]; next: HistoryKey | null }> {
  const which = { application }
  const { rows } = await deploymentsOf(db, viewer, which, {
    limit: limit + 1,
    ...(key ? { after: { from: bound(key, 'deployment'), id: '' } } : {}),
  })
  const { rows: attempts } = await attemptsOf(db, viewer, which, {
    limit: limit + 1,
    ...(key ? { after: { startedAt: bound(key, 'attempt'), application: '' } } : {}),
  })
  return merge({ deployments: rows, attempts, lives: await livesOf(db, application) }, key, limit)
}
