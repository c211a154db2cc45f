import { describe, expect, test } from 'vitest'
import { newId } from '#lib/platform/ids.ts'
import * as seed from '#lib/releases/testing.ts'
import {
  admin,
  anna,
  disabled,
  dispatched,
  marta,
  nextApplication,
  plan,
  requester,
  sameHuman,
  service,
  web,
  worker,
  workerActor,
} from '#lib/releases/testing-attacks.ts'

type Closing = Parameters<typeof seed.insertClosing>[1]
const actor = (by: seed.Who) => ({ kind: 'person', ...by })

const inReview = async () => {
  const release = await dispatched()
  await seed.moveRelease(worker, release, 'review', workerActor)
  return release
}
const step = (release: string, kind: Closing['kind'], by: seed.Who, more: Partial<Closing> = {}) =>
  seed.insertClosing(web, { release, plan, requester, kind, by, ...more })
const found = async (more: Partial<Closing> = {}) => {
  const release = await inReview()
  return { release, finding: { id: await step(release, 'find', anna, more), by: more.by ?? anna } }
}
const stateOf = async (id: string) =>
  (await admin.query('SELECT state FROM rel.release WHERE id = $1', [id])).rows[0].state

describe('the legitimate way', () => {
  test.each(['succeeded', 'degraded', 'failed'])('one finds, another confirms: %s', async (outcome) => {
    const { release, finding } = await found({ outcome })
    await admin.query('UPDATE catalog.application SET plan_checked_at = now()')
    await step(release, 'confirm', marta, { finding, outcome, reason: null, end: outcome })
    expect(await stateOf(release)).toBe(outcome)
    const looked = await admin.query(
      `SELECT count(*)::int AS n FROM catalog.application a JOIN rel.release r ON r.application_id = a.id
       WHERE r.id = $1 AND plan_checked_at IS NULL`,
      [release],
    )
    expect(looked.rows[0].n).toBe(1)
  })
  test('a declined finding leaves it open for another, also by who declined', async () => {
    const { release, finding } = await found()
    await step(release, 'decline', marta, { finding })
    expect(await stateOf(release)).toBe('review')
    const second = { id: await step(release, 'find', marta, { outcome: 'failed' }), by: marta }
    await step(release, 'confirm', anna, { finding: second, outcome: 'failed', end: 'failed' })
    expect(await stateOf(release)).toBe('failed')
  })
})

describe('a finding is refused', () => {
  test.each([
    ['by the requester', () => requester, 'requester_stays_out_by_account'],
    ['by a second account of the requester', () => sameHuman, 'requester_stays_out_by_person'],
    ['by a disabled account', () => disabled, 'enabled account of a person'],
    ['by a service account', () => service, 'enabled account of a person'],
    [
      'with a forged person',
      () => ({ account: sameHuman.account, person: anna.person }),
      'closing_account_id_person_id_fkey',
    ],
  ])('%s', async (_, who, why) => {
    await expect(found({ by: who() })).rejects.toThrow(why)
  })
  test('with a forged requester, to slip past the check', async () => {
    await expect(found({ by: requester, requester: anna })).rejects.toThrow('closing_of_exactly_this')
  })
  test('outside of review', async () => {
    await expect(step(await dispatched(), 'find', anna)).rejects.toThrow('not in review')
  })
  test('with an outcome that is no end of a sync', async () => {
    await expect(found({ outcome: 'withdrawn' })).rejects.toThrow('outcome_check')
  })
  test('without a reason', async () => {
    await expect(found({ reason: null })).rejects.toThrow('a_finding_says_why')
  })
  test('beside one that still waits', async () => {
    const { release } = await found()
    await expect(step(release, 'find', marta)).rejects.toThrow('still waits')
  })
  test('with the entry of another person, or of none', async () => {
    const release = await inReview()
    const event = await seed.writeEvent(web, 'release.finding', release, actor(marta))
    await expect(step(release, 'find', anna, { event })).rejects.toThrow('no entry of the log')
    await expect(step(release, 'find', anna, { event: newId('event') })).rejects.toThrow('no entry')
  })
  test('by the worker role', async () => {
    const release = await inReview()
    await expect(
      seed.insertClosing(worker, { release, plan, requester, kind: 'find', by: anna }),
    ).rejects.toThrow('event_writer')
    await expect(worker.query(`INSERT INTO rel.closing (id) VALUES ('${newId('closing')}')`)).rejects.toThrow(
      'permission denied',
    )
  })
})

describe('an answer is refused', () => {
  const confirm = (
    { release, finding }: { release: string; finding: { id: string; by: seed.Who } },
    by: seed.Who,
    more: Partial<Closing> = {},
  ) => step(release, 'confirm', by, { finding, end: more.outcome ?? 'succeeded', ...more })

  test('by who found it', async () => {
    await expect(confirm(await found(), anna)).rejects.toThrow('two_accounts')
  })
  test('by a second account of who found it', async () => {
    const other = await seed.seedPerson(admin, 'Anna Beck', { person: anna.person })
    await expect(confirm(await found(), other)).rejects.toThrow('two_people')
  })
  test('by who found it, with a forged finder', async () => {
    const { release, finding } = await found()
    await expect(confirm({ release, finding: { ...finding, by: marta } }, anna)).rejects.toThrow(
      'answer_to_exactly_this',
    )
  })
  test('by the requester', async () => {
    await expect(confirm(await found(), requester)).rejects.toThrow('requester_stays_out_by_account')
  })
  test('with another outcome than was found', async () => {
    await expect(confirm(await found({ outcome: 'failed' }), marta)).rejects.toThrow('answer_to_exactly_this')
  })
  test('with the finding of another release', async () => {
    const { finding } = await found()
    await nextApplication()
    const release = await inReview()
    await expect(confirm({ release, finding }, marta)).rejects.toThrow('answer_to_exactly_this')
  })
  test('without a finding', async () => {
    await expect(step(await inReview(), 'confirm', marta, { end: 'succeeded' })).rejects.toThrow(
      'only a finding takes an answer',
    )
  })
  test('twice, and to an answer', async () => {
    const { release, finding } = await found()
    const answer = { id: await step(release, 'decline', marta, { finding }), by: marta }
    await expect(confirm({ release, finding }, marta)).rejects.toThrow('one_answer_a_finding')
    await expect(confirm({ release, finding: answer }, anna)).rejects.toThrow('only a finding takes')
  })
  test('when the account that found it was disabled meanwhile', async () => {
    const leaver = await seed.seedPerson(admin, 'Leaver')
    const made = await found({ by: leaver })
    await admin.query('UPDATE access.account SET enabled = false WHERE id = $1', [leaver.account])
    await expect(confirm(made, marta)).rejects.toThrow('is disabled')
  })
  test('when the release does not end with it, or ends otherwise', async () => {
    const { release, finding } = await found()
    await expect(step(release, 'confirm', marta, { finding })).rejects.toThrow('did not end so')
    await expect(confirm({ release, finding }, marta, { end: 'failed' })).rejects.toThrow('no two people')
    expect(await stateOf(release)).toBe('review')
  })
})

describe('a release does not leave review', () => {
  const ends = ['succeeded', 'degraded', 'failed']
  test.each(ends)('as %s with nobody, with one, or with a declined finding', async (state) => {
    const release = await inReview()
    const move = () => seed.moveRelease(web, release, state, actor(anna))
    await expect(move()).rejects.toThrow('no two people')
    const finding = { id: await step(release, 'find', anna, { outcome: state }), by: anna }
    await expect(move()).rejects.toThrow('no two people')
    await step(release, 'decline', marta, { finding, outcome: state })
    await expect(move()).rejects.toThrow('no two people')
  })
  test.each([...ends, 'approved', 'dispatching', 'syncing', 'verifying'])(
    'to %s by the worker',
    async (state) => {
      const { release } = await found()
      await expect(seed.moveRelease(worker, release, state, workerActor)).rejects.toThrow('no two people')
    },
  )
  test.each(['withdrawn', 'rejected', 'approved', 'stale'])('to %s by the web role', async (state) => {
    await expect(seed.moveRelease(web, await inReview(), state, actor(anna))).rejects.toThrow('no two people')
  })
})

test.each([
  `UPDATE rel.closing SET outcome = 'failed'`,
  'DELETE FROM rel.closing',
  'TRUNCATE rel.closing CASCADE',
])('closings are append-only, for the owner too: %s', async (statement) => {
  await found()
  for (const client of [web, worker])
    await expect(client.query(statement)).rejects.toThrow('permission denied')
  await expect(admin.query(statement)).rejects.toThrow('append-only')
})
