import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
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
