import type { PipelineJob } from './pipeline.ts'

/** What a group of people may be; `grants` in countersign.yaml give them. */
export type Role = 'viewer' | 'developer' | 'approver' | 'auditor' | 'manager' | 'break-glass' | 'admin'

export type Permission =
  | 'read'
  | 'request:release'
  | 'withdraw:release'
  | 'decide:release'
  | 'release:break-glass'
  | 'read:log'
  | 'export:evidence'
  | 'sample'
  | 'pause'
  | 'resume'
  | 'freeze'
  | 'override:freeze'
  | 'decide:policy'

/** A role within projects and environments; all of them where a list is left out. */
export type Grant = { role: Role; projects?: string[] | undefined; environments?: string[] | undefined }

/** Who is asking. One person may have several accounts; rules about people compare `personId`. */
export type Viewer = {
  accountId: string
  personId: string
  name: string
  initials: string
  email?: string
  groups: string[]
  grants: Grant[]
  /** A pipeline or another machine. */
  service: boolean
  enabled: boolean
  /** The job that asks, and the services it may ask for. */
  pipeline?: { job: PipelineJob; services: readonly string[] }
}

/**
 * The one table of who may do what. An admin runs the installation and decides nothing: deciding is a role of
 * its own that somebody must have been given.
 */
export const permissions = {
  viewer: ['read'],
  developer: ['read', 'request:release', 'withdraw:release'],
  approver: ['read', 'decide:release', 'pause'],
  auditor: ['read', 'read:log', 'export:evidence', 'sample'],
  manager: ['read', 'override:freeze', 'decide:policy'],
  'break-glass': ['read', 'release:break-glass'],
  admin: ['read', 'read:log', 'export:evidence', 'pause', 'resume', 'freeze', 'decide:policy'],
} as const satisfies Record<Role, readonly Permission[]>

/** Which roles may do that somewhere. */
export const rolesWith = (permission: Permission): Role[] =>
  (Object.keys(permissions) as Role[]).filter((role) =>
    (permissions[role] as readonly Permission[]).includes(permission),
  )

export type Where = { project: string; environment?: string }

const holds = (grant: Grant, permission: Permission) =>
  (permissions[grant.role] as readonly Permission[]).includes(permission)

function covers(grant: Grant, permission: Permission, where: Where): boolean {
  if (grant.projects && !grant.projects.includes(where.project)) return false
  // Whoever may act in prod must be able to compare with staging: environments limit acting, never reading.
  const reads = permission === 'read' || permission === 'read:log' || permission === 'export:evidence'
  if (reads || where.environment === undefined) return true
  return !grant.environments || grant.environments.includes(where.environment)
}

/** May this person do that there? Without `where`: anywhere at all. A disabled account may do nothing. */
export function can(viewer: Viewer, permission: Permission, where?: Where): boolean {
  if (!viewer.enabled) return false
  if ((permission === 'decide:release' || permission === 'decide:policy') && viewer.service) return false
  return viewer.grants.some(
    (grant) => holds(grant, permission) && (!where || covers(grant, permission, where)),
  )
}

/**
 * The grants of somebody in these groups. Names are compared exactly, case included. `groups` is undefined when the
 * provider sent no list (or only a pointer to one, as some do for people in many groups): that means no roles.
 */
export function grantsFor(
  groups: readonly string[] | undefined,
  grants: readonly (Grant & { group: string })[],
): Grant[] {
  return grants.filter((grant) => groups?.includes(grant.group)).map(({ group: _group, ...grant }) => grant)
}

export type ReadScope = 'all' | 'none' | { projects: string[] }

/** Which projects this person may read: the filter of every list, sorted so that it can be part of a key. */
export function readScope(
  viewer: Viewer,
  permission: 'read' | 'read:log' | 'export:evidence' = 'read',
): ReadScope {
  const reading = viewer.enabled ? viewer.grants.filter((grant) => holds(grant, permission)) : []
  if (reading.length === 0) return 'none'
  if (reading.some((grant) => !grant.projects)) return 'all'
  return { projects: [...new Set(reading.flatMap((grant) => grant.projects ?? []))].sort() }
}
