import type pg from 'pg'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { testDatabase } from '#lib/platform/testing.ts'
import * as seed from './testing.ts'

/**
 * The scene of every attack: three connections, people, and for each test an application with a plan. Imported by the
 * attack files only; its hooks run in each of them.
 */
export const { urls } = await testDatabase()
export let admin: pg.Client
export let web: pg.Client
export let worker: pg.Client
export let requester: seed.Who
export let sameHuman: seed.Who
export let anna: seed.Who
export let marta: seed.Who
export let disabled: seed.Who
export let service: seed.Who
export let application: string
export let plan: string
let count = 0

beforeAll(async () => {
  ;[admin, web, worker] = (await Promise.all([urls.admin, urls.web, urls.worker].map(seed.connect))) as [
    pg.Client,
    pg.Client,
    pg.Client,
  ]
  requester = await seed.seedPerson(admin, 'Jonas Öztürk')
  sameHuman = await seed.seedPerson(admin, 'Jonas Öztürk', { person: requester.person })
  anna = await seed.seedPerson(admin, 'Anna Beck')
  marta = await seed.seedPerson(admin, 'Marta Bauer')
  disabled = await seed.seedPerson(admin, 'Gone', { enabled: false })
  service = await seed.seedPerson(admin, 'ci', { kind: 'service' })
})
afterAll(() => Promise.all([admin, web, worker].map((client) => client.end())))

/** Another application with a plan of its own; `application` and `plan` mean these from here on. */
export async function nextApplication(): Promise<string> {
  application = await seed.seedApplication(admin, `svc${count++}`)
  plan = await seed.seedPlan(admin, application)
  return application
}
beforeEach(nextApplication)

export const workerActor = { kind: 'worker', name: 'test' }
export const request = (more: Partial<Parameters<typeof seed.insertRelease>[1]> = {}) =>
  seed.insertRelease(web, { application, plan, by: requester, ...more })
export const approve = (
  release: string,
  by: seed.Who,
  more: Partial<Parameters<typeof seed.insertDecision>[1]> = {},
) => seed.insertDecision(web, { release, plan, requester, by, ...more })
export const approved = async () => {
  const release = await request()
  await approve(release, anna)
  await approve(release, marta)
  await seed.moveRelease(web, release, 'approved', { kind: 'person', ...marta }, ', approved_at = now()')
  return release
}
export const claim = (release: string) =>
  worker.query('UPDATE rel.release SET epoch = epoch + 1 WHERE id = $1', [release])
export const dispatched = async () => {
  const release = await approved()
  await claim(release)
  await seed.insertIntent(worker, { release, plan, receipt: await seed.anchorAll(admin), dispatch: true })
  return release
}
