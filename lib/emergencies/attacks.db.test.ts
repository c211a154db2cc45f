import { beforeEach, expect, test } from 'vitest'
import { newId } from '#lib/platform/ids.ts'
import * as seed from '#lib/releases/testing.ts'
import {
  admin,
  anna,
  application,
  claim,
  marta,
  nextApplication,
  plan,
  requester,
  sameHuman,
  service,
  web,
  worker,
} from '#lib/releases/testing-attacks.ts'
import { ageStepUp, insertStepUp } from '#lib/step-ups/testing.ts'
import { type GlassLies, insertBreakGlass, insertRetrospective } from './testing.ts'

let lead: seed.Who
beforeEach(async () => {
  lead = await seed.seedPerson(admin, 'Lead')
})

const nameOf = async (id: string) =>
  (await admin.query('SELECT name FROM catalog.application WHERE id = $1', [id])).rows[0].name
const confirm = (by: seed.Who) => insertStepUp(web, admin, { by, application, plan })
const smash = async (lies: Partial<GlassLies> = {}, client = web) =>
  insertBreakGlass(client, {
    ...{ application, plan, by: lead, typed: await nameOf(application) },
    ...{ stepUp: lies.stepUp ?? (await confirm(lies.by ?? lead)) },
    ...lies,
  })
const settle = (
  release: string,
  by: seed.Who,
  more: { kind?: string; reason?: string; event?: string } = {},
) => insertRetrospective(web, { release, plan, requester: lead, by, ...more })

test('one person lets it go, through an intent like any other', async () => {
  const release = await smash()
  await claim(release)
  await seed.insertIntent(worker, { release, plan, receipt: await seed.anchorAll(admin), dispatch: true })
})

test('no intent before an anchor holds that the glass was broken', async () => {
  const early = await seed.anchorAll(admin)
  const release = await smash()
  await claim(release)
  const sent = seed.insertIntent(worker, { release, plan, receipt: early, dispatch: true })
  await expect(sent).rejects.toThrow('does not cover the break-glass')
})

test('no intent once the account of its person is disabled, nor while a pause is on', async () => {
  const release = await smash()
  await claim(release)
  const receipt = await seed.anchorAll(admin)
  const send = () => seed.insertIntent(worker, { release, plan, receipt, dispatch: true })
  await admin.query('UPDATE access.account SET enabled = false WHERE id = $1', [lead.account])
  await expect(send()).rejects.toThrow('0 of 2 approvals')
  await admin.query('UPDATE access.account SET enabled = true WHERE id = $1', [lead.account])
  const event = async (type: string) => {
    await web.query('BEGIN')
    return seed.writeEvent(web, type, undefined, { kind: 'person', ...marta })
  }
  const id = newId('pause')
  const stopped = await event('pause.started')
  await web.query(
    `INSERT INTO rel.pause (id, scope, application_id, reason, account_id, person_id, event_id) VALUES ($1, 'application', $2, 'stop', $3, $4, $5)`,
    [id, application, marta.account, marta.person, stopped],
  )
  await web.query('COMMIT')
  await expect(send()).rejects.toThrow(`held back: pause ${id}`)
})

test('it goes through a freeze that holds every other release back', async () => {
  await web.query('BEGIN')
  const made = await seed.writeEvent(web, 'freeze.made', undefined, { kind: 'person', ...marta })
  await web.query(
    `INSERT INTO rel.freeze (id, kind, reason, zone, ends_at, service, account_id, person_id, event_id)
     SELECT $1, 'deny', 'quarter end', 'UTC', now() + interval '1 h', service, $2, $3, $4 FROM catalog.application WHERE id = $5`,
    [newId('freeze'), marta.account, marta.person, made, application],
  )
  await web.query('COMMIT')
  const holds = () => worker.query('SELECT FROM rel.holds($1)', [application])
  expect((await holds()).rowCount).toBe(1)
  const release = await smash()
  expect((await holds()).rowCount).toBe(0)
  await claim(release)
  await seed.insertIntent(worker, { release, plan, receipt: await seed.anchorAll(admin), dispatch: true })
})

test.each<[string, () => Promise<Partial<GlassLies>>, string]>([
  ['without a step-up', async () => ({ stepUp: newId('stepUp') }), 'takes a step-up'],
  ["with somebody else's step-up", async () => ({ stepUp: await confirm(anna) }), 'step_up_for_this'],
  [
    'with an expired step-up',
    async () => {
      const stepUp = await confirm(lead)
      await ageStepUp(admin, stepUp, '301 s')
      return { stepUp }
    },
    'has expired',
  ],
  ['with another name', async () => ({ typed: 'checkout-prod' }), 'not that of the application'],
  ['without a reason worth the name', async () => ({ reason: 'because' }), 'at least 30'],
  ['without an incident', async () => ({ incident: ' ' }), 'incident'],
  ['for the release of another person', async () => ({ requester: anna }), 'broken_by_its_requester'],
  ['recorded as somebody else', async () => ({ recordedBy: anna }), 'no entry'],
  ['with too much time for the others', async () => ({ dueIn: '73 h' }), 'within 72 hours'],
  ['with no time for the others', async () => ({ dueIn: '0 s' }), 'within 72 hours'],
  ['for a release that waits already', async () => ({ apart: true }), 'with the request'],
])('nobody breaks the glass %s', async (_, lies, why) => {
  await expect(smash(await lies())).rejects.toThrow(why)
})

test('a step-up breaks one glass, and that of a service account none', async () => {
  const stepUp = await confirm(lead)
  const release = await smash({ stepUp })
  await settle(release, marta)
  await expect(smash({ stepUp })).rejects.toThrow(/step_up_id_key|release_one_open/)
  await expect(confirm(service)).rejects.toThrow('enabled account')
})

test('no second glass while the first waits, and one after it', async () => {
  const first = await smash()
  const [firstPlan] = [plan]
  await nextApplication()
  await expect(smash()).rejects.toThrow('one_open_break_glass_a_person')
  await insertRetrospective(web, {
    ...{ release: first, plan: firstPlan, requester: lead, by: marta, kind: 'object', reason: 'not urgent' },
  })
  await smash()
})

test('without a broken glass one person is no quorum', async () => {
  const release = await seed.insertRelease(web, { application, plan, by: lead })
  const move = seed.moveRelease(
    web,
    release,
    'approved',
    { kind: 'person', ...lead },
    ', approved_at = now()',
  )
  await expect(move).rejects.toThrow('0 of 2 approvals')
})

test('nobody approves their own afterwards, under no account', async () => {
  const release = await smash({ by: requester, stepUp: await confirm(requester) })
  const own = (by: seed.Who) => insertRetrospective(web, { release, plan, requester, by })
  await expect(own(requester)).rejects.toThrow('four_eyes_by_account')
  await expect(own(sameHuman)).rejects.toThrow('four_eyes_by_person')
  await expect(insertRetrospective(web, { release, plan, requester: anna, by: requester })).rejects.toThrow(
    'retrospective_of_exactly_this',
  )
  await expect(own(service)).rejects.toThrow('enabled account')
  await own(marta)
  await expect(own(anna)).rejects.toThrow('retrospective_pkey')
})

test.each<[string, () => { kind?: string; reason?: string; event?: string }, string]>([
  ['an objection that says nothing', () => ({ kind: 'object' }), 'objection_says_why'],
  ['a decision without an entry', () => ({ event: newId('event') }), 'no entry'],
])('%s is refused', async (_, lies, why) => {
  await expect(settle(await smash(), marta, lies())).rejects.toThrow(why)
})

test('nobody takes the obligation away but another person, and nobody says it is late before it is', async () => {
  const release = await smash()
  for (const client of [web, worker])
    for (const act of [
      'DELETE FROM rel.break_glass_open',
      'UPDATE rel.break_glass_open SET person_id = person_id',
    ])
      await expect(client.query(act)).rejects.toThrow('permission denied')
  await worker.query('BEGIN')
  const event = await seed.writeEvent(worker, 'release.retrospective-overdue', release, {
    kind: 'worker',
    name: 'test',
  })
  const late = worker.query('INSERT INTO rel.retrospective_overdue (release_id, event_id) VALUES ($1, $2)', [
    release,
    event,
  ])
  await expect(late).rejects.toThrow('not overdue')
  await worker.query('ROLLBACK')
})

test('what was written stays, and the worker breaks no glass', async () => {
  const release = await smash()
  await settle(release, marta)
  for (const table of ['rel.break_glass', 'rel.retrospective']) {
    for (const act of [`UPDATE ${table} SET event_id = event_id`, `DELETE FROM ${table}`]) {
      for (const client of [web, worker]) await expect(client.query(act)).rejects.toThrow('permission denied')
      await expect(admin.query(act)).rejects.toThrow('append-only')
    }
    await expect(worker.query(`INSERT INTO ${table} (release_id) VALUES ('rel_1')`)).rejects.toThrow(
      'permission denied',
    )
  }
})
