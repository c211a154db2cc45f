import { expect, test } from 'vitest'
import { newId } from '#lib/platform/ids.ts'
import type * as seed from '#lib/releases/testing.ts'
import {
  admin,
  anna,
  application,
  approve,
  disabled,
  marta,
  nextApplication,
  plan,
  request,
  service,
  web,
  worker,
} from '#lib/releases/testing-attacks.ts'
import { ageStepUp, insertStepUp, type StepUpLies } from './testing.ts'

const asking = (stepUp: unknown = { acr: [], maxAgeMs: 300_000 }) =>
  request({ policy: { approvals: 1, stepUp } })
const confirm = (release: string, by: seed.Who, more: Partial<StepUpLies> = {}) =>
  insertStepUp(web, admin, { by, application, plan, release, ...more })

test('an approval that rests on a fresh step-up of the same person counts', async () => {
  const release = await asking()
  await approve(release, anna, { stepUp: await confirm(release, anna) })
})

test('without a step-up no approval, but a rejection', async () => {
  const release = await asking()
  await expect(approve(release, anna)).rejects.toThrow('takes a step-up sign-in')
  await approve(release, anna, { kind: 'reject' })
})

test('where the policy asks for none none is needed', async () => {
  await approve(await request(), anna)
})

test('one that nobody answered, or that was made to break the glass, is none', async () => {
  const release = await asking()
  const open = await confirm(release, anna, { proof: false })
  await expect(approve(release, anna, { stepUp: open })).rejects.toThrow('takes a step-up sign-in')
  const other = await insertStepUp(web, admin, { by: anna, application, plan })
  await expect(approve(release, anna, { stepUp: other })).rejects.toThrow('takes a step-up sign-in')
  await expect(confirm(release, anna, { purpose: 'break-glass' })).rejects.toThrow('an_approval_names')
})

test("somebody else's, or that of another release, does not carry an approval", async () => {
  const release = await asking()
  const martas = await confirm(release, marta)
  await expect(approve(release, anna, { stepUp: martas })).rejects.toThrow('step_up_of_exactly_this')
  await nextApplication()
  const second = await asking()
  await expect(approve(second, marta, { stepUp: martas })).rejects.toThrow('step_up_of_exactly_this')
})

test('used once is used', async () => {
  const release = await asking()
  const stepUp = await confirm(release, anna)
  await approve(release, anna, { stepUp })
  await expect(approve(release, anna, { stepUp })).rejects.toThrow(/a_step_up_is_used_once|one_decision/)
  await expect(approve(release, marta, { stepUp })).rejects.toThrow(/step_up_of_exactly_this|used_once/)
})

test('an expired one, or one older than the policy takes, does not', async () => {
  const release = await asking({ acr: [], maxAgeMs: 60_000 })
  const stepUp = await confirm(release, anna)
  await ageStepUp(admin, stepUp, '75 s')
  await expect(approve(release, anna, { stepUp })).rejects.toThrow('has expired')
  await nextApplication()
  const long = await asking()
  const old = await confirm(long, anna)
  await ageStepUp(admin, old, '301 s')
  await expect(approve(long, anna, { stepUp: old })).rejects.toThrow('has expired')
})
test('a level that is not enough does not, whatever the step-up was asked for with', async () => {
  const release = await asking({ acr: ['gold'], maxAgeMs: 300_000 })
  const weak = await confirm(release, anna)
  await expect(approve(release, anna, { stepUp: weak })).rejects.toThrow('reached level silver')
  await expect(confirm(release, anna, { acr: ['gold'] })).rejects.toThrow('reached level silver')
  const strong = await confirm(release, anna, { acr: ['gold'], proof: { acr: 'gold' } })
  await approve(release, anna, { stepUp: strong })
})

test.each<[string, () => Partial<StepUpLies>, string]>([
  ['of another subject', () => ({ proof: { subject: 'somebody' } }), 'somebody else'],
  ['of another provider', () => ({ proof: { issuer: 'http://other' } }), 'somebody else'],
  ['with another nonce', () => ({ proof: { nonce: 'other' } }), 'another step-up'],
  ['by a sign-in from before', () => ({ proof: { authTime: '-11 s' } }), 'not made for it'],
  ['by a sign-in to come', () => ({ proof: { authTime: '11 s' } }), 'not made for it'],
  ['recorded as somebody else', () => ({ recordedBy: marta }), 'no entry'],
  ['by a disabled account', () => ({ by: disabled }), 'enabled account'],
  ['by a service account', () => ({ by: service }), 'enabled account'],
  ['for another plan', () => ({ plan: 'f'.repeat(64) }), 'plan_digest'],
  ['for another application', () => ({ application: newId('application') }), 'application_id'],
])('a step-up answered %s is refused', async (_, lies, why) => {
  const release = await asking()
  await expect(confirm(release, anna, lies())).rejects.toThrow(why)
})

test('what was written stays; the worker writes none of it', async () => {
  const release = await asking()
  await confirm(release, anna)
  for (const table of ['rel.step_up', 'rel.step_up_proof']) {
    for (const act of [`UPDATE ${table} SET acr = acr`, `DELETE FROM ${table}`]) {
      for (const client of [web, worker]) await expect(client.query(act)).rejects.toThrow('permission denied')
      await expect(admin.query(act)).rejects.toThrow('append-only')
    }
  }
  const lie = insertStepUp(worker, admin, { by: anna, application, plan, release })
  await expect(lie).rejects.toThrow('event_writer')
  for (const table of ['rel.step_up (id)', 'rel.step_up_proof (step_up_id)']) {
    await expect(worker.query(`INSERT INTO ${table} VALUES ('stu_1')`)).rejects.toThrow('permission denied')
  }
})
