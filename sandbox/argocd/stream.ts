import type { App, WatchEvent } from '#sandbox/world/state.ts'
import { caller } from './access.ts'
import { applicationJson } from './application.ts'
import type { Desk } from './desk.ts'
import { strange } from './faults.ts'
import { streamFields } from './fields.ts'
import { type Call, type GrpcError, httpStatusOf, write } from './http.ts'
import { applications, matcherOf } from './list.ts'

const statusNames: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  500: 'Internal Server Error',
}

export const wantsSse = (accept: string | undefined) => accept === 'text/event-stream'

/** An error as the first frame of a stream. */
export function sendStreamError({ req, res }: Call, error: GrpcError): void {
  const status = httpStatusOf(error.code)
  const sse = wantsSse(req.headers.accept)
  const frame = JSON.stringify({
    error: {
      grpc_code: error.code,
      http_code: status,
      message: error.message,
      http_status: statusNames[status] ?? '',
    },
  })
  res.writeHead(status, { 'content-type': sse ? 'text/event-stream' : 'application/json' })
  res.end(sse ? `data: ${frame} \n\n` : frame)
}

/** Events beyond this are dropped in silence, like Argo CD's buffer. */
const bufferSize = 1_000

export type Sender = (frame: unknown) => Promise<boolean>

/** Opens the stream; frames end in ` \n\n` and a further `\n`, which is what Argo CD really sends. */
export function openStream({ desk, req, res }: Call): Sender {
  const sse = wantsSse(req.headers.accept)
  res.writeHead(200, {
    'content-type': sse ? 'text/event-stream' : 'application/json',
    'grpc-metadata-content-type': 'application/grpc',
  })
  res.flushHeaders()
  const beat = sse
    ? setInterval(() => {
        if (!res.destroyed) res.write(':\n')
      }, desk.keepAliveMs)
    : undefined
  beat?.unref()
  const close = () => res.destroy()
  desk.openStreams.add(close)
  res.on('close', () => {
    clearInterval(beat)
    desk.openStreams.delete(close)
  })
  return async (frame) => {
    const text = JSON.stringify({ result: frame })
    if (desk.fault?.kind === 'half-object') {
      res.write(`${sse ? 'data: ' : ''}${text.slice(0, text.length / 2)}`, close)
      return false
    }
    return (await write(res, sse ? `data: ${text} \n\n` : `${text}\n`)) && (await write(res, '\n'))
  }
}

/** What is sent when an event happens: it, nothing, it twice, or later it after the one that follows. */
function createPassage<T>(desk: Desk): (event: T) => T[] {
  let count = 0
  let held: T[] = []
  return (event) => {
    const kind = desk.passages[count++ % desk.passages.length] ?? 'pass'
    if (kind === 'drop') return []
    if (kind === 'late') {
      held.push(event)
      return []
    }
    const sent = [event, ...(kind === 'twice' ? [event] : []), ...held]
    held = []
    return sent
  }
}

/**
 * `GET /api/v1/stream/applications`: a snapshot (unless a resourceVersion says otherwise), then what changes from
 * then on. Nothing is replayed, and what happens while the snapshot is written is lost, as in Argo CD.
 */
export async function stream(call: Call): Promise<void> {
  const { desk, state, query, res } = call
  const identity = caller(call)
  const matches = matcherOf(query, identity, false)
  const fields = query.get('fields')
  const project = fields === null ? (frame: unknown) => frame : streamFields(fields)
  const since = Number(query.get('resourceVersion') ?? 0)
  const frameOf = (type: WatchEvent['type'], app: App) =>
    project({ type, application: strange(desk, app.name, applicationJson(state, app, 'full')) })
  const send = openStream(call)
  if (since === 0 || query.has('name')) {
    for (const app of applications(state, matches)) if (!(await send(frameOf('ADDED', app)))) return
  }
  const queue: { name: string; frame: unknown }[] = []
  const lastFrame = new Map<string, string>()
  let sending = false
  const drain = async () => {
    if (sending) return
    sending = true
    for (let next = queue.shift(); next; next = queue.shift()) {
      // Argo CD leaves out a frame that equals the one before it for the same application.
      const text = fields === null ? '' : JSON.stringify(next.frame)
      if (text !== '' && lastFrame.get(next.name) === text) continue
      if (text !== '') lastFrame.set(next.name, text)
      if (!(await send(next.frame))) break
    }
    sending = false
  }
  const pass = createPassage<(typeof queue)[number]>(desk)
  const unsubscribe = desk.world.subscribe(({ type, app, resourceVersion }) => {
    if (resourceVersion < since || !matches(app) || queue.length >= bufferSize) return
    queue.push(...pass({ name: app.name, frame: frameOf(type, app) }))
    void drain()
  })
  res.on('close', unsubscribe)
}
