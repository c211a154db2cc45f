import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { createSplitter } from '#lib/argocd/split.ts'
import { startSandbox } from '#sandbox/sandbox.ts'

/** Every application of a sandbox with that many services beside the named ones, as its list writes them. */
export async function applicationTexts(services: number): Promise<string[]> {
  const sandbox = await startSandbox({ services })
  try {
    const { url, tokens } = sandbox.argoCd
    const answer = await fetch(`${url}/api/v1/applications`, {
      headers: { authorization: `Bearer ${tokens.countersign}` },
    })
    const splitter = createSplitter({ itemBytesMax: 4 << 20, depthMax: 100 })
    const texts: string[] = []
    for await (const chunk of answer.body ?? [])
      for (const piece of splitter.feed(chunk))
        if (piece.kind === 'item') texts.push(Buffer.from(piece.bytes).toString())
    return texts
  } finally {
    await sandbox.close()
  }
}

/** As much of an Argo CD as ingest talks to, from bytes that are made before anybody measures. */
export type Feed = {
  url: string
  /** What the next lists answer, an application a line as Argo CD 3.5 writes them. */
  setList: (items: () => Iterable<Buffer>) => void
  /** How many whole lists were asked for. */
  lists: () => number
  /** How many watches are open and have had their snapshot. */
  watchers: () => number
  /** Sends events to every watch; what a slow reader does not take waits in memory, so nothing is lost here. */
  send: (events: Buffer) => void
  close: () => Promise<void>
}

const chunkBytes = 64 << 10

/** A list in pieces, made while it is read: a large fleet is not held twice. */
function* chunksOf(items: Iterable<Buffer>): Generator<Buffer> {
  let parts: Buffer[] = [Buffer.from('{"metadata":{"resourceVersion":"1"},"items":[')]
  let bytes = 0
  let first = true
  for (const item of items) {
    if (!first) parts.push(between)
    first = false
    parts.push(item)
    bytes += item.length
    if (bytes < chunkBytes) continue
    yield Buffer.concat(parts)
    parts = []
    bytes = 0
  }
  yield Buffer.concat([...parts, Buffer.from(']}')])
}
const between = Buffer.from(',\n')

/** What a watch begins with, in pieces. */
function* snapshotOf(items: Iterable<Buffer>): Generator<Buffer> {
  yield Buffer.from(':\n')
  for (const item of items)
    yield Buffer.concat([
      Buffer.from('data: {"result":{"type":"ADDED","application":'),
      item,
      Buffer.from('}} \n\n\n'),
    ])
}

export async function startFeed(): Promise<Feed> {
  let items: () => Iterable<Buffer> = () => []
  let lists = 0
  const watches = new Set<ServerResponse>()
  const server = createServer((req, res) => {
    const path = new URL(req.url ?? '/', 'http://feed').pathname
    if (path === '/api/v1/applications') {
      lists += 1
      res.writeHead(200, { 'content-type': 'application/json' })
      Readable.from(chunksOf(items())).pipe(res)
    } else if (path === '/api/v1/stream/applications') {
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      res.once('close', () => watches.delete(res))
      // As Argo CD does: all of them first, and only then what happens from now on.
      const snapshot = Readable.from(snapshotOf(items()))
      snapshot.pipe(res, { end: false })
      snapshot.once('end', () => {
        if (!res.closed) watches.add(res)
      })
    } else {
      res.writeHead(200, { 'content-type': 'application/json' })
      res.end(path === '/api/version' ? '{"Version":"v3.5.1"}' : '{"metadata":{},"items":[]}')
    }
  })
  const beat = setInterval(() => {
    for (const watch of watches) watch.write(':\n')
  }, 10_000)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    setList: (next) => {
      items = next
    },
    lists: () => lists,
    watchers: () => watches.size,
    send: (events) => {
      for (const watch of watches) watch.write(events)
    },
    close: async () => {
      clearInterval(beat)
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
