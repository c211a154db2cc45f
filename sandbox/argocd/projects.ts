import { seconds } from '#sandbox/world/clock.ts'
import type { Project } from '#sandbox/world/projects.ts'
import { uuidOf } from '#sandbox/world/seed.ts'
import type { State } from '#sandbox/world/state.ts'
import { isActive } from '#sandbox/world/windows.ts'
import { caller } from './access.ts'
import { can, demand } from './auth.ts'
import { type Call, GrpcError, sendJson } from './http.ts'

function projectJson(state: State, project: Project, status: unknown): Record<string, unknown> {
  const created = seconds(state.startedAt)
  const fields = Object.keys(project.spec).map((key) => [`f:${key}`, {}])
  return {
    metadata: {
      name: project.name,
      namespace: 'argocd',
      uid: uuidOf(state.seed, 'AppProject', project.name),
      resourceVersion: String(94 + state.projects.indexOf(project)),
      generation: 1,
      creationTimestamp: created,
      managedFields: [
        {
          manager: project.name === 'default' ? 'argocd' : 'unknown',
          operation: 'Update',
          apiVersion: 'argoproj.io/v1alpha1',
          time: created,
          fieldsType: 'FieldsV1',
          fieldsV1: { 'f:spec': Object.fromEntries(fields) },
        },
      ],
    },
    spec: project.spec,
    status,
  }
}

function oneProject(call: Call): Project {
  const name = call.params.name ?? ''
  demand(caller(call), 'projects', 'get', name)
  const project = call.state.projects.find((candidate) => candidate.name === name)
  if (!project) throw new GrpcError(5, `appprojects.argoproj.io "${name}" not found`)
  return project
}

function tokensByRole(project: Project): unknown {
  const roles = project.spec.roles ?? []
  return roles.length > 0 ? { jwtTokensByRole: Object.fromEntries(roles.map((role) => [role.name, {}])) } : {}
}

export function listProjects(call: Call): void {
  const identity = caller(call)
  const { state, res } = call
  const items = state.projects
    .filter((project) => can(identity, 'projects', 'get', project.name))
    .map((project) => projectJson(state, project, {}))
  sendJson(res, { metadata: { resourceVersion: String(state.lastVersion) }, items })
}

export function getProject(call: Call): void {
  const project = oneProject(call)
  sendJson(call.res, projectJson(call.state, project, tokensByRole(project)))
}

export function detailedProject(call: Call): void {
  const project = oneProject(call)
  sendJson(call.res, { project: projectJson(call.state, project, tokensByRole(project)) })
}

/** Windows of a project that are open at this moment, as whole objects. */
export function projectWindows(call: Call): void {
  const { spec } = oneProject(call)
  const windows = spec.syncWindows?.filter((window) => isActive(window, call.state.clock.now()))
  sendJson(call.res, windows && windows.length > 0 ? { windows } : {})
}
