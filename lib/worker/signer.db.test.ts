import { mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Anchor, fileAnchor } from '#lib/audit/anchors.ts'
import { verifyDatabase } from '#lib/audit/check.ts'
import { readVkeys, signerPlaces } from '#lib/audit/keys.ts'
import { record } from '#lib/audit/record.ts'
import {
  approval,
  connect,
  disarm,
  editEntry,
  manyEvents,
  rearm,
  reseal,
  wipe,
  writeEvents,
} from '#lib/audit/testing.ts'
import { createDb, inTransaction } from '#lib/platform/db.ts'
import { log } from '#lib/platform/log.ts'
import { testDatabase } from '#lib/platform/testing.ts'
import { type RunningSigner, runSigner } from './signer.ts'

const { urls } = await testDatabase()
const db = createDb(urls.web, 2)
const admin = await connect(urls.admin)
const web = await connect(urls.web)
let dir: string
let running: RunningSigner | undefined
let errors: string[]

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'countersign-signer-'))
  errors = []
  vi.spyOn(log, 'info').mockImplementation(() => {})
  vi.spyOn(log, 'error').mockImplementation(
    (message, fields) => void errors.push(`${message} ${fields?.reason ?? ''}`),
  )
  await disarm(admin)
  await wipe(admin)
  await rearm(admin)
})
afterEach(async () => {
  await running?.stop()
  running = undefined
  await rm(dir, { recursive: true, force: true })
})
afterAll(() => Promise.all([db.$disconnect(), admin.end(), web.end()]))

const anchorPath = () => join(dir, 'anchor', 'checkpoints.txt')
const places = () => signerPlaces(dir)
const start = async (anchors: Anchor[] = [fileAnchor(anchorPath())]) => {
  running = await runSigner({ url: urls.signer, places: places(), anchors })
  return running
}
const covered = async (id: string, client: pg.Client = web) =>
  (await client.query<{ covered: string | null }>('SELECT audit.covered($1)', [id])).rows[0]?.covered
/** Far below the minute after which it looks by itself. */
const until = { timeout: 20_000, interval: 5 }

describe('the signer', () => {
  it('covers each approval by an anchored checkpoint at once, not by the minute', async () => {
    await start()
    for (let i = 0; i < 5; i++) {
      const id = await inTransaction(db, (tx) => record(tx, approval()))
      await expect.poll(() => covered(id), until).not.toBeNull()
    }
    const anchor = fileAnchor(anchorPath())
    const keys = (await readVkeys(places().vkey)) ?? []
    const report = await verifyDatabase({ url: urls.signer, anchors: [anchor], keys })
    expect(report).toMatchObject({ verdict: 'whole', size: 5, anchoredSize: 5, findings: [] })
  })

  it('signs what was there before it started, with a key that only it can read', async () => {
    const ids = await writeEvents(web, manyEvents(20))
    await start()
    expect(await covered(ids[19] as string)).not.toBeNull()
    expect((await stat(places().key)).mode & 0o777).toBe(0o400)
    expect(running?.health()).toMatchObject({ state: 'signing', signedSize: 20 })
  })

  it('goes on after a restart with the same key, also without its memory', async () => {
    await writeEvents(web, manyEvents(7))
    await start()
    const vkey = await readFile(places().vkey, 'utf8')
    await running?.stop()
    await rm(places().state)
    await writeEvents(web, manyEvents(3))
    await start()
    expect(await readFile(places().vkey, 'utf8')).toBe(vkey)
    const keys = (await readVkeys(places().vkey)) ?? []
    const report = await verifyDatabase({ url: urls.signer, anchors: [fileAnchor(anchorPath())], keys })
    expect(report).toMatchObject({ verdict: 'whole', size: 10, anchoredSize: 10 })
  })

  it('will not make a new key for a log that was signed before', async () => {
    await writeEvents(web, manyEvents(2))
    await start()
    await running?.stop()
    running = undefined
    await rename(places().key, `${places().key}.gone`)
    await expect(start()).rejects.toThrow(/signing key .* is missing/)
    await rm(places().state)
    await expect(start()).rejects.toThrow(/is missing/)
  })

  it('will not use a key that others can read', async () => {
    await start()
    await running?.stop()
    running = undefined
    await rm(places().key)
    await writeFile(places().key, 'x', { mode: 0o644 })
    await expect(start()).rejects.toThrow(/can be read by other accounts/)
  })

  it('tries an anchor again until it confirms; until then nothing is covered', async () => {
    let broken = true
    const real = fileAnchor(anchorPath())
    const anchor: Anchor = {
      ...real,
      submit: (head) => (broken ? Promise.reject(new Error('no space left on device')) : real.submit(head)),
    }
    const ids = await writeEvents(web, manyEvents(4))
    await start([anchor])
    expect(await covered(ids[3] as string)).toBeNull()
    const state = await admin.query(
      'SELECT name, message, failing_since IS NOT NULL AS failing FROM audit.anchor',
    )
    expect(state.rows).toEqual([{ name: real.name, message: 'no space left on device', failing: true }])
    expect(errors.join()).toContain('anchor did not confirm')
    broken = false
    await expect.poll(() => covered(ids[3] as string), until).not.toBeNull()
    const after = await admin.query('SELECT size::int, failing_since FROM audit.anchor')
    expect(after.rows).toEqual([{ size: 4, failing_since: null }])
  })

  it('works alone: a second one does not sign', async () => {
    await start()
    await expect(runSigner({ url: urls.signer, places: places(), anchors: [] })).rejects.toThrow(
      /Another signer/,
    )
  })
})

describe('forged growth is not signed', () => {
  const signedSizes = async () =>
    (await admin.query<{ size: number }>('SELECT size::int FROM audit.checkpoint ORDER BY size')).rows.map(
      ({ size }) => size,
    )
  const forge = async (work: () => Promise<unknown>) => {
    await disarm(admin)
    await work()
    await rearm(admin)
    await writeEvents(web, manyEvents(12))
  }
  const forgeries: [string, () => Promise<unknown>][] = [
    [
      'the end rewritten',
      async () => {
        await editEntry(admin, 5)
        await reseal(admin, 5)
      },
    ],
    [
      'the end cut off',
      () =>
        admin.query(
          'DELETE FROM audit.checkpoint; DELETE FROM audit.log WHERE seq >= 8; DELETE FROM audit.event e WHERE NOT EXISTS (SELECT FROM audit.log WHERE event_id = e.id)',
        ),
    ],
    ['an entry edited', () => editEntry(admin, 3)],
    ['everything replaced', () => wipe(admin)],
  ]

  it.each(forgeries)('at a start: %s', async (_, work) => {
    await writeEvents(web, manyEvents(10))
    await start()
    await running?.stop()
    await forge(work)
    const before = await signedSizes()
    await start()
    expect(running?.health().state).toBe('refusing')
    expect(await signedSizes()).toEqual(before)
    expect(errors.join()).toContain('refuses to sign')
  })

  it.each(forgeries)('at a start without its memory, by the anchor alone: %s', async (_, work) => {
    await writeEvents(web, manyEvents(10))
    await start()
    await running?.stop()
    await rm(places().state)
    await forge(work)
    const before = await signedSizes()
    await start()
    expect(running?.health().state).toBe('refusing')
    expect(await signedSizes()).toEqual(before)
  })

  it('while it runs: the end rewritten, until the true log is back', async () => {
    await writeEvents(web, manyEvents(10))
    await start()
    await admin.query('CREATE TABLE event_copy AS SELECT id, entry FROM audit.event')
    await admin.query('CREATE TABLE log_copy AS SELECT * FROM audit.log')
    await forge(forgeries[0]?.[1] as () => Promise<unknown>)
    await inTransaction(db, (tx) => record(tx, approval()))
    await expect.poll(() => running?.health().state, until).toBe('refusing')
    expect(await signedSizes()).toEqual([10])
    await disarm(admin)
    await admin.query('UPDATE audit.event e SET entry = c.entry FROM event_copy c WHERE c.id = e.id')
    await admin.query(
      'UPDATE audit.log l SET leaf = c.leaf, chain = c.chain FROM log_copy c WHERE c.seq = l.seq',
    )
    await reseal(admin, 10)
    await rearm(admin)
    await admin.query('DROP TABLE event_copy, log_copy')
    const id = await inTransaction(db, (tx) => record(tx, approval()))
    await expect.poll(() => covered(id), until).not.toBeNull()
    expect(running?.health().state).toBe('signing')
  })
})
