import { seconds } from '#sandbox/world/clock.ts'
import type { App } from '#sandbox/world/state.ts'

type Fields = { [key: string]: Fields }

/** Kubernetes' notation of who set which field; lists are taken as one value. */
function fieldsOf(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {}
  const fields: Fields = { '.': {} }
  for (const [key, inner] of Object.entries(value))
    if (inner !== undefined) fields[`f:${key}`] = fieldsOf(inner)
  return fields
}

type Owned = { metadata: Record<string, unknown>; spec: unknown; status: unknown }

/** One entry for whoever declared the application and one for the controller. */
export function managedFields(owned: Owned, app: App, atMs: number): unknown[] {
  const { labels, annotations } = owned.metadata
  const entry = (manager: string, time: number, fieldsV1: Fields) => ({
    manager,
    operation: 'Update',
    apiVersion: 'argoproj.io/v1alpha1',
    time: seconds(time),
    fieldsType: 'FieldsV1',
    fieldsV1,
  })
  const declared = { metadata: { labels, annotations }, spec: owned.spec }
  return [
    entry(app.declared.set ? 'argocd' : 'unknown', app.declared.createdAt, fieldsOf(declared)),
    entry('argocd-application-controller', atMs, fieldsOf({ status: owned.status })),
  ]
}
