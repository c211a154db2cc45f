import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { clock, plus } from '#lib/platform/clock.ts'
import { newId, newSecret } from '#lib/platform/ids.ts'
import { testDatabase } from '#lib/platform/testing.ts'
import * as seed from './testing.ts'

const { urls } = await testDatabase()
let admin: pg.Client
let web: pg.Client
let worker: pg.Client
let requester: seed.Who
let sameHuman: seed.Who
let anna: seed.Who
let marta: seed.Who
let disabled: seed.Who
let service: seed.Who
let application: string
let plan: string
let count = 0

beforeAll(async () => {
  ;[admin, web, worker] = (await Promise.all([urls.admin, urls.web, urls.worker].map(seed.connect))) as [
    pg.Client,
    pg.Client,
    pg.Client,
  ]
  requester = await seed.seedPerson(admin, 'Jonas Öztürk')
  sameHuman = await seed.seedPerson(admin, 'Jonas Öztürk', { person: requester.person })
  anna = await seed.seedPerson(admin, 'Anna Beck')
  marta = await seed.seedPerson(admin, 'Marta Bauer')
  disabled = await seed.seedPerson(admin, 'Gone', { enabled: false })
  service = await seed.seedPerson(admin, 'ci', { kind: 'service' })
})
afterAll(() => Promise.all([admin, web, worker].map((client) => client.end())))
beforeEach(async () => {
  application = await seed.seedApplication(admin, `svc${count++}`)
  plan = await seed.seedPlan(admin, application)
})

const workerActor = { kind: 'worker', name: 'test' }
const request = (more: Partial<Parameters<typeof seed.insertRelease>[1]> = {}) =>
  seed.insertRelease(web, { application, plan, by: requester, ...more })
const approve = (
  release: string,
  by: seed.Who,
  more: Partial<Parameters<typeof seed.insertDecision>[1]> = {},
) => seed.insertDecision(web, { release, plan, requester, by, ...more })
const approved = async () => {
  const release = await request()
  await approve(release, anna)
  await approve(release, marta)
  await seed.moveRelease(web, release, 'approved', { kind: 'person', ...marta }, ', approved_at = now()')
  return release
}
const claim = (release: string) =>
  worker.query('UPDATE rel.release SET epoch = epoch + 1 WHERE id = $1', [release])
const dispatched = async () => {
  const release = await approved()
  await claim(release)
  await seed.insertIntent(worker, { release, plan, receipt: await seed.anchorAll(admin), dispatch: true })
  return release
}

describe('the legitimate way', () => {
  test('request, two approvals, intent, dispatch, sync, verify, success', async () => {
    const release = await dispatched()
    for (const state of ['syncing', 'verifying', 'succeeded'])
      await seed.moveRelease(worker, release, state, workerActor)
    const row = await admin.query('SELECT state FROM rel.release WHERE id = $1', [release])
    expect(row.rows[0].state).toBe('succeeded')
  })
  test('a rejection ends it', async () => {
    const release = await request()
    await approve(release, anna, { kind: 'reject' })
    await seed.moveRelease(web, release, 'rejected', { kind: 'person', ...anna })
  })
  test('a second intent after the quiet period, with Argo CD unmoved', async () => {
    const release = await dispatched()
    await admin.query('SET session_replication_role = replica')
    await admin.query(
      `UPDATE rel.intent SET quiet_until = now() - interval '1 s', post_deadline = now() - interval '2 min',
      created_at = now() - interval '3 min' WHERE release_id = $1`,
      [release],
    )
    await admin.query('SET session_replication_role = origin')
    await seed.insertIntent(worker, { release, plan, n: 2, receipt: await seed.anchorAll(admin) })
  })
})

describe('a decision is refused', () => {
  test('by the requester', async () => {
    await expect(approve(await request(), requester)).rejects.toThrow('four_eyes_by_account')
  })
  test('by a second account of the requester', async () => {
    await expect(approve(await request(), sameHuman)).rejects.toThrow('four_eyes_by_person')
  })
  test('with a forged person', async () => {
    await expect(
      approve(await request(), { account: sameHuman.account, person: anna.person }),
    ).rejects.toThrow('foreign key')
  })
  test('with a forged requester, to slip past the check', async () => {
    await expect(approve(await request(), requester, { requester: anna })).rejects.toThrow(
      'decision_of_exactly_this',
    )
  })
  test('on another plan', async () => {
    const other = await seed.seedPlan(admin, application)
    await expect(approve(await request({ plan: other }), anna, { plan })).rejects.toThrow(
      'decision_of_exactly_this',
    )
  })
  test('twice by one person', async () => {
    const release = await request()
    await approve(release, anna)
    await expect(approve(release, anna)).rejects.toThrow('one_decision_per_person')
  })
  test('by a disabled account', async () => {
    await expect(approve(await request(), disabled)).rejects.toThrow('enabled account of a person')
  })
  test('by a service account', async () => {
    await expect(approve(await request(), service)).rejects.toThrow('enabled account of a person')
  })
  test('after expiry', async () => {
    const release = await request({ notAfter: plus(clock.now(), 150) })
    await expect
      .poll(() =>
        admin
          .query('SELECT now() > not_after AS over FROM rel.release WHERE id = $1', [release])
          .then((r) => r.rows[0].over),
      )
      .toBe(true)
    await expect(approve(release, anna)).rejects.toThrow('has expired')
  })
  test('after dispatch', async () => {
    const third = await seed.seedPerson(admin, 'Third')
    await expect(approve(await dispatched(), third)).rejects.toThrow('takes no decisions any more')
  })
  test('without an entry of the log', async () => {
    await expect(approve(await request(), anna, { event: newId('event') })).rejects.toThrow(
      'no entry of the log',
    )
  })
  test('with the entry of another release', async () => {
    const [release, other] = [await request(), newId('release')]
    const event = await seed.writeEvent(web, 'release.decided', other, { kind: 'person', ...anna })
    await expect(approve(release, anna, { event })).rejects.toThrow('no entry of the log')
  })
  test('of another kind', async () => {
    await expect(approve(await request(), anna, { kind: 'maybe' })).rejects.toThrow('kind_check')
  })
  test('by the worker role', async () => {
    const release = await request()
    await expect(seed.insertDecision(worker, { release, plan, requester, by: anna })).rejects.toThrow()
  })
})

describe('a release cannot be', () => {
  test('approved without quorum', async () => {
    const release = await request()
    await approve(release, anna)
    await expect(seed.moveRelease(web, release, 'approved', { kind: 'person', ...anna })).rejects.toThrow(
      '1 of 2 approvals',
    )
  })
  test('approved when one of two approvers was disabled meanwhile', async () => {
    const leaver = await seed.seedPerson(admin, 'Leaver')
    const release = await request()
    await approve(release, anna)
    await approve(release, leaver)
    await admin.query('UPDATE access.account SET enabled = false WHERE id = $1', [leaver.account])
    await expect(seed.moveRelease(web, release, 'approved', { kind: 'person', ...anna })).rejects.toThrow(
      '1 of 2 approvals',
    )
  })
  test('approved after a rejection', async () => {
    const release = await request({ approvals: 1 })
    await approve(release, anna)
    await approve(release, marta, { kind: 'reject' })
    await expect(seed.moveRelease(web, release, 'approved', { kind: 'person', ...anna })).rejects.toThrow(
      '0 of 1 approvals',
    )
  })
  test.each([
    ['requested', 'dispatching'],
    ['requested', 'syncing'],
    ['requested', 'succeeded'],
  ])('moved from %s to %s by the worker', async (_, state) => {
    await expect(seed.moveRelease(worker, await request(), state, workerActor)).rejects.toThrow(
      'may not move a release',
    )
  })
  test.each(['dispatching', 'syncing', 'verifying', 'succeeded', 'failed', 'stale', 'review'])(
    'moved from approved to %s by the web role',
    async (state) => {
      await expect(
        seed.moveRelease(web, await approved(), state, { kind: 'person', ...anna }),
      ).rejects.toThrow('may not move a release')
    },
  )
  test('revived after its end', async () => {
    const release = await request()
    await seed.moveRelease(web, release, 'withdrawn', { kind: 'person', ...requester })
    await expect(
      seed.moveRelease(web, release, 'requested', { kind: 'person', ...requester }),
    ).rejects.toThrow()
  })
  test('rejected when nobody rejected it', async () => {
    await expect(
      seed.moveRelease(web, await request(), 'rejected', { kind: 'person', ...anna }),
    ).rejects.toThrow('nobody rejected')
  })
  test('moved without an entry of the log', async () => {
    const release = await request()
    await expect(
      web.query(
        `UPDATE rel.release SET state = 'withdrawn', finished_at = now(), ending = 'x' WHERE id = $1`,
        [release],
      ),
    ).rejects.toThrow('no entry of the log')
  })
  test('opened twice for one application', async () => {
    await request()
    await expect(request()).rejects.toThrow('release_one_open')
  })
  test('asked for with no approvals required', async () => {
    await expect(request({ approvals: 0 })).rejects.toThrow('required_approvals')
  })
  test('asked for with the plan of another application', async () => {
    const other = await seed.seedPlan(admin, await seed.seedApplication(admin, `other${count++}`))
    await expect(request({ plan: other })).rejects.toThrow('foreign key')
  })
  test('asked for with a branch name for a plan', async () => {
    await expect(request({ plan: 'main' })).rejects.toThrow('foreign key')
  })
  test('asked for by a disabled account', async () => {
    await expect(request({ by: disabled })).rejects.toThrow('disabled account')
  })
  test('asked for under the account of one and the person of another', async () => {
    await expect(request({ by: { account: requester.account, person: anna.person } })).rejects.toThrow(
      'foreign key',
    )
  })
  test('born expired', async () => {
    await expect(request({ notAfter: plus(clock.now(), -1000) })).rejects.toThrow('expired')
  })
  test.each(['state', 'epoch', 'lease_owner', 'approved_at', 'synced_at'])(
    'inserted with %s set by the web role',
    async (column) => {
      const value = {
        state: `'approved'`,
        epoch: '7',
        lease_owner: `'x'`,
        approved_at: 'now()',
        synced_at: 'now()',
      }[column]
      await expect(
        web.query(`INSERT INTO rel.release (id, ${column}) VALUES ('${newId('release')}', ${value})`),
      ).rejects.toThrow('permission denied')
    },
  )
  test.each([
    `plan_digest = '${'0'.repeat(64)}'`,
    `requester_account = 'usr_x'`,
    'required_approvals = 1',
    `reason = 'another'`,
    `policy = '{}'`,
    `not_after = now() + interval '9 days'`,
    'epoch = 99',
    `lease_owner = 'web'`,
  ])('changed by the web role: %s', async (change) => {
    await expect(
      web.query(`UPDATE rel.release SET ${change} WHERE id = $1`, [await request()]),
    ).rejects.toThrow('permission denied')
  })
  test.each(['required_approvals = 1', `reason = 'another'`, `requester_person = 'per_x'`])(
    'changed even by its owner: %s',
    async (change) => {
      await expect(
        admin.query(`UPDATE rel.release SET ${change} WHERE id = $1`, [await request()]),
      ).rejects.toThrow('frozen')
    },
  )
  test('set back to an earlier epoch', async () => {
    const release = await approved()
    await claim(release)
    await expect(worker.query('UPDATE rel.release SET epoch = 0 WHERE id = $1', [release])).rejects.toThrow(
      'never falls',
    )
  })
})

describe('an intent is refused', () => {
  const intent = async (release: string, more: Partial<Parameters<typeof seed.insertIntent>[1]> = {}) =>
    seed.insertIntent(worker, { release, plan, receipt: await seed.anchorAll(admin), ...more })
  test('by the web role', async () => {
    const release = await approved()
    await expect(seed.insertIntent(web, { release, plan, receipt: '1' })).rejects.toThrow()
  })
  test('without quorum', async () => {
    const release = await request()
    await claim(release)
    await expect(intent(release)).rejects.toThrow('0 of 2 approvals')
  })
  test('when an approver was disabled after quorum', async () => {
    const leaver = await seed.seedPerson(admin, 'Leaver')
    const release = await request()
    await approve(release, anna)
    await approve(release, leaver)
    await seed.moveRelease(web, release, 'approved', { kind: 'person', ...leaver })
    await claim(release)
    await admin.query('UPDATE access.account SET enabled = false WHERE id = $1', [leaver.account])
    await expect(intent(release)).rejects.toThrow('1 of 2 approvals')
  })
  test('with a stale epoch', async () => {
    const release = await approved()
    await claim(release)
    await claim(release)
    await expect(intent(release, { epoch: 1 })).rejects.toThrow('intent of epoch 1')
  })
  test('for another plan', async () => {
    const release = await approved()
    await claim(release)
    await expect(intent(release, { plan: await seed.seedPlan(admin, application) })).rejects.toThrow(
      'foreign key',
    )
  })
  test('twice', async () => {
    await expect(intent(await dispatched())).rejects.toThrow('needs an approved release')
  })
  test('as a second one inside the quiet period', async () => {
    await expect(intent(await dispatched(), { n: 2 })).rejects.toThrow('quiet period')
  })
  test('as a second one without a first', async () => {
    const release = await approved()
    await claim(release)
    await expect(intent(release, { n: 2 })).rejects.toThrow('needs a first one')
  })
  test('as a third', async () => {
    await expect(intent(await dispatched(), { n: 3 })).rejects.toThrow()
  })
  test('with the token of another intent', async () => {
    const token = newSecret()
    const release = await approved()
    await claim(release)
    await intent(release, { token, dispatch: true })
    application = await seed.seedApplication(admin, `token${count++}`)
    plan = await seed.seedPlan(admin, application)
    const other = await approved()
    await claim(other)
    await expect(intent(other, { token })).rejects.toThrow('intent_token_key')
  })
  test('with a receipt older than the last approval', async () => {
    const release = await request()
    await approve(release, anna)
    const receipt = await seed.anchorAll(admin)
    await approve(release, marta)
    await seed.moveRelease(web, release, 'approved', { kind: 'person', ...marta })
    await claim(release)
    await expect(intent(release, { receipt })).rejects.toThrow('does not cover')
  })
  test('with a receipt that does not exist', async () => {
    const release = await approved()
    await claim(release)
    await expect(intent(release, { receipt: '987654321' })).rejects.toThrow()
  })
  test('without an entry of the log', async () => {
    const release = await approved()
    await claim(release)
    await expect(intent(release, { event: newId('event') })).rejects.toThrow('no entry of the log')
  })
})

describe('dispatching is refused', () => {
  test('without an intent', async () => {
    const release = await approved()
    await claim(release)
    await expect(seed.moveRelease(worker, release, 'dispatching', workerActor)).rejects.toThrow(
      'no intent was written',
    )
  })
})

describe('what happened cannot be rewritten', () => {
  const statements = ['plan', 'decision', 'intent', 'transition'].flatMap((table) => [
    [`UPDATE rel.${table} SET`, table],
    [`DELETE FROM rel.${table}`, table],
    [`TRUNCATE rel.${table} CASCADE`, table],
  ])
  test.each(statements)('%s', async (statement, table) => {
    const column = {
      plan: 'created_at = now()',
      decision: `kind = 'reject'`,
      intent: 'n = 2',
      transition: `role = 'x'`,
    }[table as string]
    const sql = statement?.startsWith('UPDATE') ? `${statement} ${column}` : (statement ?? '')
    for (const client of [web, worker]) await expect(client.query(sql)).rejects.toThrow('permission denied')
    await expect(admin.query(sql)).rejects.toThrow('append-only')
  })
  test.each(['DELETE FROM rel.release', 'TRUNCATE rel.release CASCADE'])('%s', async (sql) => {
    for (const client of [web, worker]) await expect(client.query(sql)).rejects.toThrow('permission denied')
    await expect(admin.query(sql)).rejects.toThrow('append-only')
  })
  test('a plan whose bytes are not its digest', async () => {
    await expect(
      worker.query(
        `INSERT INTO rel.plan (digest, body, application_id, document, document_digest, event_id)
        VALUES ($1, '{}', $2, '{}', $1, 'evt_x')`,
        ['0'.repeat(64), application],
      ),
    ).rejects.toThrow('is_its_digest')
  })
  test('a plan written by the web role', async () => {
    await expect(web.query(`INSERT INTO rel.plan (digest) VALUES ('x')`)).rejects.toThrow('permission denied')
  })
  test.each([
    `UPDATE catalog.application SET protected = false`,
    `UPDATE catalog.application SET plan_digest = 'x'`,
    `INSERT INTO catalog.instance (name) VALUES ('evil')`,
    `UPDATE access.account SET person_id = 'per_x'`,
    `UPDATE access.account SET kind = 'person'`,
    `DELETE FROM access.account`,
    `INSERT INTO rel.transition VALUES ('requested', 'succeeded', 'countersign_web')`,
    `SELECT key FROM rel.worker_key`,
    `SET ROLE countersign_owner`,
    `SET session_replication_role = replica`,
    `ALTER TABLE rel.release DISABLE TRIGGER ALL`,
    `DROP TRIGGER guard ON rel.decision`,
    `CREATE FUNCTION rel.approvals(text) RETURNS bigint LANGUAGE sql AS 'SELECT 9::bigint'`,
  ])('by the web role: %s', async (sql) => {
    await expect(web.query(sql)).rejects.toThrow(/permission denied|must be owner/)
  })
  test.each([
    `UPDATE access.account SET enabled = true`,
    `INSERT INTO access.account (id, person_id, issuer, subject) VALUES ('usr_x', 'per_x', 'i', 's')`,
    `INSERT INTO rel.decision (id) VALUES ('dec_x')`,
    `INSERT INTO rel.release (id) VALUES ('rel_x')`,
    `UPDATE rel.release SET plan_digest = 'x'`,
    `SET ROLE countersign_owner`,
    `ALTER TABLE rel.intent DISABLE TRIGGER ALL`,
  ])('by the worker role: %s', async (sql) => {
    await expect(worker.query(sql)).rejects.toThrow(/permission denied|must be owner/)
  })
  test.each([
    `UPDATE rel.release SET state = 'approved'`,
    `INSERT INTO rel.decision (id) VALUES ('dec_x')`,
    `SELECT * FROM rel.intent`,
    `SELECT key FROM rel.worker_key`,
    `SELECT * FROM access.person_detail`,
    `UPDATE catalog.application SET protected = false`,
    `INSERT INTO audit.event (id, entry) VALUES ('evt_x', '{}')`,
    `SET ROLE countersign_owner`,
  ])('by the signer role: %s', async (sql) => {
    const signer = await seed.connect(urls.signer)
    try {
      await expect(signer.query(sql)).rejects.toThrow(/permission denied/)
    } finally {
      await signer.end()
    }
  })
})
