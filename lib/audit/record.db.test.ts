import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDb, type Db, inTransaction } from '#lib/platform/db.ts'
import { testDatabase } from '#lib/platform/testing.ts'
import type { NewEvent } from './event.ts'
import { readEvent } from './event.ts'
import { record } from './record.ts'

const { urls } = await testDatabase()
const signOut: NewEvent = {
  type: 'sign-out',
  actor: { kind: 'person', person: 'per_anna', account: 'usr_anna' },
  subject: {},
  data: {},
}
const decided: NewEvent = {
  type: 'release.decided',
  actor: { kind: 'person', person: 'per_anna' },
  subject: { release: 'rel_1', application: 'app_1', service: 'checkout', environment: 'prod' },
  data: { decision: 'approve', plan: 'a'.repeat(64), comment: 'half a character \ud83d and a \u0000' },
}

let db: Db
const listener = new pg.Client({ connectionString: urls.signer })
const heard: string[] = []

beforeAll(async () => {
  db = createDb(urls.web)
  await listener.connect()
  listener.on('notification', ({ payload }) => heard.push(payload ?? ''))
  await listener.query('LISTEN countersign')
})
afterAll(async () => {
  await db.$disconnect()
  await listener.end()
})

const rows = async (id: string) =>
  (await listener.query('SELECT * FROM audit.event WHERE id = $1', [id])).rows

describe('record', () => {
  it('writes canonical bytes that are sealed with the commit, and columns that come out of the bytes', async () => {
    const id = await inTransaction(db, (tx) => record(tx, decided))
    const [row] = await rows(id)
    expect(row).toMatchObject({
      type: 'release.decided',
      actor_kind: 'person',
      actor_id: 'per_anna',
      release_id: 'rel_1',
      application_id: 'app_1',
      service: 'checkout',
      environment: 'prod',
      written_by: 'countersign_web',
    })
    const read = readEvent(row.entry)
    expect(read).toMatchObject({
      known: true,
      event: { id, v: 1, data: { comment: 'half a character \ufffd and a \u2400' } },
    })
    const sealed = await listener.query('SELECT seq FROM audit.log WHERE event_id = $1', [id])
    expect(sealed.rowCount).toBe(1)
  })

  it('leaves nothing when the transaction fails', async () => {
    let id = ''
    const work = inTransaction(db, async (tx) => {
      id = await record(tx, signOut)
      throw new Error('the change failed')
    })
    await expect(work).rejects.toThrow('the change failed')
    expect(await rows(id)).toEqual([])
  })

  it('wakes the signer for a decision and not for a sign-out', async () => {
    heard.length = 0
    await inTransaction(db, (tx) => record(tx, signOut))
    await inTransaction(db, (tx) => record(tx, decided))
    await expect.poll(() => heard).toEqual(['{"log":true}'])
  })

  it('refuses an event that does not fit, and one that is too long', async () => {
    const wrong = { ...decided, data: { ...decided.data, plan: 'not a digest' } } as NewEvent
    await expect(inTransaction(db, (tx) => record(tx, wrong))).rejects.toThrow(/plan/)
    const filter = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`filter-${i}`, '€'.repeat(500)]))
    const long: NewEvent = { ...signOut, type: 'log.read', data: { filter } }
    await expect(inTransaction(db, (tx) => record(tx, long))).rejects.toThrow(/bytes, over 65535/)
  })

  it('does not accept a client outside a transaction', () => {
    // @ts-expect-error a whole client is not a transaction
    const misuse = () => record(db, signOut)
    expect(misuse).toBeTypeOf('function')
  })
})
