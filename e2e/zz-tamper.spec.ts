import pg from 'pg'
import { startEmbedded } from '#lib/platform/embedded.ts'
import { databaseUrl } from '#lib/platform/role-names.ts'
import { expect, test } from './fixtures.ts'
import { e2eDir } from './sandbox.ts'
import { verify } from './steps.ts'

// The last file of the run: nothing may read the log while it holds a forged row.
test('verify names the first row that a superuser changed', async () => {
  const { adminUrl } = await startEmbedded({ dir: `${e2eDir()}/.countersign/postgres` })
  const superuser = new pg.Client({ connectionString: databaseUrl(adminUrl, 'countersign') })
  await superuser.connect()
  const write = async (id: string, entry: Buffer) => {
    await superuser.query('UPDATE audit.event SET entry = $2 WHERE id = $1', [id, entry])
  }
  try {
    await superuser.query('ALTER TABLE audit.event DISABLE TRIGGER ALL')
    const { rows } = await superuser.query<{ seq: string; id: string; entry: Buffer }>(
      'SELECT l.seq, e.id, e.entry FROM audit.log l JOIN audit.event e ON e.id = l.event_id ORDER BY l.seq OFFSET 2 LIMIT 1',
    )
    const [row] = rows
    if (!row) throw new Error('the log has fewer than three entries')
    await write(row.id, Buffer.from(row.entry.toString().replace('"at":"20', '"at":"19')))
    const forged = await verify()
    expect(forged.text).toContain(`First bad index: ${row.seq}.`)
    expect(forged.code).toBe(2)
    await write(row.id, row.entry)
    expect((await verify()).code).toBe(0)
  } finally {
    await superuser.query('ALTER TABLE audit.event ENABLE TRIGGER ALL')
    for (const trigger of ['seal', 'refuse_change', 'refuse_truncate'])
      await superuser.query(`ALTER TABLE audit.event ENABLE ALWAYS TRIGGER ${trigger}`)
    await superuser.end()
  }
})
