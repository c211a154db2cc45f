import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testDatabase } from '#lib/platform/testing.ts'
import { readFacts, readRows } from './rows.ts'
import { approval, connect, entryOf, manyEvents, signOut, writeEvents } from './testing.ts'
import { verifyLog } from './verify.ts'

const { urls } = await testDatabase()
const open: pg.Client[] = []
const session = async (url: string) => {
  const client = await connect(url)
  open.push(client)
  return client
}
let web: pg.Client
let worker: pg.Client
let signer: pg.Client
let admin: pg.Client

beforeAll(async () => {
  ;[web, worker, signer, admin] = await Promise.all([
    session(urls.web),
    session(urls.worker),
    session(urls.signer),
    session(urls.admin),
  ])
  await writeEvents(web, [approval()])
})
afterAll(() => Promise.all(open.map((client) => client.end())))

const zeros = `'\\x${'00'.repeat(32)}'`
const refused = /permission denied|append-only|must be owner|cannot insert|can only be updated to DEFAULT/

describe('nobody who runs Countersign can', () => {
  const attacks = [
    ['change an event', `UPDATE audit.event SET entry = '\\x7b7d'`],
    ['remove an event', 'DELETE FROM audit.event'],
    ['empty the events', 'TRUNCATE audit.event CASCADE'],
    ['write into the sealed log', `INSERT INTO audit.log VALUES (1, 'evt_x', ${zeros}, ${zeros})`],
    ['change the sealed log', `UPDATE audit.log SET leaf = ${zeros}`],
    ['remove from the sealed log', 'DELETE FROM audit.log'],
    ['empty the sealed log', 'TRUNCATE audit.log CASCADE'],
    ['change a checkpoint', `UPDATE audit.checkpoint SET note = ''`],
    ['remove a checkpoint', 'DELETE FROM audit.checkpoint'],
    ['remove a receipt', 'DELETE FROM audit.receipt'],
    ['rename the log', `UPDATE audit.origin SET origin = 'example.com/other'`],
    ['switch the seal off', 'ALTER TABLE audit.event DISABLE TRIGGER seal'],
    ['drop the seal', 'DROP TRIGGER seal ON audit.event'],
    [
      'replace the seal',
      `CREATE OR REPLACE FUNCTION audit.seal() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'`,
    ],
    ['call the seal', 'SELECT audit.seal()'],
    ['pretend to be a replica', `SET session_replication_role = replica`],
  ] as const
  for (const role of ['web', 'worker', 'signer'] as const)
    it.each(attacks)(`${role}: %s`, async (_, sql) => {
      const client = { web, worker, signer }[role]
      await expect(client.query(sql)).rejects.toThrow(
        /permission denied|must be owner|trigger functions can only/,
      )
    })

  it.each(attacks.slice(0, 10))('not even the owner of the tables: %s', async (_, sql) => {
    await admin.query('BEGIN')
    await admin.query('SET LOCAL ROLE countersign_owner')
    // A forger would seed rows to attack where there are none.
    await admin.query(
      `INSERT INTO audit.checkpoint (size, root, note, key_id) VALUES (1, ${zeros}, 'n', 'k')`,
    )
    await admin.query(`INSERT INTO audit.receipt (size, anchor, kind, receipt) VALUES (1, 'a', 'file', '{}')`)
    const attack = sql.startsWith('INSERT') ? undefined : admin.query(sql)
    if (attack) await expect(attack).rejects.toThrow(refused)
    await admin.query('ROLLBACK')
  })

  it('past the guards by way of replica mode, which skips ordinary triggers', async () => {
    await admin.query('BEGIN')
    await admin.query('SET LOCAL session_replication_role = replica')
    await expect(admin.query('DELETE FROM audit.log')).rejects.toThrow(/append-only/)
    await admin.query('ROLLBACK')
  })
})

describe('a writer', () => {
  it.each([
    ['signer writes an event', 'signer', approval()],
    ['web speaks as the worker', 'web', { ...signOut(), actor: { kind: 'worker', name: 'w1' } } as const],
    ['web speaks as Argo CD', 'web', { ...signOut(), actor: { kind: 'argocd', name: 'main' } } as const],
    ['worker speaks as a person', 'worker', approval()],
  ] as const)('is refused when the %s', async (_, role, event) => {
    await expect(writeEvents({ web, worker, signer }[role], [event])).rejects.toThrow(
      /permission denied|event_writer/,
    )
  })

  it('cannot forge who wrote it, when and in which transaction, nor a search column', async () => {
    for (const column of ['written_by', 'created_at', 'xid', 'type', 'release_id']) {
      const sql = `INSERT INTO audit.event (id, entry, ${column}) VALUES ('evt_x', '\\x7b7d', DEFAULT)`
      await expect(web.query(sql)).rejects.toThrow(/permission denied/)
    }
  })

  it.each([
    ['another id in the bytes', (entry: Buffer) => entry.toString().replace(/evt_\w{4}/, 'evt_0000')],
    ['no JSON', () => 'approved'],
    ['no object', () => '"approved"'],
    ['no moment', (entry: Buffer) => entry.toString().replace(/"at":"[^"]+"/, '"at":"yesterday"')],
    ['nobody who did it', (entry: Buffer) => entry.toString().replace(/"person":"[^"]+"/, '"x":"y"')],
    ['another version', (entry: Buffer) => entry.toString().replace('"v":1', '"v":2')],
    [
      'too many bytes',
      (entry: Buffer) => entry.toString().replace('"v":1', `"v":1,"x":"${'x'.repeat(65_535)}"`),
    ],
  ])('is refused with %s', async (_, change) => {
    const { id, entry } = entryOf(approval())
    const bytes = Buffer.from(change(entry))
    await expect(
      web.query('INSERT INTO audit.event (id, entry) VALUES ($1, $2)', [id, bytes]),
    ).rejects.toThrow(/violates|invalid input syntax/)
  })

  it.each(['REPEATABLE READ', 'SERIALIZABLE'])('is refused in a %s transaction', async (level) => {
    await web.query(`BEGIN ISOLATION LEVEL ${level}`)
    await writeEvents(web, [approval()])
    await expect(web.query('COMMIT')).rejects.toThrow(/read committed/)
  })
})

const whole = async () => {
  await signer.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
  const facts = await readFacts(signer)
  const report = await verifyLog({
    facts,
    rows: readRows(signer),
    keys: [],
    anchorsBefore: [],
    anchorsAfter: [],
  })
  await signer.query('COMMIT')
  return { facts, report }
}

describe('the seal', () => {
  it('keeps one dense chain under 8 writers of many transactions', async () => {
    const { facts: before } = await whole()
    const writers = await Promise.all(Array.from({ length: 8 }, () => session(urls.web)))
    await Promise.all(
      writers.map(async (writer) => {
        for (let i = 0; i < 25; i++) await writeEvents(writer, manyEvents(1 + (i % 3)))
      }),
    )
    const { facts, report } = await whole()
    expect(report.findings).toEqual([])
    expect(facts.count - before.count).toBe(8 * (9 * 1 + 8 * 2 + 8 * 3))
    const dense = await signer.query(
      'SELECT count(*)::int AS rows, (max(seq) + 1)::int AS next, count(DISTINCT chain)::int AS chains FROM audit.log',
    )
    expect(dense.rows[0]).toEqual({ rows: facts.count, next: facts.count, chains: facts.count })
  })

  it('leaves neither event nor seal of a session that is killed at any moment', async () => {
    const { facts: before } = await whole()
    const ids: string[] = []
    for (const moment of ['begin', 'insert', 'committing'] as const) {
      const victim = await session(urls.web)
      const pid = (await victim.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]?.pid
      await victim.query('BEGIN')
      if (moment !== 'begin') ids.push(...(await writeEvents(victim, [approval()])))
      const holder = await session(urls.web)
      await holder.query('BEGIN')
      await holder.query('SELECT pg_advisory_xact_lock(4855443348258)')
      const commit = moment === 'committing' ? victim.query('COMMIT') : undefined
      commit?.catch(() => {})
      if (commit)
        await expect
          .poll(
            async () =>
              (await admin.query('SELECT FROM pg_locks WHERE pid = $1 AND NOT granted', [pid])).rowCount,
          )
          .toBe(1)
      await admin.query('SELECT pg_terminate_backend($1)', [pid])
      if (commit) await expect(commit).rejects.toThrow()
      await holder.query('ROLLBACK')
    }
    await expect.poll(async () => (await whole()).facts.count).toBe(before.count)
    const left = await admin.query('SELECT FROM audit.event WHERE id = ANY($1)', [ids])
    expect(left.rowCount).toBe(0)
    expect((await whole()).report.verdict).toBe('whole')
  })

  it('gives up after 2 s when somebody holds the lock, and takes the whole transaction back', async () => {
    const holder = await session(urls.worker)
    await holder.query('BEGIN')
    await holder.query('SELECT pg_advisory_xact_lock(4855443348258)')
    const startedAtMs = performance.now()
    await expect(writeEvents(web, [approval()])).rejects.toThrow(/lock timeout/)
    expect(performance.now() - startedAtMs).toBeLessThan(4_000)
    await holder.query('ROLLBACK')
  })
})
