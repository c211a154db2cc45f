import { seconds } from '#sandbox/world/clock.ts'
import { commitOf } from '#sandbox/world/git.ts'
import type { SyncWindow } from '#sandbox/world/projects.ts'
import { notOurRef, sourcesOf } from '#sandbox/world/render.ts'
import { uuidOf } from '#sandbox/world/seed.ts'
import type { App, AppEvent, State } from '#sandbox/world/state.ts'
import { maySync, windowsOf } from '#sandbox/world/windows.ts'
import { readApplication } from './access.ts'
import { type Call, GrpcError, sendJson } from './http.ts'

/** `GET …/revisions/{revision}/metadata`: who wrote the commit, when, and why. */
export function revisionMetadata(call: Call): void {
  const { state, query, params, res } = call
  const app = readApplication(call)
  const source = sourcesOf(app.spec)[Number(query.get('sourceIndex') ?? 0)]
  const repo = state.repos.get(source?.repoURL ?? '')
  const revision = params.revision ?? ''
  const commit = repo && commitOf(repo, revision)
  if (!repo || !commit) {
    const reason = notOurRef(revision)
    throw new GrpcError(
      2,
      `error acquiring repo lock: failed to initialize repository resources: rpc error: code = Internal desc = ${reason}`,
    )
  }
  const tags = [...repo.tags].filter(([, sha]) => sha === revision).map(([tag]) => tag)
  sendJson(res, {
    author: `${commit.author.name} <${commit.author.email}>`,
    date: seconds(commit.at),
    tags: tags.length > 0 ? tags : undefined,
    message: commit.message,
  })
}

const brief = ({ kind, schedule, duration, manualSync }: SyncWindow) => ({
  kind,
  schedule,
  duration,
  manualSync: manualSync ?? false,
})

/** `GET …/syncwindows`; `canSync` answers for a sync by hand. */
export function syncWindows(call: Call): void {
  const { state, res } = call
  const app = readApplication(call)
  const project = state.projects.find((candidate) => candidate.name === app.spec.project)
  const windows = windowsOf(project, app, state.clock.now())
  const list = (found: SyncWindow[]) => (found.length > 0 ? found.map(brief) : undefined)
  sendJson(res, {
    activeWindows: list(windows.active),
    assignedWindows: list(windows.assigned),
    canSync: maySync(windows, true),
  })
}

/** `GET …/links`: what `application.links` in argocd-cm would make of it. */
export function links(call: Call): void {
  const { name } = readApplication(call)
  sendJson(call.res, {
    items: [{ title: 'Grafana', url: `https://grafana.acme.example/d/app?var-app=${name}` }],
  })
}

/** `GET …/events`: Kubernetes events of the Application; kept for a while, no source for an audit. */
export function events(call: Call): void {
  const { state, res } = call
  const app = readApplication(call)
  const metadata = { resourceVersion: String(state.lastVersion) }
  const items = app.events.map((event, index) => eventOf(state, app, event, index))
  sendJson(res, { metadata, items: items.length > 0 ? items : null })
}

function eventOf(state: State, app: App, event: AppEvent, index: number): unknown {
  const at = seconds(event.atMs)
  const manager = event.user ? 'argocd' : 'argocd-application-controller'
  const { namespace, server } = app.spec.destination
  return {
    metadata: {
      name: `${app.name}.${uuidOf(app.uid, index).slice(0, 18).replaceAll('-', '')}`,
      namespace: 'argocd',
      uid: uuidOf(state.seed, app.name, 'event', index),
      resourceVersion: String(event.resourceVersion),
      creationTimestamp: at,
      annotations: {
        'dest-namespace': namespace,
        'dest-server': server,
        ...(event.user ? { user: event.user } : {}),
      },
      managedFields: [
        { manager, operation: 'Update', apiVersion: 'v1', time: at, fieldsType: 'FieldsV1', fieldsV1: {} },
      ],
    },
    involvedObject: {
      kind: 'Application',
      namespace: 'argocd',
      name: app.name,
      uid: app.uid,
      apiVersion: 'argoproj.io/v1alpha1',
      resourceVersion: String(event.resourceVersion),
    },
    reason: event.reason,
    message: event.message,
    source: { component: event.user ? 'argocd-server' : manager },
    firstTimestamp: at,
    lastTimestamp: at,
    count: 1,
    type: 'Normal',
    eventTime: null,
  }
}
