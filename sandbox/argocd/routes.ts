import { getSet, listSets, streamSets } from './applicationsets.ts'
import { listClusters, listRepositories } from './cluster.ts'
import { events, links, revisionMetadata, syncWindows } from './details.ts'
import { get } from './get.ts'
import type { Call } from './http.ts'
import { list } from './list.ts'
import { managedResources } from './managed.ts'
import { manifests } from './manifests.ts'
import { detailedProject, getProject, listProjects, projectWindows } from './projects.ts'
import { canI, createSession, deleteSession, getSettings, userInfo, version } from './session.ts'
import { stream } from './stream.ts'
import { rollback, sync, terminate } from './sync.ts'
import { resourceTree } from './tree.ts'

export type Route = {
  method: string
  /** `{name}` takes one segment, `{name...}` the rest. */
  path: string
  handle: (call: Call) => void | Promise<void>
  /** Answers without a session too. */
  open?: true
  stream?: true
}

const application = '/api/v1/applications/{name}'

export const routes: Route[] = [
  { method: 'GET', path: '/api/version', handle: version, open: true },
  { method: 'POST', path: '/api/v1/session', handle: createSession, open: true },
  { method: 'DELETE', path: '/api/v1/session', handle: deleteSession, open: true },
  { method: 'GET', path: '/api/v1/session/userinfo', handle: userInfo, open: true },
  { method: 'GET', path: '/api/v1/settings', handle: getSettings, open: true },
  { method: 'GET', path: '/api/v1/account/can-i/{resource}/{action}/{subresource...}', handle: canI },
  { method: 'GET', path: '/api/v1/applications', handle: list },
  { method: 'GET', path: application, handle: get },
  { method: 'POST', path: `${application}/sync`, handle: sync },
  { method: 'POST', path: `${application}/rollback`, handle: rollback },
  { method: 'DELETE', path: `${application}/operation`, handle: terminate },
  { method: 'GET', path: `${application}/manifests`, handle: manifests },
  { method: 'GET', path: `${application}/managed-resources`, handle: managedResources },
  { method: 'GET', path: `${application}/resource-tree`, handle: resourceTree },
  { method: 'GET', path: `${application}/revisions/{revision}/metadata`, handle: revisionMetadata },
  { method: 'GET', path: `${application}/syncwindows`, handle: syncWindows },
  { method: 'GET', path: `${application}/links`, handle: links },
  { method: 'GET', path: `${application}/events`, handle: events },
  { method: 'GET', path: '/api/v1/stream/applications', handle: stream, stream: true },
  { method: 'GET', path: '/api/v1/stream/applicationsets', handle: streamSets, stream: true },
  { method: 'GET', path: '/api/v1/applicationsets', handle: listSets },
  { method: 'GET', path: '/api/v1/applicationsets/{name}', handle: getSet },
  { method: 'GET', path: '/api/v1/projects', handle: listProjects },
  { method: 'GET', path: '/api/v1/projects/{name}', handle: getProject },
  { method: 'GET', path: '/api/v1/projects/{name}/detailed', handle: detailedProject },
  { method: 'GET', path: '/api/v1/projects/{name}/syncwindows', handle: projectWindows },
  { method: 'GET', path: '/api/v1/clusters', handle: listClusters },
  { method: 'GET', path: '/api/v1/repositories', handle: listRepositories },
]

const compiled = routes.map((route) => ({ route, parts: route.path.split('/') }))

/** Values of the braces when the path fits. Segments are split before they are decoded, as Go's mux does. */
function valuesOf(parts: string[], segments: string[]): Record<string, string> | undefined {
  const params: Record<string, string> = {}
  for (const [position, part] of parts.entries()) {
    const rest = /^\{(\w+)\.\.\.\}$/.exec(part)?.[1]
    if (rest) {
      params[rest] = segments.slice(position).map(decodeURIComponent).join('/')
      return segments.length > position ? params : undefined
    }
    const segment = segments[position]
    const name = /^\{(\w+)\}$/.exec(part)?.[1]
    if (segment === undefined || (!name && segment !== part)) return undefined
    if (name) params[name] = decodeURIComponent(segment)
  }
  return parts.length === segments.length ? params : undefined
}

export type Found =
  | { is: 'route'; route: Route; params: Record<string, string> }
  | { is: 'wrong method' }
  | { is: 'nothing' }

export function findRoute(method: string, path: string): Found {
  const segments = path.split('/')
  let seen = false
  for (const { route, parts } of compiled) {
    const params = valuesOf(parts, segments)
    if (!params) continue
    if (route.method === method) return { is: 'route', route, params }
    seen = true
  }
  return seen ? { is: 'wrong method' } : { is: 'nothing' }
}
