import { serveEvents, webEvents } from '#lib/access/events.ts'

export const dynamic = 'force-dynamic'

export async function GET(request: Request): Promise<Response> {
  // Before anything is awaited: a client that leaves meanwhile is only ever told to those who listen already.
  const left = new AbortController()
  request.signal.addEventListener('abort', () => left.abort(), { once: true })
  if (request.signal.aborted) left.abort()
  return serveEvents(webEvents(), request, left.signal)
}
