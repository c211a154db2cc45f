import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Grant, Viewer } from '#lib/access/policy.ts'
import { createDb, type Db } from '#lib/platform/db.ts'
import { newId } from '#lib/platform/ids.ts'
import { testDatabase } from '#lib/platform/testing.ts'
import * as seed from '#lib/releases/testing.ts'
import { search } from './data.ts'
import type { Kind } from './search.ts'

const { urls } = await testDatabase()
let admin: pg.Client
let worker: pg.Client
let db: Db
const ids: Record<string, string> = {}
let release: string
let jonas: seed.Who

const viewer = (...grants: Grant[]): Viewer => ({
  accountId: 'usr_0',
  personId: 'per_0',
  name: 'Somebody',
  initials: 'S',
  groups: [],
  grants,
  service: false,
  enabled: true,
})
const everything = viewer({ role: 'auditor' })
const projects = (...names: string[]) => viewer({ role: 'viewer', projects: names })
const shopAndMoney = projects('shop', 'money')

async function application(name: string, project: string, service: string | null = name): Promise<string> {
  const id = newId('application')
  await worker.query(
    `INSERT INTO catalog.application (id, instance, namespace, name, project, service, environment, unmapped_reason, protected, images)
     VALUES ($1, 'main', 'argocd', $2, $3, $4, $5, $6, true, $7)`,
    [
      id,
      service === null ? name : `${name}-prod`,
      project,
      service,
      service === null ? null : 'prod',
      service === null ? 'no rule matches' : null,
      [`registry.acme.example/${project}/${name}:1.4.2@sha256:${'c0ffee00'.repeat(8)}`],
    ],
  )
  ids[name] = id
  return id
}

const commit = (sha: string, subject: string, author: string, at = '2026-11-20T10:00:00.000Z') => ({
  revision: sha.padEnd(40, '0'),
  subject,
  author,
  at,
  repository: 'https://git.acme.example/shop/checkout',
})

async function planned(app: string, ...commits: object[]): Promise<string> {
  return seed.seedPlan(admin, app, { document: { commits: { commits } } })
}

beforeAll(async () => {
  admin = await seed.connect(urls.admin)
  worker = await seed.connect(urls.worker)
  db = createDb(urls.web)
  await admin.query(`INSERT INTO catalog.instance (name) VALUES ('main')`)
  for (const [name, project] of [
    ['checkout', 'shop'],
    ['checkout-history', 'shop'],
    ['pre-checkout', 'money'],
    ['ledger', 'finance'],
    ['Öl-Übersicht', 'shop'],
    ['a_b', 'shop'],
  ] as const)
    await application(name, project)
  await application('stray', 'finance', null)
  jonas = await seed.seedPerson(admin, 'Jonas Öztürk')
  const mei = await seed.seedPerson(admin, 'Mei Lin')
  await seed.seedPerson(admin, 'Nora Klein')
  const plan = await planned(
    ids.checkout ?? '',
    commit('abcd1234', 'Cap discounts at the price', 'Jonas Öztürk'),
    commit('abcd9999', 'Retry payments \u0000 twice', 'Mei Lin', '2026-11-22T10:00:00.000Z'),
  )
  release = await seed.insertRelease(admin, { application: ids.checkout ?? '', plan, by: jonas })
  await planned(ids.ledger ?? '', commit('fedc0001', 'Round the interest', 'Dora Weiss'))
  const other = await planned(ids.ledger ?? '')
  await seed.insertRelease(admin, { application: ids.ledger ?? '', plan: other, by: mei })
})
afterAll(async () => {
  await db.$disconnect()
  await worker.end()
  await admin.end()
})

async function groups(by: Viewer, text: string, more: { limit?: number; kind?: Kind; after?: string } = {}) {
  const answer = await search(db, by, { text, limit: 20, ...more })
  if (!answer.ok) throw new Error(answer.refusal.code)
  return answer.value.groups
}
const found = async (by: Viewer, text: string, kind?: Kind) =>
  (await groups(by, text)).flatMap((group) =>
    kind === undefined || group.kind === kind
      ? group.results.map((each) => (kind ? each.label : `${each.kind} ${each.label}`))
      : [],
  )

test('exact before beginning before word before part before typing error', async () => {
  expect(await found(everything, 'checkout', 'service')).toEqual([
    'checkout',
    'checkout-history',
    'pre-checkout',
  ])
  const [services] = await groups(everything, 'checkout')
  expect(services?.results.map(({ match, labelMarks }) => [match, labelMarks])).toEqual([
    ['exact', [[0, 8]]],
    ['start', [[0, 8]]],
    ['word', [[4, 12]]],
  ])
  const [part] = await groups(everything, 'eckou')
  expect(part?.results[0]).toMatchObject({ label: 'checkout', match: 'part', labelMarks: [[2, 7]] })
})

test.each(['chekcout', 'chckout', 'checkoutt', 'checkaut', 'CHEKCOUT  ', 'chekcout-history'])(
  'a typing error still finds: %s',
  async (text) => {
    const services = await found(everything, text, 'service')
    expect(services).toContain(text.includes('history') ? 'checkout-history' : 'checkout')
    expect(services).not.toContain('ledger')
  },
)

test('what is spelled so somewhere is no typing error', async () => {
  expect(await found(everything, 'checkout-histor', 'service')).toEqual(['checkout-history'])
  const answer = await groups(everything, 'retry')
  expect(answer.flatMap(({ results }) => results).filter(({ match }) => match === 'similar')).toEqual([])
})

test('accents and case do not matter, on either side', async () => {
  expect(await found(everything, 'ozturk', 'person')).toEqual(['Jonas Öztürk'])
  expect(await found(everything, 'ÖZTÜRK', 'person')).toEqual(['Jonas Öztürk'])
  expect(await found(everything, 'oztrük', 'person')).toEqual(['Jonas Öztürk'])
  expect(await found(everything, 'öl uber', 'service')).toEqual(['Öl-Übersicht'])
  const [people] = await groups(everything, 'ozturk')
  expect(people?.results[0]?.detailMarks.length).toBeGreaterThan(0)
})

test('commits by SHA, subject and author; the newest first', async () => {
  expect(await found(everything, 'abcd', 'commit')).toEqual([
    'Retry payments \ufffd twice',
    'Cap discounts at the price',
  ])
  expect(await found(everything, 'abcd1', 'commit')).toEqual(['Cap discounts at the price'])
  expect(await found(everything, 'abc', 'commit')).toEqual([])
  expect(await found(everything, 'discounts cap', 'commit')).toEqual(['Cap discounts at the price'])
  expect(await found(everything, 'paymenst', 'commit')).toEqual(['Retry payments \ufffd twice'])
  expect(await found(everything, 'mei lin', 'commit')).toEqual(['Retry payments \ufffd twice'])
})

test('releases by id, images by name, tag and digest', async () => {
  expect(await found(everything, release)).toEqual(['release checkout to prod'])
  expect(await found(everything, release.slice(0, -3), 'release')).toContain('checkout to prod')
  expect(await found(everything, 'because', 'release')).toHaveLength(2)
  const image = `registry.acme.example/finance/ledger:1.4.2@sha256:${'c0ffee00'.repeat(8)}`
  expect(await found(everything, 'finance/ledger:1.4', 'image')).toEqual([image])
  expect(await found(everything, 'ledger', 'image')).toEqual([image])
  expect(await found(everything, '1.4.2', 'image')).toHaveLength(7)
  expect(await found(everything, 'sha256:c0ffee', 'image')).toHaveLength(7)
})

test('somebody with two projects finds exactly what is in them', async () => {
  expect(await found(shopAndMoney, 'checkout', 'service')).toEqual([
    'checkout',
    'checkout-history',
    'pre-checkout',
  ])
  expect(await found(projects('money'), 'checkout', 'service')).toEqual(['pre-checkout'])
  for (const text of ['ledger', 'ldeger', 'edge', 'stray', 'fedc0001', 'interest', 'finance', 'Dora', 'le'])
    expect([text, await found(shopAndMoney, text)]).toEqual([text, []])
  expect(await found(projects('finance'), release)).toEqual([])
  // Everything that is there, and nothing more: the sum of two people with a project each.
  for (const text of ['checkout', '1.4.2', 'rel_', 'prod', 'because']) {
    const both = await found(shopAndMoney, text)
    const apart = [...(await found(projects('shop'), text)), ...(await found(projects('money'), text))]
    expect(both.toSorted()).toEqual(apart.toSorted())
  }
  expect(await found(viewer(), 'checkout')).toEqual([])
  expect(await found({ ...everything, enabled: false }, 'checkout')).toEqual([])
})

test('people are found through releases that the viewer may read, and nobody else is', async () => {
  expect(await found(projects('shop'), 'jonas', 'person')).toEqual(['Jonas Öztürk'])
  expect(await found(projects('finance'), 'jonas', 'person')).toEqual([])
  expect(await found(projects('finance'), 'mei', 'person')).toEqual(['Mei Lin'])
  expect(await found(projects('shop'), 'mei', 'person')).toEqual([])
  expect(await found(everything, 'nora', 'person')).toEqual([])
  const link = async (by: Viewer) => (await groups(by, 'jonas', { kind: 'person' }))[0]?.results[0]?.href
  expect(await link(projects('shop'))).toContain(release)
  expect(await link(everything)).toContain(jonas.person)
})

test('an application that moves or goes takes what is known of it along', async () => {
  const id = await application('mover', 'shop')
  await planned(id, commit('beef0001', 'Move along', 'Mei Lin'))
  // Service, application, image, and its commit by SHA.
  const all = async (by: Viewer) => [await found(by, 'mover'), await found(by, 'beef0001')].flat().length
  expect(await all(projects('shop'))).toBe(4)
  await admin.query(`UPDATE catalog.application SET project = 'money' WHERE id = $1`, [id])
  // The image did run there: its row stays with the project, the rest is gone.
  expect(await found(projects('shop'), 'mover')).toEqual([
    `image registry.acme.example/shop/mover:1.4.2@sha256:${'c0ffee00'.repeat(8)}`,
  ])
  expect(await found(projects('shop'), 'beef0001')).toEqual([])
  expect(await all(projects('money'))).toBe(4)
  await admin.query('UPDATE catalog.application SET gone_at = now() WHERE id = $1', [id])
  expect(await found(projects('money'), 'mover', 'application')).toEqual([])
  expect(await found(projects('money'), 'mover', 'service')).toEqual([])
  await admin.query('UPDATE catalog.application SET gone_at = NULL WHERE id = $1', [id])
  expect(await found(projects('money'), 'mover', 'application')).toEqual(['mover-prod'])
})

test('a change of health rewrites nothing of what is searched', async () => {
  const versions = () =>
    admin.query('SELECT id, project, xmin::text FROM catalog.search_entry ORDER BY kind, id, project')
  const before = await versions()
  await worker.query(`UPDATE catalog.application SET health = 'Degraded'`)
  expect((await versions()).rows).toEqual(before.rows)
})

test.each([
  '%',
  '_',
  '\\',
  '%%%%',
  "'",
  "''; DROP TABLE catalog.commit; --",
  '"',
  '\0',
  'a\0b',
  '\u{1f680}',
  '\u202e',
  "' & !(x):*",
  ':*',
  '<->',
  '()',
  '…',
  '\ud800',
  '支付服务',
  "checkout' OR 1=1",
  '[[:alpha:]]+(a+)+$',
  '...',
])('hostile text is only text: %j', async (text) => {
  const answer = await groups(everything, text)
  expect(answer.flatMap(({ results }) => results).length).toBeLessThan(120)
})

test.each([
  ['letters', 'a'.repeat(10_240)],
  ['words', 'ab '.repeat(3_000)],
  ['what grows when it is normalised', '\ufdfa'.repeat(10_000)],
])('10 kB of %s are searched for in no time', async (_, text) => {
  expect(await groups(everything, text)).toEqual([])
})

test('what Postgres would take for a pattern stands for itself', async () => {
  expect(await found(everything, 'a_b', 'service')).toEqual(['a_b'])
  expect(await found(everything, 'l%dger')).toEqual([])
  expect(await found(everything, '%edg%')).toEqual([])
  expect(await found(everything, 'ch_ckout')).toEqual([])
})

test('one or two letters find beginnings only', async () => {
  expect(await found(everything, 'ch', 'service')).toEqual(['checkout', 'checkout-history'])
  expect(await found(everything, 'l', 'service')).toEqual(['ledger'])
})

test('pages of one kind follow each other, nothing twice, nothing left out', async () => {
  for (let n = 0; n < 23; n++) await application(`page-${String(n).padStart(2, '0')}`, 'paging')
  for (const text of ['page', 'prod', 'age-', 'paeg', '1.4.2']) {
    const kind = text === '1.4.2' ? 'image' : 'application'
    const by = projects('paging')
    const seen: string[] = []
    let after: string | undefined
    do {
      const [page] = await groups(by, text, { limit: 5, kind, ...(after && { after }) })
      seen.push(...(page?.results.map(({ id }) => id) ?? []))
      after = page?.next
    } while (after !== undefined)
    expect([text, seen.length, new Set(seen).size]).toEqual([text, 23, 23])
  }
  expect(await groups(everything, 'page', { kind: 'application', after: '9\0\u{10ffff}%' })).toEqual([])
})
