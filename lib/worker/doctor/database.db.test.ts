import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { databaseUrl } from '#lib/platform/role-names.ts'
import { testDatabase } from '#lib/platform/testing.ts'
import { type DatabaseUrls, examineDatabase } from './database.ts'

const { urls } = await testDatabase()
const given = { owner: urls.admin, web: urls.web, worker: urls.worker, signer: urls.signer }

async function withSql<T>(before: string, after: string, work: () => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: urls.admin })
  await client.connect()
  try {
    await client.query(before)
    return await work()
  } finally {
    await client.query(after)
    await client.end()
  }
}
const bad = async (more: Partial<DatabaseUrls> = {}) =>
  (await examineDatabase({ ...given, ...more })).filter((f) => f.level !== 'fine').map((f) => f.sentence)

describe('examineDatabase', () => {
  test('finds nothing wrong with a database as migrations leave it', async () => {
    const findings = await examineDatabase(given)
    expect(findings.map((f) => f.level)).toEqual(['fine', 'fine', 'fine', 'fine'])
  })

  test.each([
    [
      'web',
      'GRANT UPDATE (health) ON catalog.application TO countersign_web',
      'REVOKE UPDATE (health) ON catalog.application FROM countersign_web',
      'UPDATE on catalog.application',
    ],
    [
      'web',
      'GRANT INSERT ON rel.intent TO countersign_web',
      'REVOKE INSERT ON rel.intent FROM countersign_web',
      'INSERT on rel.intent',
    ],
    [
      'worker',
      'GRANT INSERT ON rel.decision TO countersign_worker',
      'REVOKE INSERT ON rel.decision FROM countersign_worker',
      'INSERT on rel.decision',
    ],
    [
      'signer',
      'GRANT DELETE ON audit.log TO countersign_signer',
      'REVOKE DELETE ON audit.log FROM countersign_signer',
      'DELETE on audit.log',
    ],
  ])('%s: %s', async (role, grant, revoke, right) => {
    const sentences = await withSql(grant, revoke, () => bad())
    expect(sentences).toEqual([
      `The ${role} holds rights that it must not have: ${right}. Revoke them from countersign_${role}.`,
    ])
  })

  test('names a right that is missing', async () => {
    const sentences = await withSql(
      'REVOKE INSERT ON rel.intent FROM countersign_worker',
      'GRANT INSERT ON rel.intent TO countersign_worker',
      () => bad(),
    )
    expect(sentences).toEqual([
      expect.stringMatching(
        /^The worker lacks rights that it needs: INSERT on rel\.intent\. Run npm run migrate/,
      ),
    ])
  })

  test('refuses a superuser, and one account for two processes', async () => {
    const sentences = await bad({ web: urls.admin, worker: urls.admin })
    expect(sentences).toContainEqual(
      expect.stringMatching(/^The web signs in as postgres, which is a superuser/),
    )
    expect(sentences).toContain(
      'Two processes sign in to Postgres as postgres. Give web, worker and signer a role each.',
    )
  })

  test('tells a missing address and a wrong password apart, and never repeats one', async () => {
    const wrong = databaseUrl(urls.web, new URL(urls.web).pathname.slice(1), {
      user: 'countersign_web',
      password: 'hunter2',
    })
    const sentences = await bad({ web: wrong, signer: undefined })
    expect(sentences).toEqual([
      expect.stringMatching(
        /^The web cannot use the database of DATABASE_URL_WEB: password authentication failed/,
      ),
      expect.stringMatching(/^DATABASE_URL_SIGNER is not set\./),
    ])
    expect(sentences.join()).not.toContain('hunter2')
  })

  test('names pending migrations, and those of a newer version', async () => {
    const table = '_prisma_migrations'
    const pending = await withSql(
      `UPDATE ${table} SET rolled_back_at = now() WHERE migration_name LIKE '%_releases'`,
      `UPDATE ${table} SET rolled_back_at = NULL`,
      () => bad(),
    )
    expect(pending).toEqual([
      expect.stringMatching(/^Migrations are pending: \d+_releases\. Run npm run migrate\.$/),
    ])
    const newer = await withSql(
      `INSERT INTO ${table} (id, checksum, migration_name, finished_at) VALUES ('x', '', '29991231_later', now())`,
      `DELETE FROM ${table} WHERE id = 'x'`,
      () => bad(),
    )
    expect(newer).toEqual([
      expect.stringMatching(/^A newer version of Countersign migrated this database \(29991231_later\)/),
    ])
    expect(await bad({ owner: undefined })).toEqual([expect.stringMatching(/only with DATABASE_URL/)])
  })
})
