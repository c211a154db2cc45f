import { afterEach, expect, test } from 'vitest'
import { newId } from '#lib/platform/ids.ts'
import * as seed from '#lib/releases/testing.ts'
import {
  admin,
  anna,
  application,
  approved,
  claim,
  plan,
  request,
  requester,
  web,
  worker,
} from '#lib/releases/testing-attacks.ts'
import { compute, daily, end, endAll, fixed, freeze, type Given, holds, hours, override } from './testing.ts'

const nowhere: Given['place'] = [null, null, null, null]
afterEach(endAll)

async function ready() {
  const release = await approved()
  await claim(release)
  const receipt = await seed.anchorAll(admin)
  return {
    release,
    send: async () =>
      seed.insertIntent(worker, { release, plan, receipt: await seed.anchorAll(admin), dispatch: true }),
    receipt,
  }
}
const its = (): [string, string, string, string] => ['main', 'shop', 'prod', '']

test.each<[string, () => Given['place']]>([
  ['everything', () => nowhere],
  ['its Argo CD', () => [its()[0], null, null, null]],
  ['its project', () => [null, its()[1], null, null]],
  ['its environment', () => [null, null, its()[2], null]],
])('no intent while a freeze of %s is on; one after somebody ended it', async (_, place) => {
  const { send } = await ready()
  const id = await freeze({ place: place() })
  await expect(send()).rejects.toThrow(`held back: freeze ${id}`)
  await end(id)
  await send()
})

test('of several places all have to fit', async () => {
  const { rows } = await admin.query('SELECT service FROM catalog.application WHERE id = $1', [application])
  await admin.query(`INSERT INTO catalog.instance (name) VALUES ('edge') ON CONFLICT DO NOTHING`)
  for (const place of [
    ['edge', null, 'prod', null],
    [null, 'shop', 'staging', null],
    [null, 'payments', 'prod', null],
    [null, 'shop', 'prod', 'another'],
  ] as Given['place'][])
    await freeze({ place })
  expect(await holds()).toEqual([])
  await freeze({ place: ['main', 'shop', 'prod', rows[0].service] })
  expect(await holds()).toEqual(['freeze'])
})

test('once: not before it begins, and nothing any more when it is over', async () => {
  const id = await freeze({ once: [hours(1), hours(2)] })
  expect(await holds()).toEqual([])
  const shift = (n: number) =>
    admin.query(`BEGIN; SET LOCAL session_replication_role = replica;
      UPDATE rel.freeze SET starts_at = starts_at + interval '${n} minutes', ends_at = ends_at + interval '${n} minutes'
      WHERE id = '${id}'; COMMIT`)
  await shift(-61)
  expect(await holds()).toEqual(['freeze'])
  await shift(-60)
  expect(await holds()).toEqual([])
  await expect(end(id)).rejects.toThrow('is over')
})

test('a recurring freeze holds until its times are known, then while it is on, and again when nobody knows', async () => {
  const id = await freeze({ schedule: daily })
  expect(await holds()).toEqual(['freeze'])
  await compute(id, [[hours(5), hours(6)]], hours(24))
  expect(await holds()).toEqual([])
  await admin.query(`BEGIN; SET LOCAL session_replication_role = replica;
    UPDATE rel.freeze_horizon SET computed_until = now() - interval '1 second' WHERE freeze_id = '${id}'; COMMIT`)
  expect(await holds()).toEqual(['freeze'])
  const { rows } = await worker.query('SELECT standing, until FROM rel.freezes_of($1)', [application])
  expect(rows).toEqual([{ standing: 'unknown', until: null }])
})

test('parts that touch are one time, and one that reaches the horizon has no known end', async () => {
  const id = await freeze({ schedule: daily })
  await compute(id, [['NULL', fixed(2)]], fixed(2))
  await compute(id, [[fixed(2), fixed(5)]], fixed(24))
  const until = async () =>
    (
      await worker.query('SELECT until > now() + interval $$4 hours$$ AS late FROM rel.freezes_of($1)', [
        application,
      ])
    ).rows[0].late
  expect(await until()).toBe(true)
  await compute(id, [[fixed(24), fixed(48)]], fixed(48))
  const other = await freeze({ schedule: daily })
  await compute(other, [['NULL', fixed(3)]], fixed(3))
  const { rows } = await worker.query('SELECT until FROM rel.freezes_of($1) WHERE id = $2', [
    application,
    other,
  ])
  expect(rows).toEqual([{ until: null }])
})

test('windows: one that is open is enough, while none is nothing goes', async () => {
  const { send } = await ready()
  const shut = await freeze({ kind: 'allow', schedule: daily })
  expect(await holds()).toEqual(['window'])
  await compute(shut, [[hours(5), hours(6)]], hours(24))
  await expect(send()).rejects.toThrow(`held back: window ${shut}`)
  const elsewhere = await freeze({ kind: 'allow', place: [null, null, 'staging', null] })
  expect(await holds()).toEqual(['window'])
  const open = await freeze({ kind: 'allow', place: [null, null, 'prod', null] })
  expect(await holds()).toEqual([])
  const denied = await freeze()
  await expect(send()).rejects.toThrow(`held back: freeze ${denied}`)
  await end(denied)
  await send()
  for (const id of [elsewhere, open]) await end(id)
})

test('a freeze waits for the intent that is being written, and an intent for the freeze', async () => {
  const { send } = await ready()
  await web.query('BEGIN')
  await web.query('SELECT rel.lock_holds(true)')
  const refused = expect(send()).rejects.toThrow('held back')
  const event = await seed.writeEvent(web, 'freeze.made', undefined, { kind: 'person', ...anna })
  await web.query(
    `INSERT INTO rel.freeze (id, kind, reason, zone, ends_at, account_id, person_id, event_id)
     VALUES ($1, 'deny', 'stop', 'UTC', now() + interval '1 hour', $2, $3, $4)`,
    [newId('freeze'), anna.account, anna.person, event],
  )
  await web.query('COMMIT')
  await refused
})

test('an override lets one release through one freeze, and no other', async () => {
  const { release, send } = await ready()
  const [first, second] = [await freeze(), await freeze({ place: [null, 'shop', null, null] })]
  await override(first, release)
  await expect(send()).rejects.toThrow(`held back: freeze ${second}`)
  await override(second, release)
  const shut = await freeze({ kind: 'allow', schedule: daily })
  await expect(send()).rejects.toThrow(`held back: window ${shut}`)
  await override(shut, release)
  await send()
})

test('an override is of one release: the next one of the same application is held again', async () => {
  const release = await request()
  const id = await freeze()
  await override(id, release)
  expect(await holds()).toEqual([])
  await seed.moveRelease(web, release, 'withdrawn', { kind: 'person', ...requester })
  expect(await holds()).toEqual(['freeze'])
})
