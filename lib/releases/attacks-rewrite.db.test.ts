import { describe, expect, test } from 'vitest'
import * as seed from './testing.ts'
import { admin, application, urls, web, worker } from './testing-attacks.ts'

describe('what happened cannot be rewritten', () => {
  const statements = ['plan', 'decision', 'intent', 'transition'].flatMap((table) => [
    [`UPDATE rel.${table} SET`, table],
    [`DELETE FROM rel.${table}`, table],
    [`TRUNCATE rel.${table} CASCADE`, table],
  ])
  test.each(statements)('%s', async (statement, table) => {
    const column = {
      plan: 'created_at = now()',
      decision: `kind = 'reject'`,
      intent: 'n = 2',
      transition: `role = 'x'`,
    }[table as string]
    const sql = statement?.startsWith('UPDATE') ? `${statement} ${column}` : (statement ?? '')
    for (const client of [web, worker]) await expect(client.query(sql)).rejects.toThrow('permission denied')
    await expect(admin.query(sql)).rejects.toThrow('append-only')
  })
  test.each(['DELETE FROM rel.release', 'TRUNCATE rel.release CASCADE'])('%s', async (sql) => {
    for (const client of [web, worker]) await expect(client.query(sql)).rejects.toThrow('permission denied')
    await expect(admin.query(sql)).rejects.toThrow('append-only')
  })
  test('a plan whose bytes are not its digest', async () => {
    await expect(
      worker.query(
        `INSERT INTO rel.plan (digest, body, application_id, document, document_digest, event_id)
        VALUES ($1, '{}', $2, '{}', $1, 'evt_x')`,
        ['0'.repeat(64), application],
      ),
    ).rejects.toThrow('is_its_digest')
  })
  test('a plan written by the web role', async () => {
    await expect(web.query(`INSERT INTO rel.plan (digest) VALUES ('x')`)).rejects.toThrow('permission denied')
  })
  test.each([
    `UPDATE catalog.application SET protected = false`,
    `UPDATE catalog.application SET plan_digest = 'x'`,
    `INSERT INTO catalog.instance (name) VALUES ('evil')`,
    `UPDATE access.account SET person_id = 'per_x'`,
    `UPDATE access.account SET kind = 'person'`,
    `DELETE FROM access.account`,
    `INSERT INTO rel.transition VALUES ('requested', 'succeeded', 'countersign_web')`,
    `SELECT key FROM rel.worker_key`,
    `SET ROLE countersign_owner`,
    `SET session_replication_role = replica`,
    `ALTER TABLE rel.release DISABLE TRIGGER ALL`,
    `DROP TRIGGER guard ON rel.decision`,
    `CREATE FUNCTION rel.approvals(text) RETURNS bigint LANGUAGE sql AS 'SELECT 9::bigint'`,
  ])('by the web role: %s', async (sql) => {
    await expect(web.query(sql)).rejects.toThrow(/permission denied|must be owner/)
  })
  test.each([
    `UPDATE access.account SET enabled = true`,
    `INSERT INTO access.account (id, person_id, issuer, subject) VALUES ('usr_x', 'per_x', 'i', 's')`,
    `INSERT INTO rel.decision (id) VALUES ('dec_x')`,
    `INSERT INTO rel.release (id) VALUES ('rel_x')`,
    `UPDATE rel.release SET plan_digest = 'x'`,
    `SET ROLE countersign_owner`,
    `ALTER TABLE rel.intent DISABLE TRIGGER ALL`,
  ])('by the worker role: %s', async (sql) => {
    await expect(worker.query(sql)).rejects.toThrow(/permission denied|must be owner/)
  })
  test.each([
    `UPDATE rel.release SET state = 'approved'`,
    `INSERT INTO rel.decision (id) VALUES ('dec_x')`,
    `SELECT * FROM rel.intent`,
    `SELECT key FROM rel.worker_key`,
    `SELECT * FROM access.person_detail`,
    `UPDATE catalog.application SET protected = false`,
    `INSERT INTO audit.event (id, entry) VALUES ('evt_x', '{}')`,
    `SET ROLE countersign_owner`,
  ])('by the signer role: %s', async (sql) => {
    const signer = await seed.connect(urls.signer)
    try {
      await expect(signer.query(sql)).rejects.toThrow(/permission denied/)
    } finally {
      await signer.end()
    }
  })
})
