import { describe, expect, test } from 'vitest'
import { clock, plus } from '#lib/platform/clock.ts'
import { newId } from '#lib/platform/ids.ts'
import * as seed from './testing.ts'
import {
  admin,
  anna,
  application,
  approve,
  approved,
  claim,
  disabled,
  dispatched,
  marta,
  plan,
  request,
  requester,
  sameHuman,
  service,
  web,
  worker,
  workerActor,
} from './testing-attacks.ts'

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
    const other = await seed.seedPlan(admin, await seed.seedApplication(admin, 'another'))
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
