import 'server-only'
import type { z } from 'zod'
import { clock, type Instant } from '#lib/platform/clock.ts'
import { perProcess } from '#lib/platform/context.ts'
import type { Db } from '#lib/platform/db.ts'
import { newId } from '#lib/platform/ids.ts'
import { log } from '#lib/platform/log.ts'
import type { Result } from '#lib/platform/result.ts'
import { bearerOf } from './bearer.ts'
import { bodyBytesMax, parseJson, readBody } from './body.ts'
import { createOnce, type Stored } from './idempotency.ts'
import { checkOrigin } from './origin.ts'
import { can, type Permission, type Viewer } from './policy.ts'
import { apiHeaders, problem, problemResponse, TurnedAway, turnAway } from './problem.ts'
import { createBuckets } from './rate.ts'
import { type AccessContext, findViewer, sessionIdOf, webAccess } from './viewer.ts'

/** What a route says about itself. */
export type DoorRule<R extends { code: string }, B, P, Q> = {
  /** Held somewhere at least; where exactly it is needed is the command's question. */
  permission?: Permission
  /** Whether a pipeline may ask, too, with a bearer token in place of a session. */
  pipelines?: boolean
  body?: z.ZodType<B>
  params?: z.ZodType<P>
  /** The first value of each name in the address. */
  query?: z.ZodType<Q>
  /** Of a value; 200 when left out. */
  status?: number
  /** The status of each refusal; 409 where left out. */
  refusals?: { [K in NoInfer<R>['code']]?: number }
  /** A refusal in words, for `detail`. */
  explain?: (refusal: NoInfer<R>) => string
}

export type DoorInput<B, P, Q> = {
  viewer: Viewer
  body: B
  params: P
  query: Q
  request: Request
  db: Db
  now: Instant
  /** For `record`: finds this request's line in the process log. */
  requestId: string
}

function parse<T>(schema: z.ZodType<T> | undefined, value: unknown, what: 'query' | 'body'): T {
  // Without a schema the route takes nothing of it; its handler sees undefined.
  if (!schema) return undefined as T
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }))
  const detail = problems.map(({ path, message }) => `${path || what}: ${message}`).join('; ')
  throw turnAway(422, `${what}-not-understood`, detail.slice(0, 1000), { more: { problems } })
}

/** An address that cannot exist is answered like one that does not. */
function parseParams<T>(schema: z.ZodType<T> | undefined, value: unknown): T {
  if (!schema) return undefined as T
  const parsed = schema.safeParse(value)
  if (!parsed.success) throw turnAway(404, 'not-found', 'There is nothing at this address.')
  return parsed.data
}

export type DoorOptions = {
  context: () => AccessContext
  now?: () => Instant
  nowMs?: () => number
  state?: DoorState
}

/** How often an account may ask, and which keyed requests are under way. Lives as long as the process. */
export function createDoorState(nowMs = clock.monotonicMs) {
  return {
    reads: createBuckets({ burst: 240, perSecond: 40, nowMs }),
    writes: createBuckets({ burst: 30, perSecond: 1, nowMs }),
    once: createOnce(),
  }
}
export type DoorState = ReturnType<typeof createDoorState>

/** Makes `door`; the web uses the one below, tests make their own. */
export function createDoor(options: DoorOptions) {
  const { context, now = clock.now, nowMs = clock.monotonicMs } = options
  const { reads, writes, once } = options.state ?? createDoorState(nowMs)

  /**
   * Wraps one route handler of /api/v1: who is asking (401), from where (403), how often (429), may they (403), in
   * what form and size (415, 413, 422), and whether it was asked before (`Idempotency-Key` of a POST, optional).
   * Errors are problem details (RFC 9457); an unexpected one is a 500 that tells nothing but the request id.
   */
  return function door<R extends { code: string } = never, B = undefined, P = undefined, Q = undefined>(
    rule: DoorRule<R, B, P, Q>,
    handle: (input: DoorInput<B, P, Q>) => Promise<Result<unknown, R> | Response>,
  ): (request: Request, route?: { params: Promise<unknown> }) => Promise<Response> {
    async function answer(
      request: Request,
      route: { params: Promise<unknown> } | undefined,
      seen: Seen,
    ): Promise<Response> {
      const { db, config } = context()
      const { requestId } = seen
      const changes = request.method !== 'GET' && request.method !== 'HEAD'
      const token = bearerOf(request)
      // No browser adds a bearer token by itself, so no foreign page can send one.
      if (changes && token === undefined) {
        const origin = checkOrigin(request.headers, config.url)
        if (!origin.ok) throw turnAway(403, origin.refusal.code, origin.refusal.detail)
      }
      const at = now()
      const viewer =
        token === undefined
          ? await personOf({ db, config }, request, at, changes)
          : await pipelineOf({ db, config }, token, rule.pipelines === true)
      seen.account = viewer.accountId
      const waitS = (changes ? writes : reads).take(viewer.accountId)
      if (waitS > 0)
        throw turnAway(429, 'too-many-requests', `Too many requests from your account. Wait ${waitS} s.`, {
          headers: { 'Retry-After': String(waitS) },
        })
      if (rule.permission && !can(viewer, rule.permission))
        throw turnAway(403, 'not-permitted', `None of your groups gives you the right "${rule.permission}".`)

      const params = parseParams(rule.params, await route?.params)
      const query = parse(
        rule.query,
        Object.fromEntries([...new URL(request.url).searchParams].reverse()),
        'query',
      )
      let bytes: Uint8Array = new Uint8Array()
      let body = undefined as B
      if (changes) {
        const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
        if (type !== 'application/json')
          throw turnAway(415, 'json-only', 'Send the body as Content-Type: application/json.')
        const read = await readBody(request)
        if (!read.ok) throw turnAway(413, 'too-large', `The body is larger than ${bodyBytesMax} bytes.`)
        bytes = read.value
        const value = parseJson(bytes)
        if (rule.body && value === undefined)
          throw turnAway(422, 'body-not-understood', 'The body is not JSON.')
        body = parse(rule.body, value, 'body')
      }

      const input = { viewer, body, params, query, request, db, now: at, requestId }
      if (!changes) return respond(await handle(input), seen, config.url)
      const stored = await once(db, viewer.accountId, request, bytes, async () =>
        store(await handle(input), seen),
      )
      return json(stored, requestId, config.url)
    }

    function refused(refusal: R, requestId: string): Stored {
      const status = rule.refusals?.[refusal.code as R['code']] ?? 409
      const detail = rule.explain?.(refusal) ?? `Refused: ${refusal.code}.`
      return { status, answer: problem(status, refusal.code, detail, requestId, { refusal }) }
    }
    function store(result: Result<unknown, R> | Response, seen: Seen): Stored {
      if (result instanceof Response)
        throw new Error('a handler that changes something answers with a Result')
      if (result.ok) return { status: rule.status ?? 200, answer: result.value ?? {} }
      seen.code = result.refusal.code
      return refused(result.refusal, seen.requestId)
    }
    function json({ status, answer }: Stored, requestId: string, url: string): Response {
      const type = status >= 400 ? 'application/problem+json' : 'application/json'
      return new Response(JSON.stringify(answer), {
        status,
        headers: { ...apiHeaders(url, requestId), 'Content-Type': type },
      })
    }
    function respond(result: Result<unknown, R> | Response, seen: Seen, url: string): Response {
      if (!(result instanceof Response)) return json(store(result, seen), seen.requestId, url)
      for (const [name, value] of Object.entries(apiHeaders(url, seen.requestId)))
        result.headers.set(name, value)
      return result
    }

    return async (request, route) => {
      const seen: Seen = { requestId: newId('request') }
      const startMs = nowMs()
      const response = await answer(request, route, seen).catch((error: unknown) => {
        const { url } = context().config
        if (error instanceof TurnedAway) {
          const { status, code, detail, more, headers } = error
          seen.code = code
          return problemResponse(problem(status, code, detail, seen.requestId, more), url, headers)
        }
        log.error('a request failed unexpectedly', { request: seen.requestId, error })
        const detail = `This is our fault, not yours. Whoever runs Countersign finds it in the log as ${seen.requestId}.`
        return problemResponse(problem(500, 'unexpected', detail, seen.requestId), url)
      })
      log.info('request', {
        request: seen.requestId,
        method: request.method,
        path: new URL(request.url).pathname,
        status: response.status,
        durationMs: Math.round(nowMs() - startMs),
        account: seen.account,
        code: seen.code,
      })
      return response
    }
  }
}

async function personOf(context: AccessContext, request: Request, now: Instant, alive: boolean) {
  const found = await findViewer(context, sessionIdOf(request, context.config.url), now, { alive })
  if (!found)
    throw turnAway(401, 'not-signed-in', 'Sign in first, or again: there is no session, or it has ended.')
  return found.viewer
}

async function pipelineOf(context: AccessContext, token: string, open: boolean) {
  if (!open) throw turnAway(403, 'people-only', 'Only people who signed in may ask here, no pipeline.')
  // Few requests are a pipeline's; what verifying a token takes is loaded by the first of them.
  const { findPipeline } = await import('./pipeline-viewer.ts')
  return findPipeline(context, token)
}

type Seen = { requestId: string; account?: string; code?: string }

/** The wrapper of every /api/v1 route handler. */
export const door = createDoor({ context: webAccess, state: perProcess('door', createDoorState) })
