import type { App } from '#sandbox/world/state.ts'
import { can, type Identity } from './auth.ts'
import { type Call, GrpcError } from './http.ts'

/** The caller; routes that need one are only reached with one. */
export function caller({ identity }: Call): Identity {
  if (!identity) throw new GrpcError(16, 'no session information')
  return identity
}

/**
 * The named application, or Argo CD's way of not saying whether it exists: without a project both "missing" and
 * "forbidden" are 403; with one, missing is 404.
 */
export function findApplication(call: Call, project: string): App {
  const identity = caller(call)
  const name = call.params.name ?? ''
  const app = call.state.apps.get(name)
  if (project === '') {
    const allowed = app && can(identity, 'applications', 'get', `${app.spec.project}/${name}`)
    if (!app || !allowed) throw new GrpcError(7, 'permission denied')
    return app
  }
  if (!can(identity, 'applications', 'get', `${project}/${name}`)) throw new GrpcError(7, 'permission denied')
  if (app?.spec.project !== project) throw new GrpcError(5, `applications.argoproj.io "${name}" not found`)
  return app
}

/** The same with the project of the query, as every reading route does. */
export function readApplication(call: Call): App {
  const projects = [...call.query.getAll('project'), ...call.query.getAll('projects')]
  if (projects.length > 1)
    throw new GrpcError(
      3,
      `multiple projects specified - the get endpoint accepts either zero or one project`,
    )
  return findApplication(call, projects[0] ?? '')
}
