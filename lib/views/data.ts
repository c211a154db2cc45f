import 'server-only'
import type { Viewer } from '#lib/access/policy.ts'
import type { Db } from '#lib/platform/db.ts'
import type { View } from './view.ts'

type Row = Omit<View, 'owner'> & { owner: string | null }

/**
 * The views that somebody sees, by name: their own first, then those shared with a group they are in at this moment.
 * One statement.
 */
export async function listViews(db: Pick<Db, '$queryRaw'>, viewer: Viewer): Promise<View[]> {
  const rows = await db.$queryRaw<Row[]>`
    SELECT v.id, v.name, v.query, v.shared_with AS "sharedWith", v.account_id = ${viewer.accountId} AS own,
      v.is_default AND v.account_id = ${viewer.accountId} AS "isDefault", d.name AS owner
    FROM access.view v
      JOIN access.account a ON a.id = v.account_id
      LEFT JOIN access.person_detail d ON d.person_id = a.person_id
    WHERE v.account_id = ${viewer.accountId} OR v.shared_with = ANY (${viewer.groups})
    ORDER BY own DESC, lower(v.name), v.id
    LIMIT 500`
  return rows.map((row) => ({ ...row, owner: row.owner ?? 'somebody who is gone' }))
}

/** The view that opens by itself for this person. */
export const findDefault = (db: Db, viewer: Viewer): Promise<{ id: string; query: string } | null> =>
  db.view.findFirst({
    where: { accountId: viewer.accountId, isDefault: true },
    select: { id: true, query: true },
  })
