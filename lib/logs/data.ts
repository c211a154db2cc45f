import 'server-only'
import type { Reader } from '#lib/catalog/data.ts'
import { type Instant, instant, plus } from '#lib/platform/clock.ts'

/** A deployment may be seen in the history some time after its sync began. */
const seenWithinMs = 60 * 60_000

/**
 * The deployment that logs and alerts of an application are held against: the one whose sync began at `moment`, or the
 * newest. Null when there is none. Whoever calls has looked at the right to read.
 */
export async function deploymentFor(
  db: Reader,
  application: string,
  moment: Instant | undefined,
): Promise<{ at: Instant; version: string | null } | null> {
  const [from, to] = moment ? [plus(moment, -60_000), plus(moment, seenWithinMs)] : [null, null]
  const [row] = await db.$queryRaw<{ at: Date; version: string | null }[]>`
    SELECT coalesce(sync_started_at, deployed_at) AS at, version FROM catalog.deployment
    WHERE application_id = ${application} AND (${from}::timestamptz IS NULL
      OR coalesce(sync_started_at, deployed_at) BETWEEN ${from}::timestamptz AND ${to}::timestamptz)
    ORDER BY CASE WHEN ${from}::timestamptz IS NULL THEN deployed_at END DESC, deployed_at LIMIT 1`
  if (moment) return { at: moment, version: row?.version ?? null }
  return row ? { at: instant(row.at), version: row.version } : null
}
