import { describe, expect, test } from 'vitest'
import { newId, newSecret } from '#lib/platform/ids.ts'
import * as seed from './testing.ts'
import {
  admin,
  anna,
  application,
  approve,
  approved,
  claim,
  dispatched,
  marta,
  nextApplication,
  plan,
  request,
  web,
  worker,
  workerActor,
} from './testing-attacks.ts'

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
    await nextApplication()
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

/** As if the quiet period of the first intent were over. */
const quietOver = async (release: string) => {
  await admin.query(`BEGIN; SET LOCAL session_replication_role = replica;
    UPDATE rel.intent SET quiet_until = now() - interval '1 s', post_deadline = now() - interval '2 min',
                          created_at = now() - interval '3 min' WHERE release_id = '${release}'; COMMIT`)
}

describe('after the first intent', () => {
  test('a second one is refused when Argo CD has moved, or when somebody lost the right meanwhile', async () => {
    const release = await dispatched()
    await quietOver(release)
    const second = { release, plan, n: 2, receipt: await seed.anchorAll(admin) }
    await expect(seed.insertIntent(worker, { ...second, preStateHash: 'another' })).rejects.toThrow(
      'has moved',
    )
    await admin.query('UPDATE access.account SET enabled = false WHERE id = $1', [anna.account])
    await expect(seed.insertIntent(worker, second)).rejects.toThrow('1 of 2 approvals')
    await admin.query('UPDATE access.account SET enabled = true WHERE id = $1', [anna.account])
    await seed.insertIntent(worker, second)
    await expect(seed.insertIntent(worker, { ...second, n: 3 })).rejects.toThrow()
  })
  test.each(['withdrawn', 'revoked', 'rejected', 'approved', 'requested'])(
    'the web role cannot make it %s any more',
    async (state) => {
      const release = await dispatched()
      await expect(seed.moveRelease(web, release, state, { kind: 'person', ...marta })).rejects.toThrow()
    },
  )
  test.each(['approved', 'stale', 'expired', 'revoked', 'succeeded', 'degraded'])(
    'the worker role cannot make it %s',
    async (state) => {
      await expect(seed.moveRelease(worker, await dispatched(), state, workerActor)).rejects.toThrow(
        'may not move a release',
      )
    },
  )
})

describe('the first intent is refused', () => {
  test('after expiry', async () => {
    const release = await approved()
    await claim(release)
    await admin.query(`BEGIN; SET LOCAL session_replication_role = replica;
      UPDATE rel.release SET not_after = now() - interval '1 s' WHERE id = '${release}'; COMMIT`)
    const receipt = await seed.anchorAll(admin)
    await expect(seed.insertIntent(worker, { release, plan, receipt })).rejects.toThrow('has expired')
  })
  test('with the entry of another release, or of another kind', async () => {
    const release = await approved()
    await claim(release)
    const receipt = await seed.anchorAll(admin)
    for (const [type, about] of [
      ['release.intent', newId('release')],
      ['release.dispatching', release],
    ] as const) {
      const event = await seed.writeEvent(worker, type, about, workerActor)
      await expect(seed.insertIntent(worker, { release, plan, receipt, event })).rejects.toThrow('no entry')
    }
  })
})

describe('the log refuses', () => {
  test.each([
    `UPDATE audit.event SET entry = '{}'`,
    'DELETE FROM audit.event',
    'TRUNCATE audit.event CASCADE',
    `INSERT INTO audit.log (seq, event_id, leaf, chain) VALUES (999999, 'evt_x', sha256('x'), sha256('x'))`,
    'UPDATE audit.log SET seq = seq + 1',
    `INSERT INTO audit.receipt (size, anchor, kind, receipt) VALUES (1, 'mine', 'file', '{}')`,
    `INSERT INTO audit.checkpoint (size, root, note, key_id) VALUES (1, sha256('x'), 'n', 'k')`,
    `UPDATE audit.origin SET origin = 'another.example/log'`,
    `INSERT INTO audit.event (id, entry, written_by) VALUES ('evt_x', '{}', 'countersign_worker')`,
    'DROP TRIGGER seal ON audit.event',
  ])('both roles: %s', async (statement) => {
    for (const client of [web, worker])
      await expect(client.query(statement)).rejects.toThrow(/permission denied|must be owner/)
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
