import { expect, test } from 'vitest'
import type { Viewer } from '#lib/access/policy.ts'
import { clock } from '#lib/platform/clock.ts'
import { createDb } from '#lib/platform/db.ts'
import type { Who } from '#lib/releases/testing.ts'
import * as seed from '#lib/releases/testing.ts'
import {
  admin,
  anna,
  dispatched,
  marta,
  requester,
  urls,
  worker,
  workerActor,
} from '#lib/releases/testing-attacks.ts'
import { closeReview } from './commands.ts'
import { listClosings } from './data.ts'

const db = createDb(urls.web)
const viewer = (who: Who, name: string, projects = ['shop']): Viewer => ({
  ...{ accountId: who.account, personId: who.person, name, initials: name.slice(0, 1), groups: [] },
  ...{ grants: [{ role: 'approver', projects }], service: false, enabled: true },
})
const inReview = async () => {
  const release = await dispatched()
  await seed.moveRelease(worker, release, 'review', workerActor, `, waiting_for = 'nobody can tell'`)
  return release
}
const close = (id: string, by: Viewer, input: Parameters<typeof closeReview>[2]) =>
  closeReview(db, id, input, by, clock.now())
const find = { kind: 'find', outcome: 'succeeded', reason: 'every pod is new' } as const
const types = async (id: string) =>
  (
    await admin.query(
      `SELECT type FROM audit.event e JOIN audit.log l ON l.event_id = e.id WHERE release_id = $1 ORDER BY seq`,
      [id],
    )
  ).rows.map((row) => row.type)

test('two people close a review, each step an entry of the log', async () => {
  const id = await inReview()
  const found = await close(id, viewer(anna, 'Anna'), find)
  expect(found).toMatchObject({ ok: true, value: { state: 'review' } })
  const finding = found.ok ? found.value.id : ''
  const confirm = { kind: 'confirm', finding, outcome: 'succeeded' } as const
  expect(await close(id, viewer(anna, 'Anna'), confirm)).toMatchObject({ refusal: { code: 'own-finding' } })
  expect(await close(id, viewer(requester, 'Jonas'), confirm)).toMatchObject({
    refusal: { code: 'own-request' },
  })
  expect(await close(id, viewer(marta, 'Marta'), { ...confirm, outcome: 'failed' })).toMatchObject({
    refusal: { code: 'finding-moved' },
  })
  expect(await close(id, viewer(marta, 'Marta'), confirm)).toMatchObject({
    ok: true,
    value: { state: 'succeeded' },
  })
  expect(await db.release.findUniqueOrThrow({ where: { id } })).toMatchObject({
    state: 'succeeded',
    waitingFor: null,
    ending: 'Two people found that it was released and is healthy: every pod is new',
  })
  expect((await types(id)).slice(-6)).toEqual([
    'release.finding',
    ...Array(3).fill('release.finding-refused'),
    'release.finding-confirmed',
    'release.succeeded',
  ])
  expect((await listClosings(db, [id])).get(id)).toMatchObject([
    { kind: 'find', name: 'Anna Beck', reason: 'every pod is new' },
    { kind: 'confirm', name: 'Marta Bauer', finding },
  ])
})

test('a declined finding leaves the review open', async () => {
  const id = await inReview()
  const found = await close(id, viewer(anna, 'Anna'), find)
  const finding = found.ok ? found.value.id : ''
  const decline = { kind: 'decline', finding, reason: 'two pods are old' } as const
  expect(await close(id, viewer(marta, 'Marta'), decline)).toMatchObject({ value: { state: 'review' } })
  expect(await close(id, viewer(marta, 'Marta'), { ...find, outcome: 'degraded' })).toMatchObject({
    ok: true,
  })
})

test('two findings in the same moment: one of them stands', async () => {
  const id = await inReview()
  const results = await Promise.all([
    close(id, viewer(anna, 'Anna'), find),
    close(id, viewer(marta, 'Marta'), { ...find, outcome: 'failed' }),
  ])
  expect(results.map((result) => (result.ok ? 'ok' : result.refusal.code)).sort()).toEqual([
    'already-found',
    'ok',
  ])
})

test('who may not read the project hears of no release', async () => {
  const id = await inReview()
  expect(await close(id, viewer(anna, 'Anna', ['payments']), find)).toMatchObject({
    refusal: { code: 'no-such-release' },
  })
})
