import { ownCore } from '#sandbox/world/applications.ts'
import { readApplication } from './access.ts'
import { applicationJson } from './application.ts'
import { strange } from './faults.ts'
import { type Call, sendJson } from './http.ts'

/** `GET /api/v1/applications/{name}`; `refresh` compares again before it answers. */
export function get(call: Call): void {
  const { desk, state, query, res } = call
  const app = readApplication(call)
  const refresh = query.get('refresh')
  if (refresh === 'normal' || refresh === 'hard') {
    ownCore(state, app)
    app.annotations = { ...app.annotations, 'argocd.argoproj.io/hydrate': refresh }
    desk.world.refresh(app.name)
  }
  sendJson(res, strange(desk, app.name, applicationJson(state, app, 'full')))
}
