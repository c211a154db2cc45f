import type pg from 'pg'
import { clock, plus } from '#lib/platform/clock.ts'
import { newId } from '#lib/platform/ids.ts'
import * as seed from '#lib/releases/testing.ts'
import {
  admin,
  anna,
  application,
  marta,
  plan,
  requester,
  web,
  worker,
} from '#lib/releases/testing-attacks.ts'

/** Freezes in plain SQL, past the product, for tests of what Postgres enforces. */

type Lies = { by?: seed.Who; event?: string; release?: string }

async function write(client: pg.Client, type: string, sql: string, values: unknown[], lies: Lies) {
  const by = lies.by ?? anna
  await client.query('BEGIN')
  try {
    const actor = { kind: 'person', ...by }
    const event = lies.event ?? (await seed.writeEvent(client, type, lies.release, actor))
    await client.query(sql, [...values, by.account, by.person, event])
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  }
}

export type Given = {
  kind?: string
  place?: [string | null, string | null, string | null, string | null] | undefined
  /** SQL for beginning and end. */
  once?: [string, string]
  schedule?: string
}
const nowhere: Given['place'] = [null, null, null, null]

/** A freeze in plain SQL: on from now for an hour unless told. */
export async function freeze(given: Given = {}, lies: Lies = {}, client = web): Promise<string> {
  const id = newId('freeze')
  const { kind = 'deny', place = nowhere, schedule = null } = given
  const [from, to] = schedule ? ['NULL', 'NULL'] : (given.once ?? ['NULL', `now() + interval '1 hour'`])
  await write(
    client,
    'freeze.made',
    `INSERT INTO rel.freeze (id, kind, reason, zone, instance, project, environment, service, schedule, duration_ms, starts_at,
       ends_at, account_id, person_id, event_id)
     VALUES ($1, $2, 'year end', 'UTC', $3, $4, $5, $6, $7, $8, ${from}, ${to}, $9, $10, $11)`,
    [id, kind, ...(place ?? []), schedule, schedule ? 3_600_000 : null],
    lies,
  )
  return id
}
export const end = (id: string, lies: Lies = {}, client = web) =>
  write(
    client,
    'freeze.ended',
    `INSERT INTO rel.freeze_end (freeze_id, reason, account_id, person_id, event_id) VALUES ($1, 'enough', $2, $3, $4)`,
    [id],
    lies,
  )
export const override = (id: string, release: string, lies: Lies & { plan?: string } = {}, client = web) =>
  write(
    client,
    'freeze.overridden',
    `INSERT INTO rel.freeze_override (id, release_id, plan_digest, requester_account, requester_person, freeze_id, reason,
       account_id, person_id, event_id) VALUES ($1, $2, $3, $4, $5, $6, 'hotfix', $7, $8, $9)`,
    [newId('override'), release, lies.plan ?? plan, requester.account, requester.person, id],
    { by: marta, release, ...lies },
  )
/** What the worker computes: from, to, and until when it knows. */
export async function compute(id: string, spans: [string, string][], until: string) {
  for (const [from, to] of spans)
    await worker.query(
      `INSERT INTO rel.freeze_occurrence (freeze_id, during)
       SELECT $1, tstzrange(coalesce(${from}, created_at), ${to}) FROM rel.freeze WHERE id = $1`,
      [id],
    )
  await worker.query(
    `INSERT INTO rel.freeze_horizon (freeze_id, computed_until) VALUES ($1, ${until})
     ON CONFLICT (freeze_id) DO UPDATE SET computed_until = excluded.computed_until`,
    [id],
  )
}
export const hours = (n: number) => `now() + interval '${n} hours'`
/** The same moment in every statement. */
export const fixed = (n: number) => `'${plus(start, n * 3_600_000)}'::timestamptz`
const start = clock.now()
export const actor = () => ({ kind: 'person', ...anna })
export const daily = '0 22 * * *'
export const holds = async () =>
  (await worker.query('SELECT kind, id FROM rel.holds($1)', [application])).rows.map(({ kind }) => kind)

/** Nothing stays frozen for the next test. */
export async function endAll(): Promise<void> {
  for (const { id } of (await admin.query('SELECT id FROM rel.freeze_now')).rows) await end(id)
}
