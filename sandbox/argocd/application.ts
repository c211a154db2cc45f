import { coreOf } from '#sandbox/world/applications.ts'
import { seconds } from '#sandbox/world/clock.ts'
import { uuidOf } from '#sandbox/world/seed.ts'
import type { App, State } from '#sandbox/world/state.ts'
import type { Status } from '#sandbox/world/types.ts'
import { managedFields } from './managed-fields.ts'

/**
 * `list`: without the health of single resources, which Argo CD keeps outside the object. `bare`: the same without
 * managed fields, where `fields` would cut them away.
 */
export type View = 'list' | 'bare' | 'full'

export type ApplicationJson = {
  metadata: Record<string, unknown>
  spec: Record<string, unknown>
  status: Record<string, unknown>
  operation: unknown
}

/** The Application object with Argo CD's order of keys; undefined values vanish when it is written. */
export function applicationJson(state: State, app: App, view: View): ApplicationJson {
  const { status } = coreOf(state, app)
  const { spec } = app
  const json = {
    metadata: metadataOf(state, app),
    spec: {
      source: spec.source,
      destination: spec.destination,
      project: spec.project,
      syncPolicy: spec.syncPolicy,
      revisionHistoryLimit: spec.revisionHistoryLimit,
      sources: spec.sources,
    },
    status: statusOf(status, view),
    operation: app.operation,
  }
  if (view === 'bare') return json
  const atMs = state.clock.now()
  const owned = { metadata: json.metadata, spec: json.spec, status: json.status }
  return { ...json, metadata: { ...json.metadata, managedFields: managedFields(owned, app, atMs) } }
}

function metadataOf(state: State, app: App): Record<string, unknown> {
  const { set } = app.declared
  const owner = set && {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'ApplicationSet',
    name: set,
    uid: uuidOf(state.seed, 'ApplicationSet', set),
    controller: true,
    blockOwnerDeletion: true,
  }
  return {
    name: app.name,
    namespace: 'argocd',
    uid: app.uid,
    resourceVersion: String(app.resourceVersion),
    generation: app.generation,
    creationTimestamp: seconds(app.declared.createdAt),
    labels: app.labels,
    annotations: Object.keys(app.annotations).length > 0 ? app.annotations : undefined,
    ownerReferences: owner ? [owner] : undefined,
    finalizers: app.declared.finalizer ? ['resources-finalizer.argocd.argoproj.io'] : undefined,
  }
}

function statusOf(status: Status, view: View): Record<string, unknown> {
  const resources =
    view === 'full' ? status.resources : status.resources?.map(({ health: _, ...resource }) => resource)
  return {
    resources,
    sync: status.sync,
    health: status.health,
    history: status.history,
    conditions: status.conditions,
    reconciledAt: status.reconciledAt,
    operationState: status.operationState,
    sourceType: status.sourceType,
    summary: status.summary,
    resourceHealthSource: status.resourceHealthSource,
    sourceTypes: status.sourceTypes,
    controllerNamespace: status.controllerNamespace,
    sourceHydrator: status.sourceHydrator,
  }
}
