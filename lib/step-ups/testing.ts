import { createHash } from 'node:crypto'
import type pg from 'pg'
import { newId, newSecret } from '#lib/platform/ids.ts'
import { type Who, writeEvent } from '#lib/releases/testing.ts'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

export type StepUpLies = {
  by: Who
  /** Whose entries the log gets; the person's own when left out. */
  recordedBy?: Who
  application: string
  plan: string
  release?: string
  purpose?: string
  acr?: string[]
  asked?: Record<string, unknown>
  /** No answer with `false`; columns of the answer otherwise. */
  proof?: false | { issuer?: string; subject?: string; nonce?: string; authTime?: string; acr?: string }
}

/** A step-up and its answer as `client` in plain SQL, with every column free to lie. */
export async function insertStepUp(client: pg.Client, admin: pg.Client, lies: StepUpLies): Promise<string> {
  const { by, application, plan, release = null, proof = {} } = lies
  const id = newId('stepUp')
  const nonce = newSecret()
  const actor = { kind: 'person', ...(lies.recordedBy ?? by) }
  const identity = await admin.query('SELECT issuer, subject FROM access.account WHERE id = $1', [by.account])
  const { issuer, subject } = identity.rows[0]
  await client.query('BEGIN')
  try {
    const event = await writeEvent(client, 'step-up.asked', release ?? undefined, actor)
    const purpose = lies.purpose ?? (release ? 'approve' : 'break-glass')
    await client.query(
      `INSERT INTO rel.step_up (id, purpose, release_id, application_id, plan_digest, account_id, person_id, acr, nonce_hash, event_id)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
      [id, purpose, release, application, plan, by.account, by.person, lies.acr ?? [], sha256(nonce), event],
    )
    if (proof) {
      const answered = await writeEvent(client, 'step-up.confirmed', release ?? undefined, actor)
      await client.query(
        `INSERT INTO rel.step_up_proof (step_up_id, issuer, subject, nonce, auth_time, acr, amr, claims, id_token, event_id)
         VALUES ($1, $2, $3, $4, now() + $5::interval, $6, '{}', '{}', $7, $8)`,
        [
          ...[id, proof.issuer ?? issuer, proof.subject ?? subject, proof.nonce ?? nonce],
          ...[proof.authTime ?? '0 s', proof.acr ?? 'silver', sha256(newSecret()), answered],
        ],
      )
    }
    await client.query('COMMIT')
    return id
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  }
}

/** Lets a step-up be older, as if it had been begun and answered then. */
export async function ageStepUp(admin: pg.Client, id: string, by: string): Promise<void> {
  await admin.query('BEGIN')
  await admin.query(`SET LOCAL session_replication_role = replica`)
  await admin.query('UPDATE rel.step_up SET created_at = created_at - $2::interval WHERE id = $1', [id, by])
  await admin.query(
    'UPDATE rel.step_up_proof SET auth_time = auth_time - $2::interval WHERE step_up_id = $1',
    [id, by],
  )
  await admin.query('COMMIT')
}
