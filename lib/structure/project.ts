import type { ProjectRole, ProjectSpec, ResourceKind } from '#lib/argocd/structure.ts'
import { matchesPattern } from './glob.ts'
import type { Place } from './window.ts'

/** One line of a role's policies as read, or as text when it is not what we know. */
export type PolicyLine =
  | { kind: 'rule'; resource: string; action: string; object: string; allow: boolean; text: string }
  | { kind: 'unread'; text: string }

/** Reads `p, proj:<project>:<role>, <resource>, <action>, <object>, allow|deny`. Anything else is kept as text. */
export function readPolicy(line: string, project: string, role: string): PolicyLine {
  const parts = line.split(',').map((part) => part.trim())
  const [p, subject, resource = '', action = '', object = '', effect = 'allow'] = parts
  const whole = p === 'p' && subject === `proj:${project}:${role}` && object !== ''
  if (!whole || parts.length > 6 || !['allow', 'deny'].includes(effect)) return { kind: 'unread', text: line }
  return { kind: 'rule', resource, action, object, allow: effect === 'allow', text: line }
}

/** What an action on applications lets somebody do, in words. */
const actions: Record<string, string> = {
  '*': 'everything',
  get: 'read',
  sync: 'deploy',
  override: 'deploy anything, also what is not in Git',
  create: 'create applications',
  update: 'change sources and settings',
  delete: 'delete',
}

/** Who a role lets do what to which applications. `where` is null for all of the project. */
export type Permission = {
  role: string
  groups: string[]
  tokens: number
  may: string
  deploys: boolean
  allow: boolean
  where: string | null
  text: string
}

/** With these somebody changes what runs, whatever the approvals say. */
const deploying = new Set(['*', 'sync', 'override', 'update', 'create', 'delete'])

/** The rules about applications of a project's roles, what changes what runs first; and the lines that are only text. */
export function permissionsOf(
  project: string,
  roles: readonly ProjectRole[],
): { permissions: Permission[]; unread: { role: string; text: string }[] } {
  const lines = roles.flatMap((role) =>
    role.policies.map((text) => ({ role, line: readPolicy(text, project, role.name) })),
  )
  const permissions = lines.flatMap(({ role, line }): Permission[] => {
    if (line.kind === 'unread' || !['applications', '*'].includes(line.resource)) return []
    const all = [`${project}/*`, '*', '*/*', `${project}/*/*`].includes(line.object)
    const { action, allow, text } = line
    return [
      {
        role: role.name,
        groups: role.groups,
        tokens: role.jwtTokens.length,
        may: actions[action] ?? (action.startsWith('action/') ? `run the action ${action.slice(7)}` : action),
        deploys: deploying.has(action) || action.startsWith('action/'),
        allow,
        where: all ? null : line.object.replace(`${project}/`, ''),
        text,
      },
    ]
  })
  const others = lines.filter(
    ({ line }) => line.kind === 'unread' || !['applications', '*'].includes(line.resource),
  )
  return {
    permissions: permissions.sort((a, b) => Number(b.deploys) - Number(a.deploys)),
    unread: others.map(({ role, line }) => ({ role: role.name, text: line.text })),
  }
}

/** A list with a word before each that is taken back by `!`. */
export type Allowed = { text: string; not: boolean }
export const allowedOf = (entries: readonly string[]): Allowed[] =>
  entries.map((entry) =>
    entry.startsWith('!') ? { text: entry.slice(1), not: true } : { text: entry, not: false },
  )

export const kindWords = ({ group, kind, name }: ResourceKind): string => {
  if (group === '*' && kind === '*') return 'every kind'
  return `${kind === '*' ? 'every kind' : kind}${group === '' ? '' : group === '*' ? ' of any group' : ` (${group})`}${
    name ? ` named ${name}` : ''
  }`
}

export type Destination = { cluster: string; namespace: string; not: boolean }

/** Where applications of the project may be deployed. */
export function destinationsOf(spec: ProjectSpec): Destination[] {
  return spec.destinations.map(({ server, name, namespace }) => {
    const cluster = name || server || ''
    const not = cluster.startsWith('!') || (namespace ?? '').startsWith('!')
    const plain = (text: string) => text.replace(/^!/, '')
    return {
      cluster: plain(cluster) === '*' || cluster === '' ? 'every cluster' : plain(cluster),
      namespace: plain(namespace ?? '') === '*' ? 'every namespace' : plain(namespace ?? ''),
      not,
    }
  })
}

/** Whether a project lets something be deployed there: one entry must name it, and none with `!` may. */
export function permitsDestination(spec: ProjectSpec, { server, cluster, namespace }: Place): boolean {
  const is = (pattern: string | null, ...texts: (string | null)[]) =>
    texts.some((text) => matchesPattern((pattern || '*').replace(/^!/, ''), text ?? ''))
  const found = spec.destinations.filter(
    (each) => is(each.namespace, namespace) && (each.name ? is(each.name, cluster) : is(each.server, server)),
  )
  const denies = ({ server: to, name, namespace: within }: (typeof found)[number]) =>
    [to, name, within].some((text) => text?.startsWith('!'))
  return found.length > 0 && !found.some(denies)
}

/** Who may change what runs of one application, by the roles of its project; what is denied as well. */
export function rightsOver(name: string, project: string, roles: readonly ProjectRole[]): Permission[] {
  return permissionsOf(project, roles).permissions.filter(
    ({ deploys, where }) =>
      deploys && (where === null || matchesPattern(where, name) || matchesPattern(where, `argocd/${name}`)),
  )
}

/** Allowed and denied kinds in sentences: cluster-wide ones are denied unless named, others allowed unless named. */
export function kindRules(spec: ProjectSpec): { clusterWide: string; namespaced: string } {
  const words = (kinds: readonly ResourceKind[]) => kinds.map(kindWords).join(', ')
  const { clusterResourceWhitelist, clusterResourceBlacklist } = spec
  const { namespaceResourceWhitelist, namespaceResourceBlacklist } = spec
  const but = (kinds: readonly ResourceKind[]) => (kinds.length > 0 ? `, but not ${words(kinds)}` : '')
  const wide = clusterResourceWhitelist.length > 0 ? words(clusterResourceWhitelist) : 'none'
  const within =
    namespaceResourceWhitelist === null
      ? 'every kind'
      : namespaceResourceWhitelist.length === 0
        ? 'none'
        : words(namespaceResourceWhitelist)
  return {
    clusterWide: `${wide}${but(clusterResourceBlacklist)}`,
    namespaced: `${within}${but(namespaceResourceBlacklist)}`,
  }
}

/** What the project does about objects in its namespaces that no application manages. */
export function orphanWords({ orphanedResources }: ProjectSpec): string {
  if (!orphanedResources) return 'not looked for'
  const ignored = orphanedResources.ignore.length
  const except = ignored > 0 ? `, ${ignored} ${ignored === 1 ? 'kind is' : 'kinds are'} left aside` : ''
  return orphanedResources.warn === false
    ? `looked for, without a warning${except}`
    : `looked for, with a warning${except}`
}

/** Which signatures commits need, in words; null where none do. */
export function signatureWords({ signatureKeys, sourceIntegrity }: ProjectSpec): string[] {
  const keys = signatureKeys.map(({ keyID }) => keyID).filter(Boolean)
  const policies = (sourceIntegrity?.git?.policies ?? []).map(({ repos, gpg }) => {
    const where = repos.map(({ url }) => url).join(', ') || 'every repository'
    const by = gpg && gpg.keys.length > 0 ? ` by ${gpg.keys.join(', ')}` : ''
    const modes: Record<string, string> = {
      none: 'no signature is needed',
      head: `the newest commit must be signed${by}`,
      strict: `every commit must be signed${by}`,
    }
    return `${where}: ${modes[gpg?.mode ?? 'none'] ?? `mode ${gpg?.mode}`}`
  })
  return [...(keys.length > 0 ? [`Commits must be signed by ${keys.join(', ')}`] : []), ...policies]
}
