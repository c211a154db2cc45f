import type pg from 'pg'
import { newId } from '#lib/platform/ids.ts'
import { twoApprovals, type Who, writeEvent } from '#lib/releases/testing.ts'

export const longReason = 'every order fails since ten, and this brings them back'

export type GlassLies = {
  application: string
  plan: string
  by: Who
  stepUp: string
  typed: string
  reason?: string
  incident?: string
  /** Who asks for the release; `by` when left out. */
  requester?: Who
  recordedBy?: Who
  dueIn?: string
  /** Moves it to approved in the same act. */
  approve?: boolean
  /** Commits the request before the glass is broken. */
  apart?: boolean
}

/** Breaks the glass as `client` in plain SQL, with every column free to lie. Returns the release. */
export async function insertBreakGlass(client: pg.Client, lies: GlassLies): Promise<string> {
  const { application, plan, by, requester = by } = lies
  const id = newId('release')
  const actor = { kind: 'person', ...(lies.recordedBy ?? by) }
  await client.query('BEGIN')
  try {
    const asked = await writeEvent(client, 'release.requested', id, { kind: 'person', ...requester })
    await client.query(
      `INSERT INTO rel.release (id, application_id, plan_digest, requester_account, requester_person, reason,
                                required_approvals, policy, policy_digest, not_after, event_id)
       VALUES ($1, $2, $3, $4, $5, $6, 2, $7, $8, now() + interval '1 h', $9)`,
      [
        ...[id, application, plan, requester.account, requester.person, lies.reason ?? longReason],
        ...[JSON.stringify(twoApprovals), twoApprovals.digest, asked],
      ],
    )
    if (lies.apart) await client.query('COMMIT; BEGIN')
    const broken = await writeEvent(client, 'release.break-glass', id, actor)
    await client.query(
      `INSERT INTO rel.break_glass (release_id, application_id, plan_digest, account_id, person_id, typed_name, incident,
                                    step_up_id, due_at, event_id)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, now() + $9::interval, $10)`,
      [
        ...[id, application, plan, by.account, by.person, lies.typed, lies.incident ?? 'INC-7'],
        ...[lies.stepUp, lies.dueIn ?? '24 h', broken],
      ],
    )
    if (lies.approve ?? true) {
      const moved = await writeEvent(client, 'release.approved', id, actor)
      await client.query(
        `UPDATE rel.release SET state = 'approved', event_id = $1, approved_at = now() WHERE id = $2`,
        [moved, id],
      )
    }
    await client.query('COMMIT')
    return id
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  }
}

/** Decides afterwards as `client` in plain SQL. */
export async function insertRetrospective(
  client: pg.Client,
  lies: {
    release: string
    plan: string
    requester: Who
    by: Who
    kind?: string
    reason?: string
    event?: string
  },
): Promise<void> {
  const { release, plan, requester, by, kind = 'approve', reason = null } = lies
  await client.query('BEGIN')
  try {
    const event =
      lies.event ?? (await writeEvent(client, 'release.retrospective', release, { kind: 'person', ...by }))
    await client.query(
      `INSERT INTO rel.retrospective (release_id, plan_digest, requester_account, requester_person, account_id, person_id, kind, reason, event_id)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [release, plan, requester.account, requester.person, by.account, by.person, kind, reason, event],
    )
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  }
}
