import type pg from 'pg'
import { afterEach, expect, test } from 'vitest'
import { elapse } from '#lib/dispatch/testing-scene.ts'
import { newId } from '#lib/platform/ids.ts'
import * as seed from '#lib/releases/testing.ts'
import {
  admin,
  anna,
  application,
  approved,
  claim,
  disabled,
  marta,
  plan,
  service,
  web,
  worker,
} from '#lib/releases/testing-attacks.ts'

type Lies = { by?: seed.Who; event?: string; id?: string }

async function write(client: pg.Client, type: string, sql: string, values: unknown[], lies: Lies) {
  const by = lies.by ?? anna
  await client.query('BEGIN')
  try {
    const event = lies.event ?? (await seed.writeEvent(client, type, undefined, { kind: 'person', ...by }))
    await client.query(sql, [...values, by.account, by.person, event])
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  }
}

/** Pauses in plain SQL: [scope, instance, project, application]. */
async function pause(place: unknown[], lies: Lies = {}, client = web): Promise<string> {
  const id = lies.id ?? newId('pause')
  await write(
    client,
    'pause.started',
    `INSERT INTO rel.pause (id, scope, instance, project, application_id, reason, account_id, person_id, event_id)
     VALUES ($1, $2, $3, $4, $5, 'stop', $6, $7, $8)`,
    [id, ...place],
    lies,
  )
  return id
}
const resume = (id: string, lies: Lies = {}, client = web) =>
  write(
    client,
    'pause.ended',
    `INSERT INTO rel.resumption (pause_id, reason, account_id, person_id, event_id) VALUES ($1, 'goes on', $2, $3, $4)`,
    [id],
    lies,
  )

afterEach(async () => {
  for (const { id } of (await admin.query('SELECT id FROM rel.pause_now')).rows) await resume(id)
})

const here: [string, () => unknown[]][] = [
  ['all', () => ['all', null, null, null]],
  ['its Argo CD', () => ['instance', 'main', null, null]],
  ['its project', () => ['project', null, 'shop', null]],
  ['itself', () => ['application', null, null, application]],
]

test.each(here)('no first intent while %s is paused; one after it', async (_, place) => {
  const release = await approved()
  await claim(release)
  const stopped = await pause(place())
  const receipt = await seed.anchorAll(admin)
  const send = () => seed.insertIntent(worker, { release, plan, receipt, dispatch: true })
  await expect(send()).rejects.toThrow(`held back: pause ${stopped}`)
  await resume(stopped, { by: marta })
  await send()
})

test('no second intent either, though the first went out before', async () => {
  const release = await approved()
  await claim(release)
  const receipt = await seed.anchorAll(admin)
  await seed.insertIntent(worker, { release, plan, receipt, dispatch: true })
  await elapse(admin, 95_000)
  await pause(['all', null, null, null])
  const again = seed.insertIntent(worker, { release, plan, receipt: await seed.anchorAll(admin), n: 2 })
  await expect(again).rejects.toThrow('held back')
})

test('a pause elsewhere holds nothing back here', async () => {
  await admin.query(`INSERT INTO catalog.instance (name) VALUES ('edge') ON CONFLICT DO NOTHING`)
  await pause(['instance', 'edge', null, null])
  await pause(['project', null, 'payments', null])
  const release = await approved()
  await claim(release)
  await seed.insertIntent(worker, { release, plan, receipt: await seed.anchorAll(admin), dispatch: true })
})

test('a pause waits for the intent that is being written, and an intent for the pause', async () => {
  const release = await approved()
  await claim(release)
  const receipt = await seed.anchorAll(admin)
  await web.query('BEGIN')
  await web.query('SELECT rel.lock_holds(true)')
  const sent = seed.insertIntent(worker, { release, plan, receipt, dispatch: true })
  const refused = expect(sent).rejects.toThrow('held back')
  const id = newId('pause')
  const event = await seed.writeEvent(web, 'pause.started', undefined, { kind: 'person', ...anna })
  await web.query(
    `INSERT INTO rel.pause (id, scope, reason, account_id, person_id, event_id) VALUES ($1, 'all', 'stop', $2, $3, $4)`,
    [id, anna.account, anna.person, event],
  )
  await web.query('COMMIT')
  await refused
})

test.each<[string, () => Promise<unknown>, string]>([
  ['that names nothing', () => pause(['project', null, null, null]), 'a_pause_names_its_scope'],
  ['that names too much', () => pause(['all', 'main', null, null]), 'a_pause_names_its_scope'],
  ['by a disabled account', () => pause(['all', null, null, null], { by: disabled }), 'enabled account'],
  ['by a service account', () => pause(['all', null, null, null], { by: service }), 'enabled account'],
  ['without an entry', () => pause(['all', null, null, null], { event: newId('event') }), 'no entry'],
  [
    'with the entry of another person',
    async () => {
      const event = await seed.writeEvent(web, 'pause.started', undefined, { kind: 'person', ...marta })
      return pause(['all', null, null, null], { event })
    },
    'no entry',
  ],
])('a pause %s is refused', (_, attack, why) => expect(attack()).rejects.toThrow(why))

test('a resumption without an entry, with that of a stop, twice, or of nothing is refused', async () => {
  const id = await pause(['all', null, null, null])
  await expect(resume(id, { event: newId('event') })).rejects.toThrow('no entry')
  const event = await seed.writeEvent(web, 'pause.started', undefined, { kind: 'person', ...anna })
  await expect(resume(id, { event })).rejects.toThrow('no entry')
  await expect(resume(newId('pause'))).rejects.toThrow('resumption_pause_id_fkey')
  await resume(id)
  await expect(resume(id)).rejects.toThrow('resumption_pkey')
})

test.each([
  'UPDATE rel.pause SET reason = reason',
  'DELETE FROM rel.pause',
  'TRUNCATE rel.pause CASCADE',
  'UPDATE rel.resumption SET reason = reason',
  'DELETE FROM rel.resumption',
  'TRUNCATE rel.resumption',
])('what was written stays, for the owner too: %s', async (statement) => {
  await resume(await pause(['all', null, null, null]))
  for (const client of [web, worker])
    await expect(client.query(statement)).rejects.toThrow('permission denied')
  await expect(admin.query(statement)).rejects.toThrow('append-only')
})

test('the worker neither pauses nor resumes', async () => {
  const id = await pause(['all', null, null, null])
  const event = await seed.writeEvent(web, 'pause.ended', undefined, { kind: 'person', ...anna })
  await expect(resume(id, { event }, worker)).rejects.toThrow('permission denied')
  await expect(pause(['all', null, null, null], { event }, worker)).rejects.toThrow('permission denied')
})
