import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Viewer } from '#lib/access/policy.ts'
import { countApprovals, coveringReceipt } from '#lib/dispatch/data.ts'
import { clock, plus } from '#lib/platform/clock.ts'
import { createDb, type Db } from '#lib/platform/db.ts'
import { testDatabase } from '#lib/platform/testing.ts'
import { type PolicyPlace, policyFor } from '#lib/releases/policy.ts'
import * as seed from '#lib/releases/testing.ts'
import { insertStepUp } from '#lib/step-ups/testing.ts'
import { breakGlass, decideAfterwards } from './commands.ts'
import { getEmergency, listEmergencies, listEmergenciesFor, unsettledOf } from './data.ts'
import { standingOf } from './emergency.ts'
import { tellOverdue } from './execute.ts'
import { longReason } from './testing.ts'

const { urls } = await testDatabase()
const rules = { acr: [], approvedWithinMs: 24 * 3_600_000 }
const policy = (where: PolicyPlace) => policyFor([], where)
let admin: pg.Client
let web: pg.Client
let [db, workerDb]: Db[] = []
let application: string
let plan: string
let lead: Viewer
let marta: Viewer
let count = 0

async function someone(name: string, ...roles: Viewer['grants'][number]['role'][]): Promise<Viewer> {
  const { account, person } = await seed.seedPerson(admin, name)
  return {
    ...{ accountId: account, personId: person, name, initials: name.slice(0, 1), groups: [] },
    ...{ grants: roles.map((role) => ({ role })), service: false, enabled: true },
  }
}
beforeAll(async () => {
  ;[admin, web] = [await seed.connect(urls.admin), await seed.connect(urls.web)]
  ;[db, workerDb] = [createDb(urls.web), createDb(urls.worker)]
  marta = await someone('Marta', 'approver')
})
afterAll(() => Promise.all([db?.$disconnect(), workerDb?.$disconnect(), admin.end(), web.end()]))
beforeEach(async () => {
  lead = await someone('Lead', 'break-glass', 'approver')
  application = await seed.seedApplication(admin, `svc${count++}`)
  plan = await seed.seedPlan(admin, application)
})

const confirm = ({ accountId, personId }: Viewer) =>
  insertStepUp(web, admin, { by: { account: accountId, person: personId }, application, plan })
async function smash(by = lead, more: { name?: string; stepUp?: string } = {}) {
  const name = `svc${count - 1}-prod`
  const input = { application, plan, reason: longReason, incident: 'INC-7', name }
  const stepUp = more.stepUp ?? (await confirm(by))
  return breakGlass(db as Db, { ...input, ...more, stepUp }, by, clock.now(), policy, rules)
}
async function broken(): Promise<string> {
  const result = await smash()
  if (!result.ok) throw new Error(result.refusal.code)
  return result.value.id
}
const settle = (id: string, by: Viewer, kind: 'approve' | 'object' = 'approve', reason?: string) =>
  decideAfterwards(db as Db, id, { kind, plan, ...(reason && { reason }) }, by, clock.now())
const entries = async (release: string) =>
  (
    await admin.query(
      `SELECT convert_from(e.entry, 'UTF8')::json AS e FROM audit.event e JOIN audit.log l ON l.event_id = e.id
       WHERE e.release_id = $1 ORDER BY l.seq`,
      [release],
    )
  ).rows.map(({ e }) => e)

test('it is approved at once, counts as such for the worker, and says in the log what it rests on', async () => {
  const id = await broken()
  expect((await entries(id)).map(({ type }) => type)).toEqual([
    'release.requested',
    'release.break-glass',
    'release.approved',
  ])
  expect((await entries(id))[1]).toMatchObject({
    actor: { person: lead.personId },
    data: { incident: 'INC-7', reason: longReason, stepUp: expect.stringMatching(/^stu_/) },
  })
  expect(await (db as Db).release.findUnique({ where: { id } })).toMatchObject({ state: 'approved' })
  expect(await countApprovals(workerDb as Db, id)).toBe(2)
  await seed.anchorAll(admin)
  expect(await coveringReceipt(workerDb as Db, id)).not.toBeNull()
  expect(await getEmergency(db as Db, 'all', id)).toMatchObject({ by: { name: 'Lead' }, retrospective: null })
  expect((await listEmergenciesFor(db as Db, marta)).map(({ release }) => release)).toContain(id)
  expect((await listEmergenciesFor(db as Db, lead)).map(({ release }) => release)).not.toContain(id)
})

test.each<[string, () => Promise<unknown>, string]>([
  ['without the right', async () => smash(marta), 'may-not-break-glass'],
  ['with a wrong name', () => smash(lead, { name: 'payments-prod' }), 'name-differs'],
  ['without confirming who they are', () => smash(lead, { stepUp: 'stu_none' }), 'step-up-needed'],
  [
    "with another person's confirmation",
    async () => smash(lead, { stepUp: await confirm(marta) }),
    'step-up-other',
  ],
])('nobody goes ahead %s, and that is recorded', async (_, attempt, code) => {
  expect(await attempt()).toMatchObject({ ok: false, refusal: { code } })
  const told = await admin.query(
    `SELECT convert_from(entry, 'UTF8')::json -> 'data' ->> 'refusal' AS code FROM audit.event
     WHERE type = 'release.break-glass-refused' AND application_id = $1`,
    [application],
  )
  expect(told.rows).toEqual([{ code }])
})

test('the next one waits until another person has decided on the first; nobody decides on their own', async () => {
  const id = await broken()
  const firstPlan = plan
  application = await seed.seedApplication(admin, `svc${count++}`)
  plan = await seed.seedPlan(admin, application)
  expect(await smash()).toMatchObject({ refusal: { code: 'one-is-open', release: id } })
  plan = firstPlan
  expect(await settle(id, lead)).toMatchObject({ refusal: { code: 'own-request' } })
  expect(await settle(id, await someone('Jonas', 'developer'))).toMatchObject({
    refusal: { code: 'not-an-approver' },
  })
  expect(await unsettledOf(db as Db, lead.personId)).toBe(id)
  expect(await settle(id, marta, 'object', 'it could have waited')).toMatchObject({ ok: true })
  expect(await settle(id, await someone('Third', 'approver'))).toMatchObject({
    refusal: { code: 'already-settled' },
  })
  expect(await unsettledOf(db as Db, lead.personId)).toBeNull()
  const emergency = await getEmergency(db as Db, 'all', id)
  expect(emergency && standingOf(emergency, clock.now())).toBe('objected')
  expect((await entries(id)).at(-1)).toMatchObject({ type: 'release.retrospective-refused' })
})

test('that nobody decided in time is said once, and it stands as overdue', async () => {
  const id = await broken()
  await tellOverdue(workerDb as Db, 'wrk_1')
  await admin.query('BEGIN')
  await admin.query('SET LOCAL session_replication_role = replica')
  await admin.query(`UPDATE rel.break_glass SET due_at = now() - interval '1 s' WHERE release_id = $1`, [id])
  await admin.query('COMMIT')
  await Promise.all([tellOverdue(workerDb as Db, 'wrk_1'), tellOverdue(workerDb as Db, 'wrk_2')])
  await tellOverdue(workerDb as Db, 'wrk_1')
  const late = (await entries(id)).filter(({ type }) => type === 'release.retrospective-overdue')
  expect(late).toHaveLength(1)
  const { emergencies } = await listEmergencies(db as Db, 'all', { state: 'overdue' })
  expect(emergencies.map(({ release }) => release)).toContain(id)
  const [found] = emergencies.filter(({ release }) => release === id)
  expect(found && standingOf(found, plus(clock.now(), 0))).toBe('overdue')
  expect(await settle(id, marta)).toMatchObject({ ok: true })
})

test('who may not read a project does not learn of its emergencies', async () => {
  const id = await broken()
  expect(await getEmergency(db as Db, { projects: ['other'] }, id)).toBeNull()
  expect(await getEmergency(db as Db, 'none', id)).toBeNull()
  const outsider: Viewer = { ...marta, grants: [{ role: 'approver', projects: ['other'] }] }
  expect(await settle(id, outsider)).toMatchObject({ refusal: { code: 'no-such-release' } })
})
