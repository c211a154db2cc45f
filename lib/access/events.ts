import 'server-only'
import { type Batch, createHub, type Hub } from '#lib/platform/broadcast.ts'
import { clock, type Instant } from '#lib/platform/clock.ts'
import { getDb, perProcess, webDatabaseUrl } from '#lib/platform/context.ts'
import { newId } from '#lib/platform/ids.ts'
import { log } from '#lib/platform/log.ts'
import { listen } from '#lib/platform/notify.ts'
import { can, type Viewer } from './policy.ts'
import { apiHeaders, problem, problemResponse } from './problem.ts'
import { createScope, type Scope } from './scope.ts'
import { type AccessContext, findViewer, sessionIdOf, webAccess } from './viewer.ts'

export type EventsContext = AccessContext & {
  hub: Hub
  scope: Scope
  now: () => Instant
  beatMs: number
  lifeMs: number
}

export function webEvents(): EventsContext {
  return {
    ...webAccess(),
    hub: perProcess('hub', () =>
      createHub({ listen: (hear, onGap) => listen(webDatabaseUrl(), hear, onGap) }),
    ),
    scope: perProcess('scope', () => createScope(getDb(), clock.monotonicMs)),
    now: clock.now,
    beatMs: 20_000,
    lifeMs: 600_000,
  }
}

const encoder = new TextEncoder()
const unreadMax = 500
const message = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`
/** An event without data is not handed on by browsers. */
const beat = 'event: beat\ndata: {}\n\n'

/**
 * The stream of names (server-sent events): what changed, never what it is now. Who listens is asked again with
 * every beat; a session that has ended ends its stream, and a right that was taken away its names. `signal` must
 * already hear the client leave: a stream that nobody reads must not outlive it.
 */
export async function serveEvents(
  context: EventsContext,
  request: Request,
  signal: AbortSignal,
): Promise<Response> {
  const { hub, config } = context
  const requestId = newId('request')
  const turnAway = (status: number, code: string, detail: string, headers?: Record<string, string>) =>
    problemResponse(problem(status, code, detail, requestId), config.url, headers)

  const sessionId = sessionIdOf(request, config.url)
  const find = async () => (await findViewer(context, sessionId, context.now(), { alive: false }))?.viewer
  const viewer = await find()
  if (!viewer) return turnAway(401, 'not-signed-in', 'Sign in first, or again.')
  const site = request.headers.get('sec-fetch-site')
  if (site !== null && site !== 'same-origin')
    return turnAway(403, 'site-foreign', 'This request comes from another site.')
  if (!can(viewer, 'read'))
    return turnAway(403, 'not-permitted', 'None of your groups gives you a right here.')
  try {
    await hub.ready()
  } catch (error) {
    log.error('names cannot be heard', { request: requestId, error })
    return turnAway(503, 'no-names', 'The database does not answer.', { 'Retry-After': '5' })
  }

  const stream = openStream(context, viewer, find, signal)
  if (!stream.ok)
    return stream.refusal === 'too-many-of-key'
      ? turnAway(429, 'too-many-streams', 'Too many windows of yours listen already.', {
          'Retry-After': '30',
        })
      : turnAway(503, 'too-many-streams', 'Too many streams are open here.', { 'Retry-After': '30' })
  return new Response(stream.value, {
    headers: {
      ...apiHeaders(config.url, requestId),
      'Content-Type': 'text/event-stream; charset=utf-8',
      // no-transform and X-Accel-Buffering: neither our own compression nor a proxy may hold names back.
      'Cache-Control': 'private, no-store, no-transform',
      'X-Accel-Buffering': 'no',
    },
  })
}

function openStream(
  context: EventsContext,
  first: Viewer,
  find: () => Promise<Viewer | undefined>,
  signal: AbortSignal,
) {
  const { hub, scope, beatMs, lifeMs } = context
  let viewer = first
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined
  let end = () => {}

  const send = (text: string) => {
    // Whoever does not read what we say starts afresh.
    if ((controller?.desiredSize ?? 0) < -unreadMax) return end()
    try {
      controller?.enqueue(encoder.encode(text))
    } catch {
      end()
    }
  }
  const deliver = (batch: Batch) => {
    if (batch.gap) return send(message({ catalog: true, log: true, gap: true }))
    scope(viewer, batch.names).then((names) => {
      if (names.length > 0) send(names.map(message).join(''))
    }, end)
  }
  const joined = hub.join(viewer.accountId, deliver)
  if (!joined.ok) return joined

  const check = () =>
    find().then((found) => {
      if (!found || !can(found, 'read')) return end()
      viewer = found
      send(beat)
    }, end)
  const beats = setInterval(check, beatMs)
  const life = setTimeout(() => end(), lifeMs)
  end = () => {
    end = () => {}
    clearInterval(beats)
    clearTimeout(life)
    joined.value()
    signal.removeEventListener('abort', onAbort)
    try {
      controller?.close()
    } catch {
      // The client has closed it already.
    }
  }
  const onAbort = () => end()
  signal.addEventListener('abort', onAbort)

  const body = new ReadableStream<Uint8Array>({
    start(opened) {
      controller = opened
      send(`retry: 3000\n\n${beat}`)
    },
    cancel: () => end(),
  })
  if (signal.aborted) end()
  return { ok: true as const, value: body }
}
