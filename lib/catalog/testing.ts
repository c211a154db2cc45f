import type pg from 'pg'
import { type Environments, type Light, type Placed, type Row, rowsOf } from './matrix.ts'
import { ranks } from './relation.ts'
import type { Column, MatrixFilter } from './schema.ts'
import { keyOf } from './tally.ts'

/** The matrix by reading every application: what Postgres keeps must say the same. */
const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
const applicationsOf = (row: Row): Placed[] => [...row.cells.values()].flat()
const isDegraded = ({ app }: Placed) => app.protected && app.health === 'Degraded'
const isBehind = ({ app, relation }: Placed) => app.protected && relation?.kind === 'behind'

export function columnsOf(apps: readonly Light[], environments: Environments): Column[] {
  return environments.flatMap(({ name: environment, protected: guarded }) => {
    const here = apps.filter((app) => app.environment === environment)
    const targets = [...new Set(here.map((app) => app.target))].sort((a, b) => byText(a ?? '', b ?? ''))
    return (targets.length > 0 ? targets : [null]).map((target): Column => {
      const own = here.filter((app) => app.target === target)
      const healths: Record<string, number> = {}
      for (const { health } of own) healths[health] = (healths[health] ?? 0) + 1
      const automatic = own.filter((app) => app.automated).length > own.length / 2
      return { key: keyOf(environment, target), environment, target, protected: guarded, automatic, healths }
    })
  })
}

export function countsOf(rows: readonly Row[]) {
  const services = (wanted: (row: Row) => boolean) => rows.filter(wanted).length
  const some = (wanted: (placed: Placed) => boolean) => services((row) => applicationsOf(row).some(wanted))
  return {
    mine: services((row) => row.rank === ranks.mine),
    action: services((row) => row.rank <= ranks.action),
    behind: some(isBehind),
    degraded: some(isDegraded),
  }
}

function fits(row: Row, { only, health }: MatrixFilter): boolean {
  const all = applicationsOf(row)
  if (only === 'mine' && row.rank !== ranks.mine) return false
  if (only === 'action' && row.rank > ranks.action) return false
  if (only === 'behind' && !all.some(isBehind)) return false
  if (only === 'degraded' && !all.some(isDegraded)) return false
  if (health === undefined) return true
  const at = health.lastIndexOf(':')
  return row.cells.get(health.slice(0, at))?.some(({ app }) => app.health === health.slice(at + 1)) === true
}

/** Names of services that fit, in the order of the matrix for somebody who is in none of its teams. */
export function orderOf(apps: readonly Light[], environments: Environments, filter: MatrixFilter): string[] {
  const byName = (a: Row, b: Row) => byText(a.service, b.service)
  const order = filter.sort === 'name' ? byName : (a: Row, b: Row) => a.rank - b.rank || byName(a, b)
  return rowsOf(apps, environments)
    .filter((row) => fits(row, filter))
    .sort(order)
    .map(({ service }) => service)
}

/**
 * A fleet of that many services with four applications each, written at once and rolled up as the triggers would.
 * Neighbours by name do not lie beside each other on disk. Two in five are behind in prod, one in three of all applications is progressing, one in fifty degraded.
 */
export async function seedFleet(admin: pg.Client, services: number): Promise<void> {
  await admin.query("SET session_replication_role = replica; SET work_mem = '128MB'")
  await admin.query(`INSERT INTO catalog.instance (name, state, last_contact_at) VALUES ('main', 'connected', now())
    ON CONFLICT DO NOTHING`)
  await admin.query(
    `INSERT INTO catalog.application (id, instance, namespace, name, project, service, environment, environment_order, target,
       team, tier, version, version_key, health, coming, sync, protected, automated, images, deployed_at, health_since)
     SELECT 'app_' || lpad(to_hex(s * 4 + e), 8, '0'), 'main', 'argocd', format('svc-%s-%s', lpad(s::text, 6, '0'), e),
       'project' || s % 20, 'svc-' || lpad(s::text, 6, '0'), (ARRAY['dev', 'staging', 'prod', 'prod'])[e + 1],
       (ARRAY[0, 1, 2, 2])[e + 1], (ARRAY[NULL, NULL, 'eu', 'us'])[e + 1], 'team' || s % 5, 'tier' || s % 3, '1.' || v || '.0',
       'a1a' || v || 'a0~', h, c, 'Synced', e > 1, e < 2, ARRAY[format('registry.acme.example/shop/svc-%s:1.%s.0', s, v)],
       timestamptz '2026-11-01' + (s * 7919::bigint % 100000 + e) * interval '1 minute', timestamptz '2026-11-01'
     FROM generate_series(0, $1 - 1) s, generate_series(0, 3) e,
       LATERAL (SELECT CASE WHEN e > 1 AND abs(hashint4(s)::bigint) % 5 < 2 THEN 1 ELSE 2 END AS v,
         CASE WHEN (s * 31 + e * 7) % 50 = 0 THEN 'Degraded' WHEN (s * 31 + e * 7) % 3 = 0 THEN 'Progressing' ELSE 'Healthy' END AS h,
         CASE WHEN (s + e) % 40 = 0 THEN 'automated' ELSE 'in-sync' END AS c) x
     ORDER BY hashint4(s), e`,
    [services],
  )
  // What no rule maps, and a hundredth of it is enough.
  await admin.query(
    `INSERT INTO catalog.application (id, instance, namespace, name, project, unmapped_reason)
     SELECT 'app_stray' || lpad(to_hex(s), 8, '0'), 'main', 'argocd', 'stray-' || s, 'project' || s % 20, 'no rule matches'
     FROM generate_series(0, $1 / 25) s`,
    [services],
  )
  await rollUpAll(admin)
  await admin.query('SET session_replication_role = DEFAULT; SET work_mem = DEFAULT')
}

/** Makes the whole roll-up anew. */
async function rollUpAll(admin: pg.Client): Promise<void> {
  await admin.query(
    'ANALYZE catalog.application; TRUNCATE catalog.service, catalog.service_words, catalog.tally',
  )
  await admin.query('CREATE TEMP TABLE rolled AS SELECT * FROM catalog.rollup_of(NULL)')
  await admin.query(`INSERT INTO catalog.service (service, applications, projects, rank, team, tier, recency, marks, places, troubles)
    SELECT service, applications, projects, rank, team, tier, recency, marks, places, troubles FROM rolled ORDER BY hashtext(service)`)
  await admin.query('INSERT INTO catalog.service_words SELECT service, words FROM rolled')
  await admin.query(`INSERT INTO catalog.tally (name, shard, n)
    SELECT name, 0, count(*) FROM rolled r, unnest(r.marks || r.places) AS u (name) GROUP BY name
    UNION ALL SELECT 'unmapped', 0, count(*) FROM catalog.application WHERE service IS NULL`)
  await admin.query('DROP TABLE rolled')
  await admin.query(
    'VACUUM ANALYZE catalog.application, catalog.service, catalog.service_words, catalog.tally',
  )
}
