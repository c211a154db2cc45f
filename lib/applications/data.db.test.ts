import { afterAll, beforeAll, expect, test } from 'vitest'
import { registerInstances, upsertApplications } from '#lib/catalog/commands.ts'
import { rowFor, sha, type Told } from '#lib/catalog/testing-rows.ts'
import { createDb } from '#lib/platform/db.ts'
import { testDatabase } from '#lib/platform/testing.ts'
import { storeRevision } from './commands.ts'
import { historyOf, readMeanings, unknownRevisions } from './data.ts'
import type { HistoryKey } from './history.ts'

const { urls } = await testDatabase()
const db = createDb(urls.worker)
const web = createDb(urls.web)
afterAll(() => Promise.all([db.$disconnect(), web.$disconnect()]))

const see = (name: string, told: Told) => upsertApplications(db, 'main', [rowFor('main', name, told)])
const idOf = async (name: string) => (await web.application.findFirstOrThrow({ where: { name } })).id
const told = {
  author: 'Mei',
  date: null,
  message: 'Sell more\n\nWhy',
  tags: [],
  signatureInfo: null,
  references: [],
}

beforeAll(async () => {
  await registerInstances(db, [{ name: 'main', webUrl: 'https://argo.example' }])
  await see('checkout-prod', { history: [1, 5, 9] })
  await see('checkout-dev', { environment: 'dev', history: [2, 9] })
  await see('ledger-prod', { project: 'payments', service: 'ledger', history: [9] })
})

test('a revision is asked for once a project; protected applications also have their past asked for', async () => {
  const unknown = await unknownRevisions(db, 'main', 50)
  const of = (project: string) =>
    unknown.filter((each) => each.project === project).map(({ revision }) => revision)
  expect(of('shop')).toEqual([sha(1), sha(5), sha(9)])
  expect(of('payments')).toEqual([sha(1), sha(9)])
  expect(await unknownRevisions(db, 'other', 50)).toEqual([])
})

test('what one application learned, others of its project know, and no other project', async () => {
  const application = await idOf('checkout-dev')
  await storeRevision(db, { application, index: 0, revision: sha(9) }, told)
  await storeRevision(db, { application, index: 0, revision: sha(5) }, { problem: 'not our ref' })
  const shop = await readMeanings(web, 'shop', [sha(9), sha(5), sha(1)])
  expect(shop.get(sha(9))).toMatchObject({ subject: 'Sell more', body: 'Why', author: 'Mei' })
  expect(shop.get(sha(5))).toMatchObject({ subject: '', problem: 'not our ref' })
  expect(shop.has(sha(1))).toBe(false)
  expect(await readMeanings(web, 'payments', [sha(9)])).toEqual(new Map())
  const asked = (await unknownRevisions(db, 'main', 50)).filter(({ project }) => project === 'shop')
  expect(asked.map(({ revision }) => revision)).toEqual([sha(1)])
})

test('the history goes on by key to its end, for those who may read it', async () => {
  const id = await idOf('checkout-prod')
  const seen: string[] = []
  let key: HistoryKey | null = null
  for (let n = 0; n < 9; n++) {
    const { moments, next } = await historyOf(web, 'all', id, key, 1)
    seen.push(...moments.map((each) => `${each.kind} ${each.at.slice(14, 16)}`))
    if (!next) break
    key = next
  }
  expect(seen).toEqual(['deployment 09', 'deployment 05', 'deployment 01'])
  expect((await historyOf(web, { projects: ['payments'] }, id, null, 5)).moments).toEqual([])
})
