import { createServer, type Server, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, describe, expect, it } from 'vitest'
import { createMasker } from '#lib/manifests/mask.ts'
import { createArgoClient } from './client.ts'
import { type ListPiece, readList } from './stream.ts'

const masker = createMasker('k')
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
const heapBytes = () => {
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/** A third of the body: other tests of this process leave something too, but nobody else keeps a body. */
const growthMax = 33 << 20
const chunk = Buffer.alloc(64 << 10, 'x')

/** About `bytes` in items of `itemBytes`, never more than a chunk of it in memory. */
async function* body(bytes: number, itemBytes: number): AsyncGenerator<Uint8Array> {
  yield Buffer.from('{"metadata":{"resourceVersion":"1"},"items":[')
  for (let n = 0; n * itemBytes < bytes; n++) {
    yield Buffer.from(
      `${n > 0 ? ',' : ''}{"metadata":{"name":"app-${n}","namespace":"argocd"},"spec":{"project":"`,
    )
    for (let sent = 0; sent < itemBytes; sent += chunk.length)
      yield chunk.subarray(0, Math.min(chunk.length, itemBytes - sent))
    yield Buffer.from('"}}')
  }
  yield Buffer.from(']}')
}

async function count(pieces: AsyncIterable<ListPiece>) {
  const before = heapBytes()
  const kinds: Record<string, number> = {}
  let peak = 0
  let n = 0
  let last: ListPiece | undefined
  for await (const piece of pieces) {
    kinds[piece.kind] = (kinds[piece.kind] ?? 0) + 1
    if (++n % 400 === 0) peak = Math.max(peak, heapBytes() - before)
    last = piece
  }
  return { kinds, last, peak: Math.max(peak, heapBytes() - before) }
}

describe('a body of 100 MB', () => {
  it('in two thousand applications leaves no memory behind', async () => {
    const { kinds, last, peak } = await count(readList(body(100 << 20, 50 << 10), masker))
    expect(kinds).toEqual({ application: 2048, end: 1 })
    expect(last?.kind).toBe('end')
    expect(peak).toBeLessThan(growthMax)
  }, 30_000)

  it('in one application is a problem of that one, and it keeps its name', async () => {
    const { last, kinds, peak } = await count(readList(body(1, 100 << 20), masker))
    expect(kinds).toEqual({ problem: 1, end: 1 })
    expect(last?.kind).toBe('end')
    expect(peak).toBeLessThan(growthMax)
  }, 30_000)
})

describe('one that cannot be parsed still has a name', () => {
  const head = '{"metadata":{"name":"bad","namespace":"argocd","labels":{}},'
  async function* of(...parts: (string | Uint8Array)[]) {
    for (const part of parts) yield Buffer.from(part)
  }
  it.each<[string, (string | Uint8Array)[]]>([
    ['invalid UTF-8', [head, '"spec":{"project":"', Uint8Array.of(0xff, 0xc0), '"}}']],
    ['broken JSON', [head, '"spec":{"project":}}']],
    ['depth 10,000', [head, `"spec":${'['.repeat(10_000)}${']'.repeat(10_000)}}`]],
    ['too large', [head, '"spec":{"project":"', Buffer.alloc(5 << 20, 'x'), '"}}']],
    [
      'too large in one piece',
      [Buffer.concat([Buffer.from(`${head}"a":"`), Buffer.alloc(5 << 20, 'x'), Buffer.from('"}')])],
    ],
  ])('%s', async (_what, parts) => {
    const good = '{"metadata":{"name":"good"}}'
    const pieces = []
    for await (const piece of readList(of('{"items":[', ...parts, ',', good, ']}'), masker))
      pieces.push(piece)
    expect(pieces).toMatchObject([
      {
        kind: 'problem',
        key: { name: 'bad', namespace: 'argocd' },
        problem: expect.stringMatching(/^not understood: /),
      },
      { kind: 'application' },
      { kind: 'end' },
    ])
  })

  it('but none is made up from what is not metadata', async () => {
    const pieces = []
    for await (const piece of readList(of('{"items":[{"spec":{"name":"evil"},', ']}'), masker))
      pieces.push(piece)
    expect(JSON.stringify(pieces)).not.toContain('evil')
  })
})

describe('a connection that is not what it should be', () => {
  let server: Server | undefined
  const sockets = new Set<Socket>()
  afterEach(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server?.close(resolve))
  })

  async function list(answer: (socket: Socket) => Promise<void>, silenceMs: number): Promise<ListPiece[]> {
    server = createServer({ allowHalfOpen: true }, (socket) => {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.once('data', () => void answer(socket))
    })
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const client = createArgoClient({
      name: 'a',
      url: `http://127.0.0.1:${port}`,
      token: () => 't',
      maskKey: 'k',
      silenceMs,
    })
    const pieces: ListPiece[] = []
    for await (const piece of client.streamList()) pieces.push(piece)
    for (const socket of sockets) socket.destroy()
    await client.close()
    return pieces
  }
  const part = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`
  const start = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n${part('{"items":[{"metadata":{"name":"a"}},')}`
  const rest = `${part('{"metadata":{"name":"b"}}]}')}0\r\n\r\n`

  it('half closed in the middle: what came is kept, nothing is concluded', async () => {
    const pieces = await list(async (socket) => void socket.end(start), 2_000)
    expect(pieces.map((piece) => piece.kind)).toEqual(['application', 'failed'])
  })

  it('a pause shorter than the silence that counts as broken is waited out', async () => {
    const pieces = await list(async (socket) => {
      socket.write(start)
      await pause(100)
      socket.end(rest)
    }, 2_000)
    expect(pieces.map((piece) => piece.kind)).toEqual(['application', 'application', 'end'])
  })

  it('a longer one is a failure, not an end', async () => {
    const pieces = await list(async (socket) => void socket.write(start), 80)
    expect(pieces.map((piece) => piece.kind)).toEqual(['application', 'failed'])
    expect(pieces.at(-1)).toMatchObject({ failure: { kind: 'unreachable', transport: { kind: 'timeout' } } })
  })
})
