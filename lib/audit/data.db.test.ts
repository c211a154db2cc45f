import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { instant } from '#lib/platform/clock.ts'
import { createDb, type Db } from '#lib/platform/db.ts'
import { testDatabase } from '#lib/platform/testing.ts'
import { getEntry, getLogState, type HistoryFilter, listHistory, listReleaseHistory } from './data.ts'
import { approval, connect, signOut, writeEvents } from './testing.ts'

const { urls } = await testDatabase()
let db: Db
let web: pg.Client
let admin: pg.Client

beforeAll(async () => {
  db = createDb(urls.web, 2)
  ;[web, admin] = await Promise.all([connect(urls.web), connect(urls.admin)])
  await admin.query(`INSERT INTO access.person (id) VALUES ('per_anna')`)
  await admin.query(
    `INSERT INTO access.person_detail (person_id, key, name) VALUES ('per_anna', 'k', 'Anna Beck')`,
  )
  const request = {
    ...approval('rel_2'),
    type: 'release.request-refused',
    actor: { kind: 'person', person: 'per_gone' },
    subject: { release: 'rel_2', application: 'app_2', service: 'payments', environment: 'staging' },
    data: { plan: 'b'.repeat(64), refusal: 'plan-stale' },
  } as const
  await writeEvents(web, [approval(), signOut(), request, approval('rel_2'), signOut('per_gone')])
  for (const size of [2, 3])
    await admin.query(
      `INSERT INTO audit.checkpoint (size, root, note, key_id) VALUES ($1, sha256('x'), 'n', 'k')`,
      [size],
    )
  await admin.query(
    `INSERT INTO audit.receipt (size, anchor, kind, receipt) VALUES (2, 'file:a', 'file', '{}')`,
  )
})
afterAll(() => Promise.all([db.$disconnect(), web.end(), admin.end()]))

const seqs = async (filter: HistoryFilter) => (await listHistory(db, filter)).entries.map(({ seq }) => seq)

describe('the history', () => {
  it('tells who did what to which, newest first, and how far each is proved', async () => {
    const { entries, next } = await listHistory(db, {})
    expect(next).toBeUndefined()
    expect(entries.map(({ proof }) => proof)).toEqual(['sealed', 'sealed', 'signed', 'anchored', 'anchored'])
    expect(entries[4]).toMatchObject({
      seq: 0,
      type: 'release.decided',
      who: 'Anna Beck',
      what: 'approved plan aaaa…aaaa',
      on: 'checkout · prod',
      subject: { release: 'rel_1' },
    })
    expect(entries[0]?.who).toBe('per_gone')
  })

  it.each<[string, HistoryFilter, number[]]>([
    ['a group', { group: 'approvals' }, [3, 0]],
    ['a person', { person: 'per_gone' }, [4, 2]],
    ['a service', { service: 'payments' }, [2]],
    ['an environment', { environment: 'prod' }, [3, 0]],
    ['an application', { application: 'app_2' }, [2]],
    ['a release', { release: 'rel_2' }, [3, 2]],
    ['a text in the entry', { text: 'PLAN-stale' }, [2]],
    ['a text in the name', { text: 'anna b' }, [3, 1, 0]],
    ['a text with signs that mean something to LIKE', { text: '%' }, []],
    ['a time before it all', { to: instant('2020-01-01') }, []],
    ['a time after it all', { from: instant('2099-01-01') }, []],
    ['a time around it all', { from: instant('2020-01-01'), to: instant('2099-01-01') }, [4, 3, 2, 1, 0]],
    ['several at once', { group: 'sign-ins', person: 'per_anna', text: 'anna' }, [1]],
    ['empty texts, which mean nothing', { text: '', service: '' }, [4, 3, 2, 1, 0]],
  ])('can be filtered by %s', async (_, filter, expected) => {
    expect(await seqs(filter)).toEqual(expected)
  })

  it('pages without gap or repetition, also while entries are added', async () => {
    const first = await listHistory(db, {}, { limit: 2 })
    await writeEvents(web, [signOut()])
    const second = await listHistory(db, {}, { limit: 2, before: first.next })
    const third = await listHistory(db, {}, { limit: 2, before: second.next })
    expect([first, second, third].map(({ entries }) => entries.map(({ seq }) => seq))).toEqual([
      [4, 3],
      [2, 1],
      [0],
    ])
    expect(third.next).toBeUndefined()
  })

  it('of one release is told from its beginning', async () => {
    expect((await listReleaseHistory(db, 'rel_2')).map(({ seq }) => seq)).toEqual([2, 3])
  })
})

it('one entry is shown with the very bytes that were sealed', async () => {
  const entry = await getEntry(db, 0)
  expect(JSON.parse(entry?.json ?? '')).toMatchObject({ id: entry?.id, v: 1, type: 'release.decided' })
  expect(entry?.leaf).toMatch(/^[0-9a-f]{64}$/)
  expect(await getEntry(db, 999)).toBeUndefined()
})

it('the state of the log says how far it is signed and anchored', async () => {
  const state = await getLogState(db)
  expect(state).toMatchObject({ size: 6, signedSize: 3, anchoredSize: 2, anchors: [] })
  expect(state.origin).toMatch(/^countersign\.local\//)
  expect(state.anchoredAt).not.toBeNull()
})
