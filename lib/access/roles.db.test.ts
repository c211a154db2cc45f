import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { testDatabase } from '#lib/platform/testing.ts'

const { urls } = await testDatabase()
const web = new pg.Client({ connectionString: urls.web })

beforeAll(() => web.connect())
afterAll(() => web.end())

const codeOf = (sql: string) =>
  web.query(sql).then(
    () => 'done',
    (error: { code: string }) => error.code,
  )
const denied = '42501'

describe('the web role, as somebody who took over the web process would use it', () => {
  test.each([
    "INSERT INTO catalog.instance (name) VALUES ('evil')",
    'UPDATE catalog.application SET protected = false',
    'DELETE FROM catalog.application',
    "UPDATE catalog.instance SET state = 'connected'",
    "INSERT INTO audit.log (seq, event_id, leaf, chain) VALUES (0, 'evt_x', '', '')",
    'UPDATE audit.event SET entry = entry',
    'DELETE FROM audit.event',
    'TRUNCATE audit.log',
    "INSERT INTO audit.event (id, entry, xid) VALUES ('evt_x', '', '1')",
    "INSERT INTO audit.checkpoint (size, root, note, key_id) VALUES (1, '', '', '')",
    "INSERT INTO audit.receipt (size, anchor, kind, receipt) VALUES (1, 'a', 'b', '{}')",
    'INSERT INTO rel.intent DEFAULT VALUES',
    'INSERT INTO rel.plan DEFAULT VALUES',
    'UPDATE rel.decision SET kind = kind',
    'UPDATE rel.release SET required_approvals = 1',
    "UPDATE rel.idempotency SET answer = '{}'",
    'DELETE FROM rel.idempotency',
    "UPDATE access.account SET person_id = 'per_other'",
    'DELETE FROM access.account',
    "UPDATE access.session SET account_id = 'usr_other'",
    'UPDATE access.session SET id_hash = id_hash',
    'ALTER TABLE audit.event DISABLE TRIGGER ALL',
    'SET ROLE countersign_owner',
    'SET ROLE countersign_worker',
    'SET session_replication_role = replica',
    'CREATE TABLE access.mine (x int)',
  ])('is refused: %s', async (sql) => {
    expect(await codeOf(sql)).toBe(denied)
  })

  test('can do its own work, so the refusals above mean something', async () => {
    expect(await codeOf("INSERT INTO access.person (id) VALUES ('per_1')")).toBe('done')
    expect(await codeOf('SELECT * FROM catalog.application, audit.log, rel.intent')).toBe('done')
  })
})
