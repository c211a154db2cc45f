import { readdir } from 'node:fs/promises'
import pg from 'pg'
import { migrationsFolder } from '#lib/platform/migrate.ts'
import { asOwner, type LoginRole, loginRoles, roleName } from '#lib/platform/role-names.ts'
import { about, type Finding } from './finding.ts'

/** Addresses of the three roles, and of whoever may act as the owner (DATABASE_URL). */
export type DatabaseUrls = Record<LoginRole | 'owner', string | undefined>

const says = about('database')
const variable: Record<LoginRole | 'owner', string> = {
  owner: 'DATABASE_URL',
  web: 'DATABASE_URL_WEB',
  worker: 'DATABASE_URL_WORKER',
  signer: 'DATABASE_URL_SIGNER',
}

type Right = { table: string; privilege: string }
const writing = ['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']
const changing = ['UPDATE', 'DELETE', 'TRUNCATE']
type Rule = { tables: RegExp; privileges: string[] }

/** What a role must not be able to do, whoever granted it: the walls between the three processes. */
const forbidden: Record<LoginRole, Rule[]> = {
  web: [
    {
      // A comparison is asked for by web; all else in the catalog is the worker's.
      tables:
        /^catalog\.(?!comparison$)|^rel\.(plan|intent|transition)$|^audit\.(log|checkpoint|receipt|anchor|origin)$/,
      privileges: writing,
    },
    { tables: /^rel\.(decision|closing)$|^audit\.event$|^catalog\.comparison$/, privileges: changing },
    { tables: /^rel\.release$/, privileges: ['DELETE', 'TRUNCATE'] },
  ],
  worker: [
    {
      tables:
        /^access\.|^rel\.(decision|closing|transition)$|^audit\.(log|checkpoint|receipt|anchor|origin)$/,
      privileges: writing,
    },
    { tables: /^rel\.release$/, privileges: ['INSERT', 'DELETE', 'TRUNCATE'] },
    { tables: /^rel\.plan$|^audit\.event$/, privileges: changing },
    { tables: /^rel\.intent$/, privileges: ['DELETE', 'TRUNCATE'] },
  ],
  signer: [
    { tables: /^(access|catalog|rel)\.|^audit\.(log|event|origin)$/, privileges: writing },
    { tables: /^audit\.(checkpoint|receipt)$/, privileges: changing },
  ],
}

/** What a role cannot work without; missing means that migrations did not run as they should. */
const needed: Record<LoginRole, Right[]> = {
  web: [
    { table: 'catalog.application', privilege: 'SELECT' },
    { table: 'rel.decision', privilege: 'INSERT' },
  ],
  worker: [
    { table: 'catalog.application', privilege: 'INSERT' },
    { table: 'rel.intent', privilege: 'INSERT' },
  ],
  signer: [
    { table: 'audit.log', privilege: 'SELECT' },
    { table: 'audit.checkpoint', privilege: 'INSERT' },
  ],
}

const rightsQuery = `
  SELECT n.nspname || '.' || c.relname AS "table", p AS privilege
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace,
       unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS p
  WHERE n.nspname IN ('access', 'catalog', 'rel', 'audit') AND c.relkind IN ('r', 'p')
    AND (has_table_privilege(c.oid, p) OR (p IN ('SELECT', 'INSERT', 'UPDATE') AND has_any_column_privilege(c.oid, p)))`

const standingQuery = `
  SELECT current_user AS account, r.rolsuper OR r.rolbypassrls OR r.rolcreaterole AS mighty,
         ARRAY(SELECT o.rolname::text FROM pg_roles o WHERE o.rolname = ANY($1) AND o.rolname <> current_user
               AND pg_has_role(current_user, o.oid, 'MEMBER')) AS "memberOf"
  FROM pg_roles r WHERE r.rolname = current_user`

type Standing = { account: string; mighty: boolean; memberOf: string[] }

async function ask<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 5000,
    query_timeout: 10_000,
  })
  // An idle connection that breaks raises an event; whatever it means shows in the next query.
  client.on('error', () => {})
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

const list = (rights: Right[]) => rights.map((right) => `${right.privilege} on ${right.table}`).join(', ')

function roleFindings(role: LoginRole, standing: Standing, rights: Right[]): Finding[] {
  const findings: Finding[] = []
  if (standing.mighty)
    findings.push(
      says.blocking(
        `The ${role} signs in as ${standing.account}, which is a superuser or may create roles. Give it ${roleName(role)}, which npm run migrate prepares.`,
      ),
    )
  if (standing.memberOf.length > 0)
    findings.push(
      says.blocking(
        `The ${role} may act as ${standing.memberOf.join(', ')}. Run: REVOKE ${standing.memberOf.join(', ')} FROM ${standing.account}`,
      ),
    )
  const excess = rights.filter((right) =>
    forbidden[role].some(
      (rule) => rule.tables.test(right.table) && rule.privileges.includes(right.privilege),
    ),
  )
  if (excess.length > 0 && !standing.mighty)
    findings.push(
      says.blocking(
        `The ${role} holds rights that it must not have: ${list(excess)}. Revoke them from ${standing.account}.`,
      ),
    )
  const lacking = needed[role].filter(
    (need) => !rights.some((right) => right.table === need.table && right.privilege === need.privilege),
  )
  if (lacking.length > 0)
    findings.push(
      says.blocking(
        `The ${role} lacks rights that it needs: ${list(lacking)}. Run npm run migrate, and sign in as ${roleName(role)}.`,
      ),
    )
  return findings.length > 0
    ? findings
    : [says.fine(`The ${role} signs in as ${standing.account} and can do what it must, and no more.`)]
}

async function tryRole(
  role: LoginRole,
  url: string | undefined,
): Promise<{ findings: Finding[]; account?: string }> {
  if (!url)
    return {
      findings: [
        says.blocking(
          `${variable[role]} is not set. Set it to the address of the role ${roleName(role)}, or none of the three to use the embedded PostgreSQL.`,
        ),
      ],
    }
  try {
    return await ask(url, async (client) => {
      const known = [roleName('owner'), ...loginRoles.map(roleName)]
      const standing = (await client.query<Standing>(standingQuery, [known])).rows[0]
      const rights = (await client.query<Right>(rightsQuery)).rows
      if (!standing) throw new Error('the account is not in pg_roles')
      return { account: standing.account, findings: roleFindings(role, standing, rights) }
    })
  } catch (error) {
    return {
      findings: [
        says.blocking(
          `The ${role} cannot use the database of ${variable[role]}: ${(error as Error).message}.`,
        ),
      ],
    }
  }
}

async function tryMigrations(url: string | undefined): Promise<Finding[]> {
  if (!url)
    return [
      says.note(
        'Whether migrations are pending can be told only with DATABASE_URL, the address of an account that may act as countersign_owner.',
      ),
    ]
  try {
    const applied = await ask(asOwner(url), async (client) => {
      const exists = await client.query<{ found: boolean }>(
        `SELECT to_regclass('_prisma_migrations') IS NOT NULL AS found`,
      )
      if (!exists.rows[0]?.found) return []
      const rows = await client.query<{ name: string }>(
        'SELECT migration_name AS name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL',
      )
      return rows.rows.map((row) => row.name)
    })
    const folders = await readdir(migrationsFolder, { withFileTypes: true })
    const ours = folders.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
    const pending = ours.filter((name) => !applied.includes(name))
    const foreign = applied.filter((name) => !ours.includes(name))
    if (foreign.length > 0)
      return [
        says.blocking(
          `A newer version of Countersign migrated this database (${foreign.join(', ')}). Start that version.`,
        ),
      ]
    if (pending.length > 0)
      return [says.blocking(`Migrations are pending: ${pending.sort().join(', ')}. Run npm run migrate.`)]
    return [says.fine(`All ${ours.length} migrations are applied.`)]
  } catch (error) {
    return [
      says.blocking(
        `The owner cannot be used for migrations: ${(error as Error).message}. Check DATABASE_URL, and that its account is a member of countersign_owner.`,
      ),
    ]
  }
}

/** Signs in to Postgres as each role, looks at what each may do, and compares migrations. Writes nothing. */
export async function examineDatabase(urls: DatabaseUrls): Promise<Finding[]> {
  const migrations = await tryMigrations(urls.owner)
  const roles = await Promise.all(loginRoles.map((role) => tryRole(role, urls[role])))
  const accounts = roles.flatMap(({ account }) => (account ? [account] : []))
  const shared = accounts.filter((account, index) => accounts.indexOf(account) !== index)
  const same = [...new Set(shared)].map((account) =>
    says.blocking(
      `Two processes sign in to Postgres as ${account}. Give web, worker and signer a role each.`,
    ),
  )
  return [...migrations, ...roles.flatMap(({ findings }) => findings), ...same]
}
