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
