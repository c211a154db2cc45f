import 'server-only'
import type { ReadScope } from '#lib/access/policy.ts'
import type { Reader } from '#lib/catalog/data.ts'
import { instant } from '#lib/platform/clock.ts'
import { Prisma } from '#prisma/client/client.ts'
import type { Cursor, Filter, Line } from './inquiry.ts'
import { about, applicationOf, factsOfReleases, proofsOfReleases, toneOfState } from './proofs.ts'

const { sql } = Prisma

type Row = {
  id: string
  application: NonNullable<Line['application']>
  at: Date
  version: string | null
  actor: string | null
  cause: string
  release: string | null
}

/** What ran in every protected application at `filter.at`, and by which release; by application, in the order of ids. */
export async function listRunning(
  db: Reader,
  scope: ReadScope,
  filter: Filter,
  { before, limit }: { before?: Cursor | undefined; limit: number },
): Promise<{ lines: Line[]; next?: Cursor }> {
  if (scope === 'none') return { lines: [] }
  const rows = await db.$queryRaw<Row[]>`
    SELECT a.id, ${applicationOf} AS application, d.deployed_at AS at, d.version, d.actor, d.cause, d.release_id AS release
    FROM catalog.application a JOIN LATERAL (
      SELECT * FROM catalog.deployment o WHERE o.application_id = a.id AND o.deployed_at <= ${filter.at}::timestamptz
      ORDER BY o.deployed_at DESC LIMIT 1) d ON upper_inf(d.during) OR upper(d.during) > ${filter.at}::timestamptz
    WHERE a.protected AND ${about(scope, filter)} AND ${before ? sql`a.id > ${before.id}` : sql`true`}
    ORDER BY a.id LIMIT ${limit + 1}`
  const page = rows.slice(0, limit)
  const ids = page.flatMap(({ release }) => (release ? [release] : []))
  const facts = await factsOfReleases(db, ids)
  const proofs = await proofsOfReleases(db, ids)
  const lines = page.map((row): Line => {
    const found = row.release ? facts.get(row.release) : undefined
    return {
      ...{ id: row.id, kind: 'running', at: instant(row.at), application: row.application },
      what: row.version ?? found?.version ?? 'cannot tell',
      ...{ asked: found?.asked ?? row.actor, signed: found?.signed ?? [] },
      state: found ? found.state : 'no release',
      tone: found ? toneOfState(found.state) : 'attention',
      note: found
        ? `${found.signed.length} of ${found.required} signed`
        : `By ${row.cause === 'unknown' ? 'nobody knows whom' : row.cause}`,
      ...{ due: null, closedAt: null, release: row.release, finding: null },
      entries: row.release ? (proofs.get(row.release) ?? []) : [],
    }
  })
  const last = page.at(-1)
  // By application, not by time: the moment is the same for all.
  return rows.length > limit && last
    ? { lines, next: { at: '0001-01-01T00:00:00.000000Z', id: last.id } }
    : { lines }
}
