import { ownCore } from '#sandbox/world/applications.ts'
import { seconds } from '#sandbox/world/clock.ts'
import { startOperation, terminateOperation } from '#sandbox/world/operation.ts'
import { isMultiSource, resolveSource, sourcesOf } from '#sandbox/world/render.ts'
import { type App, note, type State } from '#sandbox/world/state.ts'
import type { Info, Operation, ResourceRef, Retry, SyncRequest } from '#sandbox/world/types.ts'
import { maySync, windowsOf } from '#sandbox/world/windows.ts'
import { caller, findApplication } from './access.ts'
import { applicationJson } from './application.ts'
import { demand } from './auth.ts'
import { decode, rollbackRequest, syncRequest } from './decode.ts'
import type { AcceptedSync } from './desk.ts'
import { losesReply } from './faults.ts'
import { type Call, GrpcError, sendJson } from './http.ts'

/** The decoded body of a sync; `decode` has checked every type. */
export type SyncBody = {
  revision?: string
  dryRun?: boolean
  prune?: boolean
  strategy?: SyncRequest['syncStrategy']
  resources?: ResourceRef[]
  manifests?: string[]
  infos?: Info[]
  retryStrategy?: Retry
  syncOptions?: { items?: string[] }
  project?: string
  sourcePositions?: number[]
  revisions?: string[]
}

/** `POST …/sync`: window, right, revision, slot, in Argo CD's order; answers with the operation echoed. */
export function sync(call: Call): void {
  const { state } = call
  const body: SyncBody = decode(call.body, syncRequest, 'ApplicationSyncRequest')
  const app = findApplication(call, body.project ?? '')
  const identity = caller(call)
  const project = state.projects.find((candidate) => candidate.name === app.spec.project)
  const blocked = !maySync(windowsOf(project, app, state.clock.now()), true)
  // `sync-refused`: the window closed between the look and the request.
  if (blocked || app.declared.service === 'sync-refused')
    throw new GrpcError(7, 'cannot sync: blocked by sync window')
  demand(identity, 'applications', 'sync', `${app.spec.project}/${app.name}`)
  if (body.manifests) demand(identity, 'applications', 'override', `${app.spec.project}/${app.name}`)
  const operation = operationOf(state, app, body, identity.account)
  const asked = operation.sync.revision ?? operation.sync.revisions?.join(', ') ?? ''
  accept(call, app, operation, { kind: 'sync', body })
  note(state, app, {
    reason: 'OperationStarted',
    message: `${identity.account} initiated sync to ${asked}`,
    user: identity.account,
  })
  reply(call, app)
}

function operationOf(state: State, app: App, body: SyncBody, username: string): Operation {
  const policy = app.spec.syncPolicy
  const syncOptions = body.syncOptions ? body.syncOptions.items : policy?.syncOptions
  const common = {
    prune: body.prune || undefined,
    dryRun: body.dryRun || undefined,
    syncStrategy: body.strategy,
    resources: body.resources?.map((ref) => withoutBlanks(ref)),
    manifests: body.manifests,
    syncOptions,
  }
  const sync: SyncRequest = isMultiSource(app.spec)
    ? { ...common, sources: sourcesOf(app.spec), revisions: revisionsOf(state, app, body) }
    : { revision: revisionOf(state, app, body), ...common, source: app.spec.source }
  return {
    sync,
    initiatedBy: { username },
    info: body.infos,
    retry: retryOf(body.retryStrategy ?? policy?.retry),
  }
}

function withoutBlanks(ref: ResourceRef): ResourceRef {
  return Object.fromEntries(Object.entries(ref).filter(([, value]) => value !== ''))
}

/** Go leaves out zero values: `{limit: 0, refresh: false}` is echoed as `{}`. */
function retryOf(retry: Retry | undefined): Retry {
  return {
    ...(retry?.limit ? { limit: retry.limit } : {}),
    ...(retry?.backoff ? { backoff: retry.backoff } : {}),
    ...(retry?.refresh ? { refresh: true } : {}),
  }
}

function resolve(state: State, app: App, position: number, ref: string): string {
  const source = sourcesOf(app.spec)[position]
  if (!source) throw new GrpcError(3, `source position ${position + 1} is out of range`)
  const resolved = resolveSource(state.repos, source, ref)
  if (resolved.ok) return resolved.sha
  throw new GrpcError(
    9,
    `error resolving repo revision: rpc error: code = Unknown desc = ${resolved.message}`,
  )
}

function guardAutomated(app: App, dryRun: boolean | undefined, revision: string, tracked: string): void {
  const automated = app.spec.syncPolicy?.automated
  if (!automated || automated.enabled === false || dryRun) return
  if (revision !== '' && revision !== tracked)
    throw new GrpcError(9, `Cannot sync to ${revision}: auto-sync currently set to ${tracked}`)
}

function revisionOf(state: State, app: App, { revision = '', dryRun }: SyncBody): string {
  const tracked = app.spec.source?.targetRevision ?? 'HEAD'
  guardAutomated(app, dryRun, revision, tracked)
  return resolve(state, app, 0, revision || tracked)
}

/** Positions count from one; a source that is not named resolves to what it tracks. */
function revisionsOf(state: State, app: App, body: SyncBody): string[] {
  const { sourcePositions = [], revisions = [], dryRun } = body
  if (sourcePositions.length > revisions.length) throw outOfRange(revisions.length)
  return sourcesOf(app.spec).map((source, position) => {
    const tracked = source.targetRevision ?? 'HEAD'
    const asked = revisions[sourcePositions.indexOf(position + 1)] ?? ''
    guardAutomated(app, dryRun, asked, tracked)
    return resolve(state, app, position, asked || tracked)
  })
}

/** The panic of a too short list, as recovered by the server. */
export function outOfRange(length: number): GrpcError {
  return new GrpcError(13, `runtime error: index out of range [${length}] with length ${length}`)
}

function accept(call: Call, app: App, operation: Operation, what: Pick<AcceptedSync, 'kind' | 'body'>): void {
  const { desk, state } = call
  if (app.operation) throw new GrpcError(9, 'another operation is already in progress')
  ownCore(state, app)
  const { account } = caller(call)
  const at = seconds(state.clock.now())
  desk.accepted.push({ application: app.name, account, ...what, operation, at })
  startOperation(state, app, operation)
}

function reply(call: Call, app: App): void {
  if (losesReply(call.desk)) call.req.socket.destroy()
  else sendJson(call.res, applicationJson(call.state, app, 'list'))
}

/** `DELETE …/operation`. A 200 only means that the operation was asked to stop. */
export function terminate(call: Call): void {
  const { desk, state, query, res } = call
  const app = findApplication(call, query.get('project') ?? '')
  const { account } = caller(call)
  demand(caller(call), 'applications', 'sync', `${app.spec.project}/${app.name}`)
  if (!app.operation || !app.core?.status.operationState)
    throw new GrpcError(3, 'Unable to terminate operation. No operation is in progress')
  const at = seconds(state.clock.now())
  desk.accepted.push({
    application: app.name,
    account,
    kind: 'terminate',
    body: {},
    operation: undefined,
    at,
  })
  terminateOperation(state, app)
  note(state, app, {
    reason: 'ResourceUpdated',
    message: `${account} terminated running operation`,
    user: account,
  })
  sendJson(res, {})
}

type RollbackBody = { id?: number; dryRun?: boolean; prune?: boolean; project?: string }

/** `POST …/rollback`: replays a history entry's sources; hooks do not run. */
export function rollback(call: Call): void {
  const body: RollbackBody = decode(call.body, rollbackRequest, 'ApplicationRollbackRequest')
  const app = findApplication(call, body.project ?? '')
  const identity = caller(call)
  demand(identity, 'applications', 'sync', `${app.spec.project}/${app.name}`)
  const automated = app.spec.syncPolicy?.automated
  if (automated && automated.enabled !== false)
    throw new GrpcError(9, 'rollback cannot be initiated when auto-sync is enabled')
  const id = body.id ?? 0
  const entry = ownCore(call.state, app).status.history?.find((candidate) => candidate.id === id)
  if (!entry) throw new GrpcError(3, `application argocd/${app.name} does not have deployment with id ${id}`)
  const { revision, revisions, source, sources } = entry
  const common = {
    prune: body.prune || undefined,
    dryRun: body.dryRun || undefined,
    syncStrategy: { apply: {} },
    syncOptions: app.spec.syncPolicy?.syncOptions,
  }
  const request = sources ? { ...common, sources, revisions } : { revision, ...common, source }
  const operation: Operation = { sync: request, initiatedBy: { username: identity.account }, retry: {} }
  accept(call, app, operation, { kind: 'rollback', body })
  reply(call, app)
}
