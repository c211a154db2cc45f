import { z } from 'zod'
import { ownCore } from '#sandbox/world/applications.ts'
import { hurry } from '#sandbox/world/operation.ts'
import { people } from '#sandbox/world/people.ts'
import { resolveSource, sourcesOf } from '#sandbox/world/render.ts'
import type { Call } from './http.ts'

/** Switches for tests and the demo, far from Argo CD's own paths: `/_sandbox/…`, without a token. */

const faultSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('down') }),
  z.object({ kind: z.literal('slow'), delayMs: z.number().int().min(0).max(120_000) }),
  z.object({ kind: z.literal('status'), status: z.union([z.literal(401), z.literal(500)]) }),
  z.object({ kind: z.literal('half-object') }),
  z.object({ kind: z.literal('unknown-type'), application: z.string().default('archive-prod') }),
  z.object({ kind: z.literal('drop-reply'), times: z.number().int().min(1).default(1) }),
])

const commitSchema = z.object({
  service: z.string(),
  envs: z.array(z.string()).optional(),
  version: z.string().optional(),
  author: z.enum(['mei', 'jonas', 'anna', 'renovate']).default('mei'),
  message: z.string().optional(),
})

const driftSchema = z.object({ application: z.string(), replicas: z.number().int().min(0).default(5) })

const syncSchema = z.object({
  application: z.string(),
  username: z.string().default('jonas'),
  /** Default: what the application tracks. */
  revision: z.string().optional(),
})

const hasteSchema = z.object({ application: z.string() })

function answer({ res }: Call, value: unknown, status = 200): void {
  res.writeHead(status, { 'content-type': 'application/json' })
  res.end(`${JSON.stringify(value, null, 2)}\n`)
}

function commit({ desk }: Call, body: unknown): unknown {
  const { author, envs, version, message, service } = commitSchema.parse(body)
  const { sha } = desk.world.commit({
    service,
    author: people[author],
    ...(envs ? { envs } : {}),
    ...(version ? { version } : {}),
    ...(message ? { message } : {}),
  })
  return { sha }
}

/** A sync by somebody else: not counted among the accepted ones, because nobody asked this API for it. */
function foreignSync({ desk, state }: Call, body: unknown): unknown {
  const { application, username, revision } = syncSchema.parse(body)
  const app = state.apps.get(application)
  if (!app) throw new Error(`no application ${application}`)
  if (app.operation) throw new Error('another operation is already in progress')
  ownCore(state, app)
  const sources = sourcesOf(app.spec)
  const revisions = sources.map((source) => {
    const resolved = resolveSource(state.repos, source, revision ?? source.targetRevision ?? 'HEAD')
    return resolved.ok ? resolved.sha : ''
  })
  const sync = app.spec.sources
    ? { sources, revisions }
    : { revision: revisions[0] ?? '', source: app.spec.source }
  desk.world.setOperation(application, { sync, initiatedBy: { username }, retry: {} })
  return { application, username, revisions }
}

const actions: Record<string, (call: Call, body: unknown) => unknown> = {
  'GET state': ({ desk }) => desk.world.state(),
  'GET requests': ({ desk }) => ({ accepted: desk.accepted, requests: desk.requests }),
  'DELETE requests': ({ desk }) => {
    desk.accepted.length = 0
    desk.requests = {}
    return {}
  },
  'GET faults': ({ desk }) => ({ fault: desk.fault ?? null }),
  'POST faults': ({ desk }, body) => {
    const fault = faultSchema.parse(body)
    desk.fault = fault
    if (fault.kind === 'down') for (const close of desk.openStreams) close()
    return { fault }
  },
  'DELETE faults': ({ desk }) => {
    desk.fault = undefined
    return { fault: null }
  },
  'DELETE streams': ({ desk }) => {
    const count = desk.openStreams.size
    for (const close of desk.openStreams) close()
    return { closed: count }
  },
  'POST commits': commit,
  'POST drift': ({ desk }, body) => {
    const { application, replicas } = driftSchema.parse(body)
    desk.world.drift(application, replicas)
    return { application, replicas }
  },
  'POST syncs': foreignSync,
  'POST haste': ({ state }, body) => {
    const { application } = hasteSchema.parse(body)
    const app = state.apps.get(application)
    if (!app?.run) throw new Error(`nothing runs for ${application}`)
    hurry(app)
    return { application }
  },
}

/** Answers `/_sandbox/<what>`; a wrong body is a 400 with the reason. */
export function control(call: Call, what: string): void {
  const action = actions[`${call.req.method} ${what}`]
  if (!action) {
    answer(call, { error: 'no such switch', switches: Object.keys(actions) }, 404)
    return
  }
  try {
    answer(call, action(call, call.body ? JSON.parse(call.body) : {}))
  } catch (error) {
    answer(call, { error: error instanceof Error ? error.message : String(error) }, 400)
  }
}
