import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

/** All backends of signals on one port: the sandbox's answers, kept, told as late as `setLate` says. */
export type LateBackend = {
  url: string
  /** Paths with their queries since this was last called, in order. */
  taken: () => string[]
  setLate: (ms: number) => void
  close: () => void
}

type Kept = { status: number; type: string; body: Buffer }

/** Starts it before the sandbox at `origin`, on a free port of 127.0.0.1. */
export async function startLateBackend(origin: string): Promise<LateBackend> {
  const kept = new Map<string, Promise<Kept>>()
  let seen: string[] = []
  let lateMs = 0
  const ask = async (path: string): Promise<Kept> => {
    const answer = await fetch(`${origin}${path}`)
    const type = answer.headers.get('content-type') ?? 'text/plain'
    return { status: answer.status, type, body: Buffer.from(await answer.arrayBuffer()) }
  }
  const server = createServer(async (request, response) => {
    const path = request.url ?? '/'
    seen.push(path)
    const known = kept.get(path) ?? ask(path)
    kept.set(path, known)
    const [{ status, type, body }] = await Promise.all([known, lateMs > 0 && sleep(lateMs)])
    response.writeHead(status, { 'content-type': type, 'content-length': body.length }).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    taken() {
      const all = seen
      seen = []
      return all
    },
    setLate(ms) {
      lateMs = ms
    },
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
