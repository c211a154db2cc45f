import { generateKeyPairSync } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import { text } from 'node:stream/consumers'
import type { SignedHead } from '#lib/audit/anchors.ts'
import { formatCheckpoint, signerOf, signNote } from '#lib/audit/checkpoint.ts'
import { append, emptyFrontier, leafHash, root } from '#lib/audit/merkle.ts'

export type Seen = { method: string; url: URL; headers: IncomingHttpHeaders; body: string }
export type Reply = { status: number; body: string; headers?: Record<string, string> }

const running: Server[] = []

/** A real server on a free port that answers as `answer` says and remembers what it was asked. */
export async function serve(answer: (seen: Seen) => Reply | 'hang-up' | Promise<Reply>) {
  const seen: Seen[] = []
  const server = createServer(async (request, response) => {
    const asked = {
      method: request.method ?? '',
      url: new URL(request.url ?? '/', 'http://127.0.0.1'),
      headers: request.headers,
      body: await text(request),
    }
    seen.push(asked)
    const reply = await answer(asked)
    if (reply === 'hang-up') return void request.socket.destroy()
    const { status, body, headers } = reply
    response.writeHead(status, headers).end(body)
  })
  running.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`, seen }
}

export async function stopAll(): Promise<void> {
  for (const server of running.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

/** VictoriaLogs as far as checkpoints go: takes lines, drops them when told to, and finds those with the words of a filter. */
export async function victoriaLogs(does: 'keep' | 'drop' = 'keep') {
  const lines: Record<string, string>[] = []
  const server = await serve(({ method, url, body }: Seen) => {
    if (url.pathname === '/insert/jsonline' && method === 'POST') {
      if (does === 'keep')
        lines.push(
          ...body
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line)),
        )
      return { status: 200, body: '' }
    }
    if (url.pathname !== '/select/logsql/query') return { status: 404, body: 'not found' }
    const wanted = [...(url.searchParams.get('query') ?? '').matchAll(/(\w+):?="([^"]*)"/g)]
    const found = lines.filter((line) => wanted.every(([, key = '', value]) => line[key] === value))
    return { status: 200, body: found.map((line) => `${JSON.stringify(line)}\n`).join('') }
  })
  return { ...server, lines }
}

export const logKey = signerOf('example.com/log', generateKeyPairSync('ed25519').privateKey)

/** The signed head of a log of `size` entries; `story` changes the entries from `forkAt` on. */
export function headOf(size: number, { story = '', forkAt = 0 } = {}): SignedHead {
  const leaf = (i: number) => leafHash(Buffer.from(`entry ${i}${i >= forkAt ? story : ''}`))
  let frontier = emptyFrontier
  for (let i = 0; i < size; i++) frontier = append(frontier, leaf(i))
  const checkpoint = { origin: logKey.name, size, root: root(frontier) }
  return {
    checkpoint,
    note: signNote(formatCheckpoint(checkpoint), logKey),
    async *leaves(from) {
      for (let i = from; i < size; i += 3)
        yield Buffer.concat(Array.from({ length: Math.min(3, size - i) }, (_, k) => leaf(i + k)))
    },
  }
}
