import pg from 'pg'

/** The three processes that sign in to Postgres; `owner` only lends its rights to migrations. */
export const loginRoles = ['web', 'worker', 'signer'] as const
export type LoginRole = (typeof loginRoles)[number]
export const roleName = (role: LoginRole | 'owner') => `countersign_${role}`

/** `url` for another database and, if named, another account. */
export function databaseUrl(
  url: string,
  database: string,
  account?: { user: string; password: string },
): string {
  const changed = new URL(url)
  changed.pathname = `/${database}`
  if (account) {
    changed.username = account.user
    changed.password = account.password
  }
  return changed.href
}

/** `url` for a session that acts with the owner's rights from its first statement on. */
export function asOwner(url: string): string {
  const changed = new URL(url)
  changed.searchParams.set('options', `-c role=${roleName('owner')}`)
  return changed.href
}

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
    for (const { name, login } of wanted)
      await client.query(
        `${names.has(name) ? 'ALTER' : 'CREATE'} ROLE ${name} ${login} NOSUPERUSER NOCREATEDB NOCREATEROLE`,
      )
    const found = await client.query('SELECT FROM pg_database WHERE datname = $1', [database])
    if (found.rowCount === 0)
      await client.query(`CREATE DATABASE ${pg.escapeIdentifier(database)} OWNER ${roleName('owner')}`)
    await client.query(databaseGrants(database))
  })
}
