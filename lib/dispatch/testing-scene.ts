import { createHash } from 'node:crypto'
import type pg from 'pg'
import { canonicalBytes } from '#lib/audit/canonical.ts'
import { renderPlan } from '#lib/plans/render.ts'
import type { Db } from '#lib/platform/db.ts'
import { newSecret } from '#lib/platform/ids.ts'
import * as seed from '#lib/releases/testing.ts'
import { claimNext, LeaseLost } from './commands.ts'
import { loadClaimed } from './data.ts'
import type { Timing } from './dispatch.ts'
import { executeRelease, type Held } from './execute.ts'
import type { FakeArgo } from './testing.ts'

/** The real times but for the two that would only make a test wait; `elapse` brings the rest about. */
export const fast: Timing = {
  leaseMs: 30_000,
  postDeadlineMs: 15_000,
  quietMs: 90_000,
  pollMs: 1,
  steadyMs: 0,
}

const hex = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
let count = 0

export type Target = { application: string; name: string; revision: string; plan: string }

/** Another protected application, in the catalog and in Argo CD, with the plan that its rendering gives now. */
export async function seedTarget(
  admin: pg.Client,
  argo: FakeArgo,
  service = `target${count++}`,
): Promise<Target> {
  const application = await seed.seedApplication(admin, service)
  const name = `${service}-prod`
  const revision = hex(Buffer.from(newSecret())).slice(0, 40)
  argo.add(name, revision)
  return {
    application,
    name,
    revision,
    plan: await seedRendered(admin, argo, { application, name, revision }),
  }
}

/** The plan of what Argo CD renders at this moment; its digest. */
export async function seedRendered(
  admin: pg.Client,
  argo: FakeArgo,
  { application, name, revision }: Pick<Target, 'application' | 'name' | 'revision'>,
): Promise<string> {
  const given = {
    revisions: [revision],
    policyDigest: seed.twoApprovals.digest,
    instance: 'main',
    twice: true,
  }
  const rendered = await renderPlan(argo.client, argo.observe(name), given)
  if (!rendered.ok) throw new Error(rendered.message)
  const [body, document] = [canonicalBytes(rendered.value.plan), canonicalBytes({ v: 1, checks: [] })]
  await admin.query('BEGIN')
  const event = await seed.writeEvent(admin, 'plan.created', undefined, { kind: 'worker', name: 'test' })
  await admin.query(
    `INSERT INTO rel.plan (digest, body, application_id, document, document_digest, event_id)
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
    [hex(body), body, application, document, hex(document), event],
  )
  await admin.query('UPDATE catalog.application SET plan_digest = $1 WHERE id = $2', [hex(body), application])
  await admin.query('COMMIT')
  return hex(body)
}

/** Time goes by for everything that Postgres counts: leases, deadlines, quiet periods, expiry. */
export async function elapse(admin: pg.Client, ms: number): Promise<void> {
  await admin.query(`BEGIN; SET LOCAL session_replication_role = replica;
    UPDATE rel.intent SET created_at = created_at - interval '${ms} ms', post_deadline = post_deadline - interval '${ms} ms',
                          quiet_until = quiet_until - interval '${ms} ms';
    UPDATE rel.release SET lease_until = lease_until - interval '${ms} ms', not_after = not_after - interval '${ms} ms',
                           created_at = created_at - interval '${ms} ms' WHERE finished_at IS NULL;
    COMMIT`)
}

/** Claims once and brings the release as far as it goes now. Null when there is nothing to do. */
export async function work(db: Db, argo: FakeArgo, more: Partial<Held> = {}): Promise<string | null> {
  const worker = more.worker ?? 'w1'
  const claimed = await claimNext(db, worker, more.timing ?? fast)
  const held = claimed && (await loadClaimed(db, claimed.id))
  if (!held) return null
  const signal = new AbortController().signal
  try {
    await executeRelease({ db, held, worker, client: argo.client, signal, timing: fast, ...more })
  } catch (error) {
    if (!(error instanceof LeaseLost)) throw error
  }
  return held.id
}
