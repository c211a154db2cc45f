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

describe('dispatching is refused', () => {
  test('without an intent', async () => {
    const release = await approved()
    await claim(release)
    await expect(seed.moveRelease(worker, release, 'dispatching', workerActor)).rejects.toThrow(
      'no intent was written',
    )
  })
})
