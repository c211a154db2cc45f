import 'server-only'
import { instant } from '#lib/platform/clock.ts'
import type { Db, Tx } from '#lib/platform/db.ts'
import type { Closing } from './closing.ts'

type Row = Omit<Closing, 'at' | 'name'> & { release: string; at: Date; name: string | null }

/** What was done to close these releases, by release, oldest first. A release with nothing is not in the map. */
export async function listClosings(
  db: Pick<Db | Tx, '$queryRaw'>,
  releases: readonly string[],
): Promise<Map<string, Closing[]>> {
  if (releases.length === 0) return new Map()
  const rows = await db.$queryRaw<Row[]>`
    SELECT c.id, c.release_id AS release, c.kind, c.outcome, c.reason, c.person_id AS person,
           c.finding_id AS finding, c.created_at AS at, p.name
    FROM rel.closing c LEFT JOIN access.person_detail p ON p.person_id = c.person_id
    WHERE c.release_id = ANY(${[...releases]}) ORDER BY c.created_at, c.id`
  return Map.groupBy(
    rows.map(({ at, name, ...row }) => ({ ...row, at: instant(at), name: name ?? row.person })),
    ({ release }) => release,
  )
}
