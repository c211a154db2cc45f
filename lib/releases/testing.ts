import { createHash } from 'node:crypto'
import pg from 'pg'
import { canonicalBytes } from '#lib/audit/canonical.ts'
import { clock, plus } from '#lib/platform/clock.ts'
import { newId, newSecret } from '#lib/platform/ids.ts'
import { policyFor } from './policy.ts'

const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex')

export type Who = { account: string; person: string }

/** A raw connection of one role, for tests that speak SQL past the product. */
export async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return client
}

/** Writes an entry of the log as `client` and returns its id; the shape is the product's, the writer is not. */
export async function writeEvent(
  client: pg.Client,
  type: string,
  release: string | undefined,
  actor: Record<string, string>,
): Promise<string> {
  const id = newId('event')
  const entry = { v: 1, id, at: clock.now(), type, actor, subject: release ? { release } : {}, data: {} }
  await client.query('INSERT INTO audit.event (id, entry) VALUES ($1, $2)', [id, canonicalBytes(entry)])
  return id
}

export async function seedPerson(
  admin: pg.Client,
  name: string,
  options: { person?: string; enabled?: boolean; kind?: 'person' | 'service'; groups?: string[] } = {},
): Promise<Who> {
  const account = newId('account')
  const person = options.person ?? newId('person')
  if (!options.person) {
    await admin.query('INSERT INTO access.person (id) VALUES ($1)', [person])
    await admin.query('INSERT INTO access.person_detail (person_id, key, name) VALUES ($1, $2, $3)', [
      person,
      newSecret(),
      name,
    ])
  }
  await admin.query(
    'INSERT INTO access.account (id, person_id, issuer, subject, enabled, kind, groups) VALUES ($1, $2, $3, $4, $5, $6, $7)',
    [
      account,
      person,
      'http://issuer.example',
      newSecret(),
      options.enabled ?? true,
      options.kind ?? 'person',
      options.groups ?? [],
    ],
  )
  return { account, person }
}

/** A protected application `<service>-prod` on instance `main`. */
export async function seedApplication(admin: pg.Client, service: string): Promise<string> {
  const id = newId('application')
  await admin.query(`INSERT INTO catalog.instance (name) VALUES ('main') ON CONFLICT DO NOTHING`)
  await admin.query(
    `INSERT INTO catalog.application (id, instance, namespace, name, uid, project, service, environment, protected)
     VALUES ($1, 'main', 'argocd', $2, $3, 'shop', $4, 'prod', true)`,
    [id, `${service}-prod`, newSecret(), service],
  )
  return id
}

export async function seedPlan(
  admin: pg.Client,
  application: string,
  content: { plan?: Record<string, unknown>; document?: Record<string, unknown> } = {},
): Promise<string> {
  const body = canonicalBytes({ v: 1, revisions: ['a'.repeat(40)], nonce: newSecret(), ...content.plan })
  const document = canonicalBytes({ v: 1, checks: [], ...content.document })
  const digest = sha256(body)
  await admin.query('BEGIN')
  const event = await writeEvent(admin, 'plan.created', undefined, { kind: 'worker', name: 'test' })
  await admin.query(
    'INSERT INTO rel.plan (digest, body, application_id, document, document_digest, event_id) VALUES ($1, $2, $3, $4, $5, $6)',
    [digest, body, application, document, sha256(document), event],
  )
  await admin.query('UPDATE catalog.application SET plan_digest = $1 WHERE id = $2', [digest, application])
  await admin.query('COMMIT')
  return digest
}

/** What Git said of who wrote a plan, as the worker would write it. */
export async function seedAuthors(
  admin: pg.Client,
  plan: string,
  { people, incomplete = [], round = 1 }: { people: unknown[]; incomplete?: string[]; round?: number },
): Promise<void> {
  await admin.query('BEGIN')
  const event = await writeEvent(admin, 'plan.authors', undefined, { kind: 'worker', name: 'test' })
  await admin.query(
    'INSERT INTO rel.plan_authors (plan_digest, round, people, incomplete, event_id) VALUES ($1, $2, $3, $4, $5)',
    [plan, round, JSON.stringify(people), incomplete, event],
  )
  await admin.query('COMMIT')
}

/** Asks for a release as `client` (the web role) in plain SQL. */
export async function insertRelease(
  client: pg.Client,
  release: {
    application: string
    plan: string
    by: Who
    approvals?: number
    notAfter?: string
    id?: string
    policy?: unknown
  },
): Promise<string> {
  const id = release.id ?? newId('release')
  await client.query('BEGIN')
  try {
    const event = await writeEvent(client, 'release.requested', id, { kind: 'person', ...release.by })
    await client.query(
      `INSERT INTO rel.release (id, application_id, plan_digest, requester_account, requester_person, reason,
                                required_approvals, policy, policy_digest, not_after, event_id)
       VALUES ($1, $2, $3, $4, $5, 'because', $6, $10, $7, $8, $9)`,
      [
        id,
        release.application,
        release.plan,
        release.by.account,
        release.by.person,
        release.approvals ?? 2,
        twoApprovals.digest,
        release.notAfter ?? plus(clock.now(), 3_600_000),
        event,
        JSON.stringify(release.policy ?? (release.approvals === undefined ? twoApprovals : {})),
      ],
    )
    await client.query('COMMIT')
    return id
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  }
}

/** What holds where nothing is configured. */
export const twoApprovals = policyFor([], { environment: 'prod', service: 'any', project: 'any' })

type LyingDecision = {
  release: string
  plan: string
  requester: Who
  by: Who
  kind?: string
  event?: string
  stepUp?: string
}

/** Decides as `client` in plain SQL, with every column free to lie, inside a transaction that the caller ends. */
export async function writeDecision(client: pg.Client, decision: LyingDecision): Promise<void> {
  const { release, plan, requester, by, kind = 'approve' } = decision
  const event =
    decision.event ?? (await writeEvent(client, 'release.decided', release, { kind: 'person', ...by }))
  await client.query(
    `INSERT INTO rel.decision (id, release_id, plan_digest, requester_account, requester_person, account_id, person_id, kind, event_id, step_up_id)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      newId('decision'),
      ...[release, plan, requester.account, requester.person, by.account, by.person, kind, event],
      decision.stepUp,
    ],
  )
}

/** The same in a transaction of its own. */
export async function insertDecision(client: pg.Client, decision: LyingDecision): Promise<void> {
  await client.query('BEGIN')
  try {
    await writeDecision(client, decision)
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  }
}

/** Moves a release as `client` in plain SQL, with an entry of the log of its own. */
export async function moveRelease(
  client: pg.Client,
  release: string,
  state: string,
  actor: Record<string, string>,
  set = '',
): Promise<void> {
  await client.query('BEGIN')
  try {
    const event = await writeEvent(client, `release.${state}`, release, actor)
    const over = [
      'rejected',
      'withdrawn',
      'expired',
      'stale',
      'revoked',
      'failed',
      'succeeded',
      'degraded',
    ].includes(state)
    await client.query(
      `UPDATE rel.release SET state = $1, event_id = $2 ${over ? ", finished_at = now(), ending = 'over'" : ''} ${set} WHERE id = $3`,
      [state, event, release],
    )
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  }
}

const closingEvents = { find: 'finding', confirm: 'finding-confirmed', decline: 'finding-declined' } as const

/** Closes a review as `client` in plain SQL, with every column free to lie; `end` moves the release in the same act. */
export async function insertClosing(
  client: pg.Client,
  closing: {
    release: string
    plan: string
    requester: Who
    by: Who
    kind: keyof typeof closingEvents
    outcome?: string
    reason?: string | null
    finding?: { id: string; by: Who }
    event?: string
    end?: string
  },
): Promise<string> {
  const { release, requester, by, kind, finding } = closing
  const id = newId('closing')
  await client.query('BEGIN')
  try {
    const event =
      closing.event ??
      (await writeEvent(client, `release.${closingEvents[kind]}`, release, { kind: 'person', ...by }))
    await client.query(
      `INSERT INTO rel.closing (id, release_id, plan_digest, requester_account, requester_person, kind, outcome, reason,
                                account_id, person_id, finding_id, finder_account, finder_person, event_id)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
      [
        ...[id, release, closing.plan, requester.account, requester.person, kind],
        ...[closing.outcome ?? 'succeeded', closing.reason === undefined ? 'looked' : closing.reason],
        ...[by.account, by.person, finding?.id, finding?.by.account, finding?.by.person, event],
      ],
    )
    if (closing.end) {
      const moved = await writeEvent(client, `release.${closing.end}`, release, { kind: 'person', ...by })
      await client.query(
        `UPDATE rel.release SET state = $1, event_id = $2, finished_at = now(), ending = 'over' WHERE id = $3`,
        [closing.end, moved, release],
      )
    }
    await client.query('COMMIT')
    return id
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  }
}

/** A checkpoint of the whole log with a receipt, as the signer would write it. Returns the receipt. */
export async function anchorAll(admin: pg.Client): Promise<string> {
  const size = (await admin.query('SELECT count(*) AS n FROM audit.log')).rows[0].n
  await admin.query(
    `INSERT INTO audit.checkpoint (size, root, note, key_id) VALUES ($1, sha256('x'), 'note', 'key') ON CONFLICT DO NOTHING`,
    [size],
  )
  const receipt = await admin.query(
    `INSERT INTO audit.receipt (size, anchor, kind, receipt) VALUES ($1, $2, 'file', '{}') RETURNING id`,
    [size, `test-${newSecret()}`],
  )
  return receipt.rows[0].id
}

/** The worker's intent in plain SQL; every value can be overridden. */
export async function insertIntent(
  client: pg.Client,
  intent: {
    release: string
    plan: string
    receipt: string
    n?: number
    epoch?: number
    token?: string
    preStateHash?: string
    dispatch?: boolean
    event?: string
  },
): Promise<void> {
  const worker = { kind: 'worker', name: 'test' }
  await client.query('BEGIN')
  try {
    const event = intent.event ?? (await writeEvent(client, 'release.intent', intent.release, worker))
    await client.query(
      `INSERT INTO rel.intent (id, release_id, n, plan_digest, epoch, token, body, pre_state_hash, receipt_id, event_id,
                               created_at, post_deadline, quiet_until)
       VALUES ($1, $2, $3, $4, $5, $6, '{}', $7, $8, $9, now(), now() + interval '15 s', now() + interval '90 s')`,
      [
        newId('intent'),
        intent.release,
        intent.n ?? 1,
        intent.plan,
        intent.epoch ?? 1,
        intent.token ?? newSecret(),
        intent.preStateHash ?? 'hash',
        intent.receipt,
        event,
      ],
    )
    if (intent.dispatch) {
      const moved = await writeEvent(client, 'release.dispatching', intent.release, worker)
      await client.query(`UPDATE rel.release SET state = 'dispatching', event_id = $1 WHERE id = $2`, [
        moved,
        intent.release,
      ])
    }
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  }
}
