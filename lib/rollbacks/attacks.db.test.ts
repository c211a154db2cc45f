import { createHash } from 'node:crypto'
import type pg from 'pg'
import { beforeEach, describe, expect, test } from 'vitest'
import { clock, plus } from '#lib/platform/clock.ts'
import { newId } from '#lib/platform/ids.ts'
import * as seed from '#lib/releases/testing.ts'
import { admin, anna, application, plan, requester, web, worker } from '#lib/releases/testing-attacks.ts'
import { planBytes, seedDeployment } from './testing.ts'

/** What Postgres refuses of a rollback, whatever the code above does. */

const [then, now, never] = ['1', '2', '3'].map((digit) => digit.repeat(40)) as [string, string, string]
let before: string
let running: string
let uid: string
let back: string

const ran = (of: string, given: Partial<Parameters<typeof seedDeployment>[2]> = {}) =>
  seedDeployment(admin, of, { revision: then, from: '2026-11-01', to: '2026-11-02', historyId: 0, ...given })

/** A plan as the worker stores it, with every field free to lie. */
async function writePlan(client: pg.Client, of: string, body: Record<string, unknown>): Promise<string> {
  const bytes = planBytes({ nonce: newId('event'), ...body })
  const document = planBytes({ checks: [] })
  const hex = (given: Uint8Array) => createHash('sha256').update(given).digest('hex')
  await client.query('BEGIN')
  try {
    const event = await seed.writeEvent(client, 'plan.created', undefined, { kind: 'worker', name: 'test' })
    await client.query(
      'INSERT INTO rel.plan (digest, body, application_id, document, document_digest, event_id) VALUES ($1, $2, $3, $4, $5, $6)',
      [hex(bytes), bytes, of, document, hex(document), event],
    )
    await client.query('COMMIT')
    return hex(bytes)
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  }
}
const planBack = (more: Record<string, unknown> = {}, of = application) =>
  writePlan(worker, of, { uid, revisions: [then], rollback: { deployment: before }, ...more })

const prepared = (digest: string | null, deployment = before, of = application) =>
  worker.query(
    `INSERT INTO rel.prepared_rollback (application_id, deployment_id, plan_digest, basis, prepared_at)
     VALUES ($1, $2, $3, 'x', now()) ON CONFLICT (application_id, deployment_id) DO UPDATE SET plan_digest = EXCLUDED.plan_digest`,
    [of, deployment, digest],
  )

type Given = {
  to: string | null
  occasion: string | null
  ref: string | null
  harm: string | null
  plan: string
  approvals: number
}
async function request(given: Partial<Given> = {}, client = web): Promise<string> {
  const all = {
    to: before,
    occasion: 'incident',
    ref: 'INC-7',
    harm: null,
    plan: back,
    approvals: 2,
    ...given,
  }
  const id = newId('release')
  await client.query('BEGIN')
  try {
    const event = await seed.writeEvent(client, 'release.requested', id, { kind: 'person', ...requester })
    await client.query(
      `INSERT INTO rel.release (id, application_id, plan_digest, requester_account, requester_person, reason, required_approvals,
         policy, policy_digest, not_after, event_id, rollback_to, occasion, occasion_ref, harm_release)
       VALUES ($1, $2, $3, $4, $5, 'because', $6, '{}', 'x', $7, $8, $9, $10, $11, $12)`,
      [
        ...[id, application, all.plan, requester.account, requester.person, all.approvals],
        ...[plus(clock.now(), 3_600_000), event, all.to, all.occasion, all.ref, all.harm],
      ],
    )
    await client.query('COMMIT')
    return id
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  }
}

beforeEach(async () => {
  uid = (await admin.query('SELECT uid FROM catalog.application WHERE id = $1', [application])).rows[0].uid
  before = await ran(application)
  running = await ran(application, { revision: now, from: '2026-11-02', to: null, historyId: 1 })
  back = await planBack()
  await prepared(back)
})

test('the legitimate way: a prepared plan, an occasion, one who asks', async () => {
  expect(await request()).toMatch(/^rel_/)
})

describe('a plan back', () => {
  test.each<[string, () => Promise<unknown>, RegExp]>([
    ['of a revision that never ran here', () => planBack({ revisions: [never] }), /never ran here/],
    [
      'of a deployment that is not there',
      () => planBack({ rollback: { deployment: 'dep_none' } }),
      /never ran here/,
    ],
    ['of nothing', () => planBack({ rollback: {} }), /never ran here/],
    ['of another life', () => planBack({ uid: 'another' }), /never ran here/],
    [
      'of what runs now',
      () => planBack({ revisions: [now], rollback: { deployment: running } }),
      /what runs now/,
    ],
    [
      'of another application',
      async () => planBack({}, await seed.seedApplication(admin, `other-${newId('event').slice(-6)}`)),
      /never ran here/,
    ],
    [
      'of what was only concluded',
      async () => {
        const guess = await ran(application, { knownFrom: 'inferred', from: '2026-10-01', to: '2026-10-02' })
        return planBack({ revisions: [], rollback: { deployment: guess } })
      },
      /never ran here/,
    ],
    [
      'by the web',
      () => writePlan(web, application, { uid, revisions: [then] }),
      /event_writer|permission denied/,
    ],
  ])('%s is refused', async (_, attack, why) => {
    await expect(attack()).rejects.toThrow(why)
  })
})

describe('a request', () => {
  const cases: [string, () => Promise<unknown>, RegExp][] = [
    [
      'of a plan back as if it were none',
      () => request({ to: null, occasion: null, ref: null }),
      /same deployment/,
    ],
    ['of the next plan as if it went back', () => request({ plan }), /same deployment/],
    ['to another deployment than its plan', () => request({ to: running }), /same deployment/],
    ['without an occasion', () => request({ occasion: null, ref: null }), /occasion/],
    ['with an occasion without a name', () => request({ ref: null }), /occasion/],
    [
      'of harm by a release of nobody',
      () => request({ occasion: 'release', ref: null, harm: 'rel_x' }),
      /harm/,
    ],
    ['without anybody else', () => request({ approvals: 0 }), /required_approvals/],
    [
      'of a plan that is no longer the prepared one',
      async () => {
        await prepared(await planBack())
        return request()
      },
      /prepared way back/,
    ],
    ['by the worker', () => request({}, worker), /event_writer|permission denied/],
  ]
  test.each(cases)('%s is refused', async (_, attack, why) => {
    await expect(attack()).rejects.toThrow(why)
  })
})

test('what it goes back to and why is frozen', async () => {
  const release = await request()
  for (const client of [web, worker])
    for (const column of ['rollback_to', 'occasion', 'occasion_ref', 'harm_release'])
      await expect(
        client.query(`UPDATE rel.release SET ${column} = NULL WHERE id = $1`, [release]),
      ).rejects.toThrow(/permission denied/)
})

test('the web prepares nothing itself and asks only for what is of the application', async () => {
  const insert = (columns: string, values: string) =>
    web.query(
      `INSERT INTO rel.prepared_rollback (application_id, deployment_id${columns}) VALUES ($1, $2${values})`,
      [application, running],
    )
  await expect(insert(', plan_digest', `, '${back}'`)).rejects.toThrow(/permission denied/)
  await expect(
    web.query(`UPDATE rel.prepared_rollback SET plan_digest = $1 WHERE application_id = $2`, [
      back,
      application,
    ]),
  ).rejects.toThrow(/permission denied/)
  const other = await seed.seedApplication(admin, `next-${newId('event').slice(-6)}`)
  await expect(
    web.query(
      `INSERT INTO rel.prepared_rollback (application_id, deployment_id, asked_at) VALUES ($1, $2, now())`,
      [other, before],
    ),
  ).rejects.toThrow(/is not of application/)
  for (const client of [web, worker])
    await expect(
      client.query(`DELETE FROM rel.prepared_rollback WHERE application_id = $1`, [application]),
    ).rejects.toThrow(/permission denied/)
  await expect(
    web.query(`UPDATE catalog.application SET rolled_back_to = '{x}' WHERE id = $1`, [application]),
  ).rejects.toThrow(/permission denied/)
})

test('without the approvals there is no intent', async () => {
  const release = await request()
  const receipt = await seed.anchorAll(admin)
  await expect(seed.insertIntent(worker, { release, plan: back, receipt })).rejects.toThrow()
  await seed.insertDecision(web, { release, plan: back, requester, by: anna })
  await expect(
    seed.moveRelease(web, release, 'approved', { kind: 'person', ...anna }, ', approved_at = now()'),
  ).rejects.toThrow(/1 of 2 approvals/)
  await expect(seed.insertDecision(web, { release, plan: back, requester, by: requester })).rejects.toThrow(
    /four_eyes/,
  )
})
