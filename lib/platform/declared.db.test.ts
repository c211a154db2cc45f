import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testDatabase } from './testing.ts'

/**
 * What Postgres enforces is written down in prisma/declared.txt and compared with what the migrations made: a trigger,
 * a constraint, a grant or an index that is gone or weaker is a red test, whoever dropped it and in whatever migration.
 * `npm run declare` writes the file anew; its diff is what a reviewer reads.
 */

const { urls } = await testDatabase()
const client = new pg.Client({ connectionString: urls.admin })
beforeAll(() => client.connect())
afterAll(() => client.end())

const schemas = `('rel', 'audit', 'access', 'signals')`
const acl = (what: string) =>
  `array_to_string(ARRAY(SELECT (CASE x.grantee WHEN 0 THEN 'public' ELSE x.grantee::regrole::text END) || '=' || x.privilege_type
   FROM aclexplode(${what}) x ORDER BY 1), ' ')`

const questions: Record<string, string> = {
  schema: `SELECT nspname || ' owner=' || nspowner::regrole || ' ' || coalesce(${acl('nspacl')}, '')
    FROM pg_namespace WHERE nspname IN ${schemas}`,
  table: `SELECT n.nspname || '.' || c.relname || ' kind=' || c.relkind::text || ' owner=' || c.relowner::regrole || ' ' || coalesce(${acl('c.relacl')}, '')
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname IN ${schemas} AND c.relkind IN ('r', 'v', 'm', 'p', 'S')`,
  column: `SELECT n.nspname || '.' || c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) ||
      CASE WHEN a.attnotnull THEN ' not null' ELSE '' END || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '') ||
      CASE WHEN a.attgenerated <> '' THEN ' generated' ELSE '' END || coalesce(' ' || nullif(${acl('a.attacl')}, ''), '')
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE n.nspname IN ${schemas} AND c.relkind IN ('r', 'v', 'm', 'p') AND a.attnum > 0 AND NOT a.attisdropped`,
  constraint: `SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(o.oid) || CASE WHEN convalidated THEN '' ELSE ' not validated' END
    FROM pg_constraint o JOIN pg_namespace n ON n.oid = o.connamespace WHERE n.nspname IN ${schemas} AND contype NOT IN ('n', 't')`,
  index: `SELECT pg_get_indexdef(i.indexrelid) || CASE WHEN i.indisvalid THEN '' ELSE ' invalid' END
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname IN ${schemas}`,
  trigger: `SELECT pg_get_triggerdef(t.oid) || ' enabled=' || t.tgenabled::text
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname IN ${schemas} AND NOT t.tgisinternal`,
  function: `SELECT p.oid::regprocedure || ' returns ' || pg_get_function_result(p.oid) || ' ' || p.provolatile::text || CASE WHEN p.prosecdef THEN ' definer' ELSE '' END ||
      coalesce(' ' || array_to_string(p.proconfig, ' '), '') || coalesce(' ' || nullif(${acl('p.proacl')}, ''), '') || ' body=' ||
      left(encode(sha256(convert_to(p.prosrc, 'UTF8')), 'hex'), 16)
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname IN ${schemas}`,
  transition: `SELECT from_state || ' -> ' || to_state || ' by ' || role FROM rel.transition`,
}

async function declaration(): Promise<string> {
  const lines: string[] = []
  for (const [kind, question] of Object.entries(questions)) {
    const found = await client.query<{ line: string }>(`SELECT line FROM (${question}) AS q (line)`)
    const told = found.rows.map(({ line }) => `${kind} ${line}`.replace(/\s+/g, ' ').trim())
    lines.push(...told.sort(), '')
  }
  return lines.join('\n')
}

test('what Postgres enforces is what is declared', async () => {
  await expect(await declaration()).toMatchFileSnapshot('../../prisma/declared.txt')
})

test.each([
  ['a dropped trigger', 'DROP TRIGGER guard ON rel.decision'],
  ['a disabled trigger', 'ALTER TABLE rel.intent DISABLE TRIGGER guard'],
  ['a dropped constraint', 'ALTER TABLE rel.decision DROP CONSTRAINT four_eyes_by_person'],
  ['a weaker index', 'DROP INDEX rel.release_one_open'],
  [
    'a weaker function',
    `CREATE OR REPLACE FUNCTION rel.approvals(wanted text) RETURNS bigint LANGUAGE sql STABLE AS 'SELECT 9::bigint'`,
  ],
  ['a grant more', 'GRANT DELETE ON rel.decision TO countersign_web'],
  ['a column to write more', 'GRANT UPDATE (required_approvals) ON rel.release TO countersign_web'],
  ['a transition more', `INSERT INTO rel.transition VALUES ('requested', 'succeeded', 'countersign_web')`],
])('%s is seen', async (_, statement) => {
  const before = await declaration()
  await client.query('BEGIN')
  try {
    await client.query(statement)
    expect(await declaration()).not.toBe(before)
  } finally {
    await client.query('ROLLBACK')
  }
})
