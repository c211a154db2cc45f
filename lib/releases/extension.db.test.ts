import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Viewer } from '#lib/access/policy.ts'
import { writeMessage } from '#lib/messages/commands.ts'
import { listMessages } from '#lib/messages/data.ts'
import { clock, plus } from '#lib/platform/clock.ts'
import { createDb, type Db } from '#lib/platform/db.ts'
import { newId } from '#lib/platform/ids.ts'
import { extendRelease, requestRelease } from './commands.ts'
import { policyFor } from './policy.ts'
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
  plan,
  request,
  requester,
  sameHuman,
  urls,
  web,
  worker,
  workerActor,
} from './testing-attacks.ts'

let db: Db
beforeAll(() => {
  db = createDb(urls.web)
})
afterAll(() => db.$disconnect())

const viewer = (who: seed.Who, role: 'approver' | 'developer' = 'approver'): Viewer => ({
  ...{ accountId: who.account, personId: who.person, name: 'N', initials: 'N', groups: [] },
  ...{ grants: [{ role }], service: false, enabled: true },
})
const extend = (id: string, who: seed.Who, digest = plan, at = clock.now()) =>
  extendRelease(db, id, { plan: digest }, viewer(who), at)
const times = async (id: string) =>
  (await admin.query('SELECT not_after, ends_at FROM rel.release WHERE id = $1', [id])).rows[0]

type Lie = { by: seed.Who; digest?: string; until?: string; event?: string }
async function inSql(release: string, { by, digest = plan, until, event }: Lie, client = web) {
  await client.query('BEGIN')
  try {
    const actor = { kind: 'person', ...by }
    const entry = event ?? (await seed.writeEvent(client, 'release.extended', release, actor))
    await client.query(
      `INSERT INTO rel.extension (id, release_id, plan_digest, requester_account, requester_person, account_id, person_id, not_after, event_id)
       VALUES ($1, $2, $3, $4, $5, $6, $7, coalesce($8::timestamptz, now() + interval '2 hours'), $9)`,
      [
        newId('extension'),
        release,
        digest,
        requester.account,
        requester.person,
        by.account,
        by.person,
        until,
        entry,
      ],
    )
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  }
}

test('an approver gives more time; what was asked for stays as it was', async () => {
  const id = await request()
  const before = await times(id)
  expect((await extend(id, anna)).ok).toBe(true)
  const after = await times(id)
  expect(after.not_after).toEqual(before.not_after)
  expect(after.ends_at.getTime()).toBeGreaterThan(before.ends_at.getTime())
  await approve(id, anna)
})

test.each<[string, () => Promise<[string, seed.Who]>, string]>([
  ['the requester', async () => [await request(), requester], 'own-request'],
  ['their second account', async () => [await request(), sameHuman], 'own-request-other-account'],
  ['after dispatch', async () => [await dispatched(), anna], 'not-extendable'],
])('no more time: %s', async (_, make, code) => {
  const [id, who] = await make()
  expect(await extend(id, who)).toMatchObject({ ok: false, refusal: { code } })
})

test('no more time for another digest, nor by somebody who does not approve', async () => {
  const id = await request()
  expect(await extend(id, anna, 'b'.repeat(64))).toMatchObject({ refusal: { code: 'digest-moved' } })
  expect(await extendRelease(db, id, { plan }, viewer(anna, 'developer'), clock.now())).toMatchObject({
    refusal: { code: 'not-an-approver' },
  })
})

test('in SQL: every lie of an extension is refused', async () => {
  const id = await request()
  const by = { account: sameHuman.account, person: anna.person }
  await expect(inSql(id, { by: requester })).rejects.toThrow('four_eyes_by_account')
  await expect(inSql(id, { by: sameHuman })).rejects.toThrow('four_eyes_by_person')
  await expect(inSql(id, { by })).rejects.toThrow()
  await expect(inSql(id, { by: anna, digest: 'f'.repeat(64) })).rejects.toThrow()
  await expect(inSql(id, { by: anna, until: plus(clock.now(), 25 * 3_600_000) })).rejects.toThrow(
    'within the time',
  )
  await expect(inSql(id, { by: anna, until: plus(clock.now(), 60_000) })).rejects.toThrow('ends later')
  await expect(inSql(id, { by: anna, event: newId('event') })).rejects.toThrow()
  await expect(inSql(id, { by: anna }, worker)).rejects.toThrow()
  for (const role of [web, worker])
    await expect(
      role.query(`UPDATE rel.release SET extended_until = now() + interval '9 days'`),
    ).rejects.toThrow('permission denied')
  await expect(admin.query('DELETE FROM rel.extension')).rejects.toThrow('append-only')
})

test('an extension has to be anchored like an approval before anything is sent', async () => {
  const id = await approved()
  const receipt = await seed.anchorAll(admin)
  await inSql(id, { by: marta })
  await claim(id)
  await expect(seed.insertIntent(worker, { release: id, plan, receipt, dispatch: true })).rejects.toThrow(
    'does not cover the extensions',
  )
  await seed.insertIntent(worker, { release: id, plan, receipt: await seed.anchorAll(admin), dispatch: true })
})

test('a newer request takes the place of the stale one and keeps its reason', async () => {
  const stale = await request()
  await seed.moveRelease(worker, stale, 'stale', workerActor)
  const next = await seed.seedPlan(admin, application)
  const asked = await requestRelease(
    db,
    { application, plan: next, reason: 'the same, newer' },
    viewer(requester, 'developer'),
    clock.now(),
    (where) => policyFor([], where),
  )
  if (!asked.ok) throw new Error(asked.refusal.code)
  const row = await admin.query('SELECT supersedes FROM rel.release WHERE id = $1', [asked.value.id])
  expect(row.rows[0].supersedes).toBe(stale)
})

test('questions: by anybody who may read, written once, with their entry', async () => {
  const id = await request()
  const hostile = '<img src=x onerror=alert(1)> \u202e why?'
  expect((await writeMessage(db, id, hostile, viewer(requester, 'developer'))).ok).toBe(true)
  expect((await writeMessage(db, id, 'Because.', viewer(anna))).ok).toBe(true)
  expect((await listMessages(db, id)).map(({ text, person }) => [text, person])).toEqual([
    [hostile, requester.person],
    ['Because.', anna.person],
  ])
  const nobody = { ...viewer(marta), grants: [] }
  expect(await writeMessage(db, id, 'x', nobody)).toMatchObject({ refusal: { code: 'no-such-release' } })
  const columns = '(id, release_id, account_id, person_id, body, event_id)'
  const forged = [newId('message'), id, marta.account, marta.person]
  const event = (await admin.query(`SELECT event_id FROM rel.message WHERE release_id = $1 LIMIT 1`, [id]))
    .rows[0]
  await expect(
    web.query(`INSERT INTO rel.message ${columns} VALUES ($1, $2, $3, $4, 'x', $5)`, [
      ...forged,
      event.event_id,
    ]),
  ).rejects.toThrow('no entry of the log')
  await expect(web.query(`UPDATE rel.message SET body = 'x'`)).rejects.toThrow('permission denied')
  await expect(admin.query('DELETE FROM rel.message')).rejects.toThrow('append-only')
})
