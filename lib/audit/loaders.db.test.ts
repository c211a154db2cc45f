import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Viewer } from '#lib/access/viewer.ts'
import { clock, plus } from '#lib/platform/clock.ts'
import { createDb, type Db } from '#lib/platform/db.ts'
import { testDatabase } from '#lib/platform/testing.ts'
import { type HistoryReader, newerThan, readHistory } from './loaders.ts'
import type { HistoryQuery } from './schema.ts'
import { approval, connect, signOut, writeEvents } from './testing.ts'

const { urls } = await testDatabase()
let db: Db
let web: pg.Client
let admin: pg.Client

const dora: Viewer = {
  accountId: 'usr_dora',
  personId: 'per_dora',
  name: 'Dora Weiss',
  initials: 'DW',
  groups: [],
  grants: [{ role: 'auditor' }],
  service: false,
  enabled: true,
}
const shopOnly: Viewer = {
  ...dora,
  personId: 'per_shop',
  grants: [{ role: 'auditor', projects: ['shop'] }],
}

const reader = (query: HistoryQuery = {}, more: Partial<HistoryReader> = {}): HistoryReader => ({
  db,
  viewer: dora,
  query,
  zone: 'UTC',
  now: clock.now(),
  fresh: true,
  ...more,
})
const readings = async (person = 'per_dora') => {
  const found = await admin.query<{ filter: Record<string, string> }>(
    `SELECT convert_from(entry, 'UTF8')::jsonb #> '{data,filter}' AS filter FROM audit.event
     WHERE type = 'log.read' AND actor_id = $1 ORDER BY id`,
    [person],
  )
  return found.rows.map(({ filter }) => filter)
}

beforeAll(async () => {
  db = createDb(urls.web, 2)
  ;[web, admin] = await Promise.all([connect(urls.web), connect(urls.admin)])
  await admin.query(`INSERT INTO catalog.instance (name) VALUES ('main')`)
  await admin.query(
    `INSERT INTO catalog.application (id, instance, namespace, name, project, unmapped_reason)
     VALUES ('app_1', 'main', 'argocd', 'checkout-prod', 'shop', 'a test'), ('app_2', 'main', 'argocd', 'ledger-prod', 'payments', 'a test')`,
  )
  const other = approval('rel_2')
  await writeEvents(web, [
    approval(),
    { ...other, subject: { release: 'rel_2', application: 'app_2', service: 'ledger', environment: 'prod' } },
    signOut(),
  ])
})
afterAll(() => Promise.all([db.$disconnect(), web.end(), admin.end()]))

describe('reading the history', () => {
  it('is itself an entry with what was asked for, and the newest that the reader sees', async () => {
    const { page } = await readHistory(reader({ service: 'ledger', entry: 1 }))
    expect(page.entries.map(({ seq }) => seq)).toEqual([1])
    const { page: all } = await readHistory(reader())
    expect(all.entries[0]).toMatchObject({ what: 'read the log', actor: { person: 'per_dora' } })
    expect(await readings()).toEqual([{ service: 'ledger', entry: '1' }, {}])
  })

  it('is recorded each time a person asks, and not when an open page renders itself again', async () => {
    const before = (await readings()).length
    await readHistory(reader({ kind: 'plans' }))
    await readHistory(reader({ kind: 'plans' }))
    await readHistory(reader({ kind: 'plans' }, { fresh: false }))
    expect((await readings()).length).toBe(before + 2)
    await readHistory(reader({ kind: 'system' }, { fresh: false }))
    await readHistory(reader({ kind: 'plans' }, { fresh: false, now: plus(clock.now(), 11 * 60_000) }))
    expect((await readings()).length).toBe(before + 4)
  })

  it('does not find what somebody looked for instead of what there is', async () => {
    const { page } = await readHistory(reader({ text: 'zzz-nothing' }))
    expect(page.entries).toEqual([])
    expect((await readings()).at(-1)).toEqual({ text: 'zzz-nothing' })
  })

  it('is not recorded for counting what is new', async () => {
    const before = (await readings()).length
    const { page } = await readHistory(reader({ service: 'checkout' }))
    const seq = page.entries[0]?.seq ?? -1
    await writeEvents(web, [approval('rel_3'), signOut(), approval('rel_4')])
    expect(await newerThan(reader({ service: 'checkout' }), seq)).toBe(2)
    expect(await newerThan(reader({ service: 'payments' }), seq)).toBe(0)
    expect((await readings()).length).toBe(before + 1)
  })
})

describe('somebody who may read the log of one project', () => {
  it('sees entries about its applications only, in the list, one by one and in counts', async () => {
    const mine = reader({}, { viewer: shopOnly })
    const { page } = await readHistory(mine)
    expect(new Set(page.entries.map(({ subject }) => subject.application))).toEqual(new Set(['app_1']))
    const open = await Promise.all([0, 1, 2].map((entry) => readHistory({ ...mine, query: { entry } })))
    expect(open.map((found) => (typeof found.open === 'object' ? found.open.seq : found.open))).toEqual([
      0,
      'not-found',
      'not-found',
    ])
    expect(await newerThan({ ...mine, query: { service: 'ledger' } }, 0)).toBe(0)
  })

  it('sees nothing without the right, whatever is asked', async () => {
    const viewer: Viewer = { ...shopOnly, personId: 'per_none', grants: [{ role: 'developer' }] }
    const { page, open } = await readHistory(reader({ entry: 0 }, { viewer }))
    expect([page.entries, open]).toEqual([[], 'not-found'])
  })
})

it('turns pages by the number of an entry, without gap or repetition', async () => {
  await writeEvents(
    web,
    Array.from({ length: 60 }, () => signOut('per_many')),
  )
  const first = await readHistory(reader({ person: 'per_many' }))
  const second = await readHistory(reader({ person: 'per_many', before: first.page.next }))
  const seqs = [...first.page.entries, ...second.page.entries].map(({ seq }) => seq)
  expect([first.page.entries.length, new Set(seqs).size, second.page.next]).toEqual([50, 60, undefined])
  expect(seqs).toEqual([...seqs].sort((a, b) => b - a))
})
