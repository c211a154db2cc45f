import type pg from 'pg'

/** Words that names are made of: 40 × 40, then a number, so that some beginnings are rare and some are everywhere. */
const first =
  'checkout cart ledger mail search billing invoice shipping stock price order user account session gateway proxy report audit event stream queue worker batch import export sync notify alert metric trace profile media image video content catalog review rating coupon loyalty'
const second =
  'api web backend frontend service consumer producer adapter router store cache index reader writer loader scheduler monitor manager handler broker bridge engine hub portal agent relay filter parser mapper encoder sender fetcher collector builder planner runner keeper tracker watcher checker'
const subjects =
  'Fix retry of payments|Cap discounts at the price|Log less at night|Raise memory limit|Update dependencies|Add index to orders|Remove old endpoint|Handle empty cart|Rename metric|Speed up import'
const authors = 'Jonas Öztürk|Mei Lin|Anna Beck|Marta Bauer|Piet de Vries|Łukasz Nowak|Søren Kjær|Zoë Martin'

const list = (text: string, by: string) =>
  `ARRAY[${text
    .split(by)
    .map((word) => `'${word}'`)
    .join(',')}]`

/**
 * A fleet for tests and benches: `services` services in three environments each, over 200 projects (`team-0` to
 * `team-199`), every one with its own image and one that all share, and `commits` commits. `admin` is a superuser.
 */
export async function seedFleet(admin: pg.Client, services: number, commits: number): Promise<void> {
  const pick = (from: string, by: string, of: string) => {
    const words = from.split(by)
    return `(${list(from, by)})[1 + (${of}) % ${words.length}]`
  }
  await admin.query(
    `INSERT INTO catalog.instance (name, state) VALUES ('fleet', 'connected') ON CONFLICT DO NOTHING`,
  )
  // Built at the end, these indexes take a fifth of the time.
  const { rows: indexes } = await admin.query<{ name: string; made: string }>(
    `SELECT c.oid::regclass::text AS name, replace(pg_get_indexdef(c.oid), ' ON ONLY ', ' ON ') AS made
     FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam
     WHERE m.amname = 'gin' AND i.indrelid IN ('catalog.search_entry'::regclass, 'catalog.commit'::regclass)`,
  )
  for (const index of indexes) await admin.query(`DROP INDEX ${index.name}`)
  // What else hangs on applications is not this fleet's business.
  await admin.query('SET session_replication_role = replica')
  const name = `${pick(first, ' ', 'n')} || '-' || ${pick(second, ' ', 'n / 40')} || '-' || n / 1600`
  const step = 5000
  for (let from = 0; from < services; from += step)
    await admin.query(
      `INSERT INTO catalog.application (id, instance, namespace, name, project, service, environment, protected, team, version,
         images, sync, health)
       SELECT 'app_f' || n || e.short, 'fleet', 'argocd', ${name} || '-' || e.name, 'team-' || n % 200, ${name}, e.name,
         e.name = 'prod', 'team-' || n % 200, '1.' || n % 50 || '.' || n % 7,
         ARRAY['registry.acme.example/team-' || n % 200 || '/' || ${name} || ':1.' || n % 50 || '.' || n % 7,
               'registry.acme.example/mesh/proxy:2.4.1@sha256:' || repeat('ab12', 16)], 'Synced', 'Healthy'
       FROM generate_series($1::int, $2::int) n, (VALUES ('dev', 'd'), ('staging', 's'), ('prod', 'p')) e (name, short)`,
      [from, Math.min(from + step, services) - 1],
    )
  await admin.query(
    `INSERT INTO catalog.commit (sha, project, application_id, subject, author, at)
     SELECT encode(sha256(n::text::bytea), 'hex'), 'team-' || (n % $2) % 200, 'app_f' || n % $2 || 'p',
       ${pick(subjects, '|', 'n')} || ' in ' || ${pick(first, ' ', 'n / 7')} || ' #' || n, ${pick(authors, '|', 'n')},
       '2026-01-01'::timestamptz + n * interval '1 minute'
     FROM generate_series(0, $1::int - 1) n`,
    [commits, services],
  )
  await admin.query('SET session_replication_role = origin')
  await admin.query('SELECT catalog.index_applications(array_agg(id)) FROM catalog.application')
  for (const index of indexes) await admin.query(index.made)
  await admin.query('VACUUM ANALYZE')
}
