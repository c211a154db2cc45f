import { afterEach, expect, test } from 'vitest'
import { newId } from '#lib/platform/ids.ts'
import * as seed from '#lib/releases/testing.ts'
import {
  admin,
  disabled,
  marta,
  request,
  requester,
  sameHuman,
  service,
  web,
  worker,
} from '#lib/releases/testing-attacks.ts'
import { actor, compute, daily, end, endAll, freeze, hours, override } from './testing.ts'

afterEach(endAll)

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
