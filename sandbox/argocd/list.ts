import { sourcesOf } from '#sandbox/world/render.ts'
import type { App, State } from '#sandbox/world/state.ts'
import { applicationJson } from './application.ts'
import { can, type Identity } from './auth.ts'
import { strange } from './faults.ts'
import { listFields } from './fields.ts'
import { type Call, sendJson, write } from './http.ts'
import { parseSelector } from './selector.ts'

export type Matcher = (app: App) => boolean

/** What `projects`, `name`, `selector`, `repo` and the caller's rights leave over. `limit` means nothing. */
export function matcherOf(query: URLSearchParams, identity: Identity, withRepo: boolean): Matcher {
  const projects = new Set([...query.getAll('projects'), ...query.getAll('project')])
  const name = query.get('name') ?? ''
  const repo = withRepo ? (query.get('repo') ?? '') : ''
  const namespace = query.get('appNamespace') ?? ''
  const selects = parseSelector(query.get('selector') ?? '')
  return (app) =>
    (projects.size === 0 || projects.has(app.spec.project)) &&
    (name === '' || app.name === name) &&
    (namespace === '' || namespace === 'argocd') &&
    (repo === '' || sourcesOf(app.spec)[0]?.repoURL === repo) &&
    selects(app.labels ?? {}) &&
    can(identity, 'applications', 'get', `${app.spec.project}/${app.name}`)
}

export function* applications(state: State, matches: Matcher): Generator<App> {
  for (const name of state.names) {
    const app = state.apps.get(name)
    if (app && matches(app)) yield app
  }
}

/** How many applications are written before other requests get their turn. */
const batch = 100

/** `GET /api/v1/applications`: item by item, so that a large fleet never stands in memory at once. */
export async function list({ desk, state, query, res, identity }: Call): Promise<void> {
  if (!identity) return
  const matches = matcherOf(query, identity, true)
  const fields = query.get('fields')
  const project = fields === null ? undefined : listFields(fields)
  const metadata = JSON.stringify({ resourceVersion: String(state.lastVersion) })
  const found = applications(state, matches)
  const first = found.next()
  if (first.done && project) return sendJson(res, { items: null, metadata: JSON.parse(metadata) })
  res.writeHead(200, { 'content-type': 'application/json', 'grpc-metadata-content-type': 'application/grpc' })
  let text = project ? '{"items":[' : `{"metadata":${metadata},"items":[`
  let count = 0
  for (let next = first; !next.done; next = found.next()) {
    const json = strange(desk, next.value.name, applicationJson(state, next.value, project ? 'bare' : 'list'))
    text += `${count > 0 ? ',' : ''}${JSON.stringify(project ? project(json) : json)}`
    count += 1
    if (desk.fault?.kind === 'half-object' && count > 1) {
      res.write(text.slice(0, -40), () => res.destroy())
      return
    }
    if (count % batch > 0) continue
    if (!(await write(res, text))) return
    text = ''
    await new Promise((resolve) => setImmediate(resolve))
  }
  res.end(project ? `${text}],"metadata":${metadata}}` : `${text}]}`)
}
