import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest'
import { newSecret } from './ids.ts'
import { migrate } from './migrate.ts'
import { databaseUrl } from './role-names.ts'
import { ensureRoles } from './roles.ts'

const { adminUrl, passwords } = inject('postgres')
const database = `migrate_${newSecret().replace(/\W/g, '').slice(0, 12).toLowerCase()}`
const url = databaseUrl(adminUrl, database)
const client = new pg.Client({ connectionString: url })
let folder: string

async function write(name: string, sql: string): Promise<void> {
  await mkdir(join(folder, name), { recursive: true })
  await writeFile(join(folder, name, 'migration.sql'), sql)
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-migrations-'))
  await ensureRoles(adminUrl, passwords, database)
  await client.connect()
})

afterAll(async () => {
  await client.end()
  const admin = new pg.Client({ connectionString: adminUrl })
  await admin.connect()
  await admin.query(`DROP DATABASE ${database}`)
  await admin.end()
  await rm(folder, { recursive: true, force: true })
})

const first = `CREATE TABLE greeting (text text);
CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.text := upper(NEW.text); RETURN NEW; END; $$;
CREATE TRIGGER shout BEFORE INSERT ON greeting FOR EACH ROW EXECUTE FUNCTION shout();
GRANT SELECT ON greeting TO countersign_web;
INSERT INTO greeting VALUES ('hello; there');`

test('applies whole scripts as the owner, and each only once, however many start at the same time', async () => {
  await write('1_first', first)
  expect((await Promise.all([migrate(url, folder), migrate(url, folder)])).flat()).toEqual(['1_first'])
  expect((await client.query('SELECT text FROM greeting')).rows).toEqual([{ text: 'HELLO; THERE' }])
  const owner = await client.query("SELECT tableowner FROM pg_tables WHERE tablename = 'greeting'")
  expect(owner.rows).toEqual([{ tableowner: 'countersign_owner' }])
})

test('loads no engine while there is nothing to do, and leaves all else to it', async () => {
  vi.doMock('./schema-engine.ts', () => ({ applyScripts: () => Promise.resolve(['asked']) }))
  const failed = `INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at) VALUES ('x', '', '1_first', now())`
  const gone = `UPDATE _prisma_migrations SET rolled_back_at = now() WHERE id = 'x'`
  const unfinished = 'UPDATE _prisma_migrations SET finished_at = NULL WHERE rolled_back_at IS NULL'
  const finished = 'UPDATE _prisma_migrations SET finished_at = now() WHERE rolled_back_at IS NULL'
  try {
    expect(await migrate(url, folder)).toEqual([])
    for (const [change, undo] of [
      [failed, gone],
      [unfinished, finished],
    ] as const) {
      await client.query(change)
      expect(await migrate(url, folder)).toEqual(['asked'])
      await client.query(undo)
      expect(await migrate(url, folder)).toEqual([])
    }
    await write('1_first', `${first} -- edited`)
    expect(await migrate(url, folder)).toEqual(['asked'])
    await write('1_first', first)
    await write('2_second', 'SELECT 1')
    expect(await migrate(url, folder)).toEqual(['asked'])
    await rm(join(folder, '2_second'), { recursive: true })
  } finally {
    vi.doUnmock('./schema-engine.ts')
  }
})

test('a script that fails leaves nothing behind, says where, and can be mended', async () => {
  await write('2_second', 'CREATE TABLE half (id int);\nSELECT nothing;')
  await expect(migrate(url, folder)).rejects.toThrow(
    'A migration failed and was rolled back: column "nothing" does not exist (line 2).',
  )
  expect((await client.query("SELECT to_regclass('half') AS half")).rows).toEqual([{ half: null }])
  await write('2_second', 'CREATE TABLE half (id int);')
  expect(await migrate(url, folder)).toEqual(['2_second'])
})

test('refuses a history that was changed or is of a newer version', async () => {
  await write('1_first', `${first} -- edited`)
  await expect(migrate(url, folder)).rejects.toThrow('Migration 1_first was changed after it was applied')
  await write('1_first', first)
  await rm(join(folder, '2_second'), { recursive: true })
  await expect(migrate(url, folder)).rejects.toThrow('migrated by another, newer version')
})
