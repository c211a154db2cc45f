import type pg from 'pg'
import { afterEach, expect, test } from 'vitest'
import { clock, plus } from '#lib/platform/clock.ts'
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
  request,
  requester,
  sameHuman,
  service,
  web,
  worker,
} from '#lib/releases/testing-attacks.ts'

type Lies = { by?: seed.Who; event?: string; release?: string }

async function write(client: pg.Client, type: string, sql: string, values: unknown[], lies: Lies) {
  const by = lies.by ?? anna
  await client.query('BEGIN')
  try {
    const actor = { kind: 'person', ...by }
    const event = lies.event ?? (await seed.writeEvent(client, type, lies.release, actor))
    await client.query(sql, [...values, by.account, by.person, event])
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  }
}

type Given = {
  kind?: string
  place?: [string | null, string | null, string | null, string | null]
  /** SQL for beginning and end. */
  once?: [string, string]
  schedule?: string
}
const nowhere: Given['place'] = [null, null, null, null]

/** A freeze in plain SQL: on from now for an hour unless told. */
async function freeze(given: Given = {}, lies: Lies = {}, client = web): Promise<string> {
  const id = newId('freeze')
  const { kind = 'deny', place = nowhere, schedule = null } = given
  const [from, to] = schedule ? ['NULL', 'NULL'] : (given.once ?? ['NULL', `now() + interval '1 hour'`])
  await write(
    client,
    'freeze.made',
    `INSERT INTO rel.freeze (id, kind, reason, zone, instance, project, environment, service, schedule, duration_ms, starts_at,
       ends_at, account_id, person_id, event_id)
     VALUES ($1, $2, 'year end', 'UTC', $3, $4, $5, $6, $7, $8, ${from}, ${to}, $9, $10, $11)`,
    [id, kind, ...(place ?? []), schedule, schedule ? 3_600_000 : null],
    lies,
  )
  return id
}
const end = (id: string, lies: Lies = {}, client = web) =>
  write(
    client,
    'freeze.ended',
    `INSERT INTO rel.freeze_end (freeze_id, reason, account_id, person_id, event_id) VALUES ($1, 'enough', $2, $3, $4)`,
    [id],
    lies,
  )
const override = (id: string, release: string, lies: Lies & { plan?: string } = {}, client = web) =>
  write(
    client,
    'freeze.overridden',
    `INSERT INTO rel.freeze_override (id, release_id, plan_digest, requester_account, requester_person, freeze_id, reason,
       account_id, person_id, event_id) VALUES ($1, $2, $3, $4, $5, $6, 'hotfix', $7, $8, $9)`,
    [newId('override'), release, lies.plan ?? plan, requester.account, requester.person, id],
    { by: marta, release, ...lies },
  )
/** What the worker computes: from, to, and until when it knows. */
async function compute(id: string, spans: [string, string][], until: string) {
  for (const [from, to] of spans)
    await worker.query(
      `INSERT INTO rel.freeze_occurrence (freeze_id, during)
       SELECT $1, tstzrange(coalesce(${from}, created_at), ${to}) FROM rel.freeze WHERE id = $1`,
      [id],
    )
  await worker.query(
    `INSERT INTO rel.freeze_horizon (freeze_id, computed_until) VALUES ($1, ${until})
     ON CONFLICT (freeze_id) DO UPDATE SET computed_until = excluded.computed_until`,
    [id],
  )
}
const hours = (n: number) => `now() + interval '${n} hours'`
/** The same moment in every statement. */
const fixed = (n: number) => `'${plus(start, n * 3_600_000)}'::timestamptz`
const start = clock.now()
const actor = () => ({ kind: 'person', ...anna })
const daily = '0 22 * * *'
const holds = async () =>
  (await worker.query('SELECT kind, id FROM rel.holds($1)', [application])).rows.map(({ kind }) => kind)

afterEach(async () => {
  for (const { id } of (await admin.query('SELECT id FROM rel.freeze_now')).rows) await end(id)
})

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

test.each<[string, () => Promise<unknown>, string]>([
  ['by a disabled account', () => freeze({}, { by: disabled }), 'enabled account'],
  ['by a service account', () => freeze({}, { by: service }), 'enabled account'],
  ['without an entry', () => freeze({}, { event: newId('event') }), 'no entry'],
  [
    'with the entry of another person',
    async () =>
      freeze(
        {},
        { event: await seed.writeEvent(web, 'freeze.made', undefined, { kind: 'person', ...marta }) },
      ),
    'no entry',
  ],
  ['that ends before it begins', () => freeze({ once: [hours(2), hours(1)] }), 'once_or_recurring'],
  ['that is over already', () => freeze({ once: ['NULL', hours(-1)] }), 'once_or_recurring'],
  ['without end', () => freeze({ once: ['NULL', `'infinity'`] }), 'once_or_recurring'],
  [
    'by the worker',
    async () => freeze({}, { event: await seed.writeEvent(web, 'freeze.made', undefined, actor()) }, worker),
    'permission denied',
  ],
])('a freeze %s is refused', (_, attack, why) => expect(attack()).rejects.toThrow(why))

test('nobody was ever frozen in the past', async () => {
  const id = await freeze({ once: [hours(-5), hours(1)] })
  const { rows } = await web.query('SELECT starts_at >= created_at AS after FROM rel.freeze WHERE id = $1', [
    id,
  ])
  expect(rows).toEqual([{ after: true }])
})

test.each<[string, (id: string, release: string) => Promise<unknown>, string]>([
  ['by who asked', (id, release) => override(id, release, { by: requester }), 'no_override_of_their_own'],
  [
    'by another account of theirs',
    (id, release) => override(id, release, { by: sameHuman }),
    'no_override_of_their_own',
  ],
  ['by a service account', (id, release) => override(id, release, { by: service }), 'enabled account'],
  ['without an entry', (id, release) => override(id, release, { event: newId('event') }), 'no entry'],
  [
    'with an entry about another release',
    async (id, release) => {
      const other = await seed.writeEvent(web, 'freeze.overridden', undefined, { kind: 'person', ...marta })
      return override(id, release, { event: other })
    },
    'no entry of the log records this override',
  ],
  [
    'of another plan',
    (id, release) => override(id, release, { plan: 'a'.repeat(64) }),
    'override_for_exactly_this',
  ],
  ['of nothing', (_, release) => override(newId('freeze'), release), 'over or about something else'],
  [
    'of what is about something else',
    async (_, release) => override(await freeze({ place: [null, 'payments', null, null] }), release),
    'over or about something else',
  ],
  [
    'twice',
    async (id, release) => {
      await override(id, release)
      return override(id, release)
    },
    'one_override_a_freeze',
  ],
  [
    'by the worker',
    async (id, release) => {
      const event = await seed.writeEvent(web, 'freeze.overridden', release, { kind: 'person', ...marta })
      return override(id, release, { event }, worker)
    },
    'permission denied',
  ],
])('an override %s is refused', async (_, attack, why) => {
  await expect(attack(await freeze(), await request())).rejects.toThrow(why)
})

test('no override of a release that is over, or of a freeze that somebody ended', async () => {
  const release = await request()
  const id = await freeze()
  await end(id)
  await expect(override(id, release)).rejects.toThrow('over or about something else')
  await seed.moveRelease(web, release, 'withdrawn', { kind: 'person', ...requester })
  await expect(override(await freeze(), release)).rejects.toThrow('is over')
})

test('an end without an entry, twice, or by the worker is refused', async () => {
  const id = await freeze()
  await expect(end(id, { event: newId('event') })).rejects.toThrow('no entry')
  const event = await seed.writeEvent(web, 'freeze.ended', undefined, actor())
  await expect(end(id, { event }, worker)).rejects.toThrow('permission denied')
  await end(id)
  await expect(end(id)).rejects.toThrow('freeze_end_pkey')
})

test('what was computed is not computed anew, nor for ever, nor by the web', async () => {
  const id = await freeze({ kind: 'allow', schedule: daily })
  await compute(id, [[hours(5), hours(6)]], hours(24))
  await expect(compute(id, [[hours(1), hours(2)]], hours(24))).rejects.toThrow('stays as it is')
  await expect(
    compute(
      id,
      [
        [hours(30), hours(31)],
        [hours(30), hours(40)],
      ],
      hours(48),
    ),
  ).rejects.toThrow('one_occurrence_at_a_time')
  await expect(compute(id, [], hours(1))).rejects.toThrow('never shrinks')
  await expect(compute(id, [], hours(24 * 101))).rejects.toThrow('that far ahead')
  const once = await freeze({ once: [hours(1), hours(2)] })
  await expect(compute(once, [[hours(3), hours(4)]], hours(24))).rejects.toThrow('stays as it is')
  for (const statement of [
    `INSERT INTO rel.freeze_occurrence VALUES ('${id}', tstzrange(now() + interval '50 hours', now() + interval '51 hours'))`,
    `INSERT INTO rel.freeze_horizon VALUES ('${once}', now())`,
    'UPDATE rel.freeze_horizon SET computed_until = computed_until',
  ])
    await expect(web.query(statement)).rejects.toThrow('permission denied')
})

test.each(['freeze', 'freeze_end', 'freeze_occurrence', 'freeze_override', 'freeze_horizon'])(
  'what was written of rel.%s stays, for the owner too',
  async (table) => {
    const id = await freeze({ schedule: daily })
    await compute(id, [['NULL', hours(6)]], hours(24))
    await override(id, await request())
    await end(id)
    const [column] = (
      await admin.query(`SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum = 1`, [
        `rel.${table}`,
      ])
    ).rows
    for (const statement of [
      `UPDATE rel.${table} SET ${column.attname} = ${column.attname}`,
      `DELETE FROM rel.${table}`,
      `TRUNCATE rel.${table} CASCADE`,
    ]) {
      for (const client of [web, worker])
        await expect(client.query(statement)).rejects.toThrow('permission denied')
      const grows = table === 'freeze_horizon' && statement.startsWith('UPDATE')
      if (!grows) await expect(admin.query(statement)).rejects.toThrow('append-only')
    }
  },
)
