import pg from 'pg'
import { type LoginRole, loginRoles, roleName } from './role-names.ts'

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** Who may connect to a database. Such rights are not copied from a template, so each new database needs them. */
export function databaseGrants(database: string): string {
  const name = pg.escapeIdentifier(database)
  return `REVOKE ALL ON DATABASE ${name} FROM PUBLIC;
GRANT CONNECT ON DATABASE ${name} TO ${loginRoles.map((role) => roleName(role)).join(', ')};`
}

/**
 * Creates the owner (who cannot log in) and the three login roles with these passwords, and the database that
 * belongs to the owner. Safe to repeat; `adminUrl` must be a superuser's.
 */
export async function ensureRoles(
  adminUrl: string,
  passwords: Record<LoginRole, string>,
  database = 'countersign',
): Promise<void> {
  await withClient(adminUrl, async (client) => {
    const wanted = [
      { name: roleName('owner'), login: 'NOLOGIN' },
      ...loginRoles.map((role) => ({
        name: roleName(role),
        login: `LOGIN PASSWORD ${pg.escapeLiteral(passwords[role])}`,
      })),
    ]
    const known = await client.query<{ rolname: string }>('SELECT rolname FROM pg_roles')
    const names = new Set(known.rows.map((row) => row.rolname))
    await client.query(
      wanted
        .map(
          ({ name, login }) =>
            `${names.has(name) ? 'ALTER' : 'CREATE'} ROLE ${name} ${login} NOSUPERUSER NOCREATEDB NOCREATEROLE`,
        )
        .join(';'),
    )
    const found = await client.query('SELECT FROM pg_database WHERE datname = $1', [database])
    if (found.rowCount === 0)
      await client.query(`CREATE DATABASE ${pg.escapeIdentifier(database)} OWNER ${roleName('owner')}`)
    await client.query(databaseGrants(database))
  })
}
