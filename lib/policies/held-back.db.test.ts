import { afterAll, beforeAll, expect, test } from 'vitest'
import { saveFindings } from '#lib/findings/commands.ts'
import { getPlan } from '#lib/plans/data.ts'
import { clock, plus } from '#lib/platform/clock.ts'
import { createDb, type Db, inTransaction } from '#lib/platform/db.ts'
import { type PolicyRule, policyFor } from '#lib/releases/policy.ts'
import * as seed from '#lib/releases/testing.ts'
import { admin, application, request, urls, web } from '#lib/releases/testing-attacks.ts'
import { heldBack } from './data.ts'

let db: Db
beforeAll(() => {
  db = createDb(urls.worker)
})
afterAll(() => db.$disconnect())

const policy = (more: Partial<PolicyRule>) =>
  policyFor(
    [
      {
        ...{
          environments: ['prod'],
          services: ['*'],
          projects: ['*'],
          approvals: 2,
          groups: [],
          ticket: 'optional',
        },
        ...{ excludeAuthors: false, expiresAfterMs: 3_600_000 },
        ...more,
      },
    ],
    { environment: 'prod', service: 'x', project: 'x' },
  )
const order = { id: 'order', title: 'Healthy before', result: 'pass', detail: 'd', blocks: false }
const checks = { mustPass: ['order'], healthyForMs: null, planAgeMs: null, unknown: 'block' } as const

/** A release of a plan with this document under this policy, and what the worker says of it so many ms from now. */
async function ask(given: ReturnType<typeof policy>, document: Record<string, unknown> = {}) {
  const plan = await seed.seedPlan(admin, application, { document })
  const id = await request({ plan, policy: given })
  await admin.query(`BEGIN; SET LOCAL session_replication_role = replica`)
  await admin.query('UPDATE rel.release SET policy_digest = $2 WHERE id = $1', [id, given.digest])
  await admin.query('COMMIT')
  const stored = await getPlan(db, plan)
  if (!stored) throw new Error('no plan')
  return { id, now: (ms = 0) => heldBack(db, id, stored, plus(clock.now(), ms)) }
}

test('nothing holds back what its policy is content with', async () => {
  expect(await (await ask(policy({}))).now()).toBeNull()
})

test('a policy rewritten on the way is found', async () => {
  const forged = { ...policy({ approvals: 3 }), approvals: 2 }
  expect(await (await ask(forged)).now()).toMatchObject({
    kind: 'stop',
    why: expect.stringContaining('not the one'),
  })
})

test('fewer approvals than the difference asks for are found', async () => {
  const diff = {
    kind: 'known',
    resources: [{ kind: 'Role', name: 'r', riskKinds: ['rbac'] }],
    noiseLines: 0,
    risks: 1,
  }
  const { now } = await ask(policy({ raise: [{ when: ['rbac'] }] }), { diff })
  expect(await now()).toMatchObject({ kind: 'stop', why: expect.stringContaining('fewer approvals') })
})

test('the environment before may recover: the release waits', async () => {
  const version = { from: null, to: '2.0.0' }
  const { id, now } = await ask(policy({ checks: { ...checks, mustPass: ['order'] } }), {
    ...{ checks: [order], version, environments: ['staging', 'prod'] },
  })
  expect(await now()).toMatchObject({
    kind: 'wait',
    why: expect.stringContaining('runs in no environment before'),
  })
  const { rows } = await web.query(
    'SELECT a.service FROM rel.release r JOIN catalog.application a ON a.id = r.application_id WHERE r.id = $1',
    [id],
  )
  const set = (health: string) =>
    admin.query(
      `INSERT INTO catalog.application (id, instance, namespace, name, service, environment, version, health)
       VALUES ($1, 'main', 'argocd', $2, $3, 'staging', '2.0.0', $4)
       ON CONFLICT (instance, namespace, name) DO UPDATE SET health = $4`,
      [`app_${rows[0].service}staging`, `${rows[0].service}-staging`, rows[0].service, health],
    )
  await admin.query(
    `UPDATE catalog.instance SET state = 'connected', last_contact_at = now() WHERE name = 'main'`,
  )
  await set('Degraded')
  expect(await now()).toMatchObject({ kind: 'wait', why: expect.stringContaining('Degraded') })
  await set('Healthy')
  expect(await now()).toBeNull()
})

test('a plan that grew too old is not sent any more', async () => {
  const given = policy({ checks: { ...checks, mustPass: [], planAgeMs: 60_000 } })
  const document = { checks: [order], version: { from: null, to: '1' } }
  const { now } = await ask(given, document)
  expect(await now()).toBeNull()
  expect(await now(120_000)).toMatchObject({ kind: 'stop', why: expect.stringContaining('Plan is fresh') })
})

// The last ones: findings stay open.
const openFinding = (blocks: boolean) => {
  const found = {
    ...({ kind: 'recreated', sentence: 'It was restored.', source: 'identity', sync: null } as const),
    ...{ cause: `uid:${blocks}`, blocks, saysWho: null, at: null, differences: [] },
  }
  const place = { id: application, service: null, environment: null }
  return inTransaction(db, (tx) => saveFindings(tx, place, [found], 'w'))
}
const restored = { kind: 'stop', why: expect.stringContaining('It was restored') }

test('any finding stops what was approved before it where the policy asks', async () => {
  const { now } = await ask(policy({ checks: { ...checks, mustPass: ['findings'], unknown: 'allow' } }))
  expect(await now()).toBeNull()
  await openFinding(false)
  expect(await now()).toEqual(restored)
})

test('where it does not, only those stop it that say this is another application', async () => {
  const { now } = await ask(policy({}))
  await openFinding(false)
  expect(await now()).toBeNull()
  await openFinding(true)
  expect(await now()).toEqual(restored)
})
