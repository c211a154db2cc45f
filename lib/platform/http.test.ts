import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { createHttpTarget, HttpStreamError, type HttpTarget, type HttpTargetOptions } from './http.ts'

const running: (Server | HttpTarget)[] = []
afterEach(async () => {
  for (const each of running.splice(0).reverse()) {
    if ('closeAllConnections' in each) each.closeAllConnections()
    await each.close()
  }
})

async function serve(listener: RequestListener, options: Partial<HttpTargetOptions> = {}) {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const target = createHttpTarget({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/root/`,
    ...options,
  })
  running.push(server, target)
  return { server, target }
}

describe('one call', () => {
  it('joins path and query below the path of the address and reads the whole answer', async () => {
    const { target } = await serve((request, response) => response.end(request.url))
    const outcome = await target.send({
      path: '/api/v1/x',
      query: [
        ['a', 'b c'],
        ['a', '&'],
      ],
    })
    expect(outcome).toMatchObject({ ok: true, response: { status: 200 } })
    expect(outcome.ok && Buffer.from(outcome.response.body).toString()).toBe('/root/api/v1/x?a=b+c&a=%26')
  })

  it('says refused before any byte when nobody listens', async () => {
    const { server, target } = await serve(() => {})
    server.close()
    expect(await target.send({ path: '/' })).toMatchObject({
      ok: false,
      kind: 'refused',
      beforeBytesSent: true,
    })
  })

  it('says tls before any byte when the other side does not speak TLS', async () => {
    const { server } = await serve(() => {})
    const target = createHttpTarget({ url: `https://127.0.0.1:${(server.address() as AddressInfo).port}` })
    running.push(target)
    expect(await target.send({ path: '/' })).toMatchObject({ ok: false, kind: 'tls', beforeBytesSent: true })
  })

  it('says timeout after bytes were sent when no answer comes', async () => {
    const { target } = await serve(() => {}, { timeoutMs: 50 })
    const outcome = await target.send({ path: '/', method: 'POST', body: '{}' })
    expect(outcome).toMatchObject({ ok: false, kind: 'timeout', beforeBytesSent: false })
  })

  it('says reset after bytes were sent when the connection breaks, before or inside the answer', async () => {
    const { target } = await serve((request, response) => {
      if (request.url?.endsWith('half')) response.writeHead(200, { 'content-length': 100 }).write('{')
      setImmediate(() => request.socket.destroy())
    })
    const broken = { ok: false, kind: 'reset', beforeBytesSent: false }
    expect(await target.send({ path: '/none', method: 'POST', body: '{}' })).toMatchObject(broken)
    expect(await target.send({ path: '/half' })).toMatchObject(broken)
  })

  it('sends nothing at all when the process stood still past the deadline', async () => {
    let seen = 0
    let atMs = 0
    const { target } = await serve(
      (_, response) => {
        seen += 1
        response.end()
      },
      { timeoutMs: 1_000, nowMs: () => atMs },
    )
    const answer = target.send({ path: '/', method: 'POST', body: '{}', fresh: true })
    atMs = 100_000
    expect(await answer).toMatchObject({ ok: false, kind: 'timeout', beforeBytesSent: true })
    expect(seen).toBe(0)
  })

  it('never sends twice', async () => {
    let seen = 0
    const { target } = await serve((request) => {
      seen += 1
      request.socket.destroy()
    })
    await target.send({ path: '/', method: 'POST', body: '{}', fresh: true })
    await target.send({ path: '/' })
    expect(seen).toBe(2)
  })

  it('uses a connection of its own when asked to', async () => {
    const sockets = new Set<Socket>()
    const { target } = await serve((request, response) => {
      sockets.add(request.socket)
      response.end(request.headers.connection)
    })
    for (let i = 0; i < 10; i++) await target.send({ path: '/' })
    const kept = sockets.size
    expect(kept).toBeLessThan(5)
    for (let i = 0; i < 3; i++) {
      const outcome = await target.send({ path: '/', fresh: true })
      expect(outcome.ok && Buffer.from(outcome.response.body).toString()).toBe('close')
    }
    expect(sockets.size).toBe(kept + 3)
  })

  it('unpacks gzip, counts the unpacked bytes and does not follow redirects', async () => {
    const { target } = await serve((request, response) => {
      if (request.url?.endsWith('moved')) response.writeHead(302, { location: '/elsewhere' }).end()
      else response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('a'.repeat(100_000)))
    })
    const whole = await target.send({ path: '/' })
    expect(whole.ok && whole.response.body.length).toBe(100_000)
    expect(await target.send({ path: '/', bytesMax: 9999 })).toMatchObject({ ok: false, kind: 'too-large' })
    expect(await target.send({ path: '/moved' })).toMatchObject({ ok: true, response: { status: 302 } })
  })

  it('gives up when the caller does', async () => {
    const abort = new AbortController()
    const { target } = await serve(() => abort.abort())
    expect(await target.send({ path: '/', signal: abort.signal })).toMatchObject({
      ok: false,
      kind: 'aborted',
    })
    expect(await target.send({ path: '/', signal: abort.signal })).toMatchObject({ beforeBytesSent: true })
  })
})

describe('many calls', () => {
  it('keeps to the limit, in order, and a deadline in the queue is before any byte', async () => {
    let inside = 0
    let most = 0
    const { target } = await serve(
      (request, response) => {
        most = Math.max(most, ++inside)
        if (request.url?.endsWith('hang')) return
        setImmediate(() => {
          inside -= 1
          response.end()
        })
      },
      { concurrencyMax: 2 },
    )
    await Promise.all(Array.from({ length: 9 }, () => target.send({ path: '/' })))
    expect(most).toBe(2)
    const hanging = [1, 2].map(() => target.send({ path: '/hang', timeoutMs: 200 }))
    expect(await target.send({ path: '/', timeoutMs: 20 })).toMatchObject({
      kind: 'timeout',
      beforeBytesSent: true,
    })
    await Promise.all(hanging)
  })

  it('opens the circuit after repeated failures and closes it after one good probe', async () => {
    let nowMs = 0
    let broken = true
    let seen = 0
    const { target } = await serve(
      (_request, response) => {
        seen += 1
        response.writeHead(broken ? 503 : 200).end()
      },
      { failuresMax: 2, openMs: 1000, nowMs: () => nowMs },
    )
    await target.send({ path: '/' })
    await target.send({ path: '/' })
    expect(await target.send({ path: '/' })).toMatchObject({ kind: 'open-circuit', beforeBytesSent: true })
    expect([seen, target.circuit()]).toEqual([2, 'open'])
    nowMs = 1000
    expect(target.circuit()).toBe('half-open')
    const [probe, other] = await Promise.all([target.send({ path: '/' }), target.send({ path: '/' })])
    expect([probe.ok, other.ok]).toEqual([true, false])
    expect(target.circuit()).toBe('open')
    nowMs = 2000
    broken = false
    await target.send({ path: '/' })
    expect(target.circuit()).toBe('closed')
  })
})

describe('a stream', () => {
  it('hands over bytes as they come, ends quietly at its end and breaks off on silence', async () => {
    const { target } = await serve((request, response) => {
      response.write('one')
      if (request.url?.endsWith('whole')) response.end('two')
    })
    const read = async (path: string) => {
      const outcome = await target.open({ path, idleMs: 40 })
      if (!outcome.ok) throw new HttpStreamError(outcome)
      let text = ''
      for await (const part of outcome.response.body) text += Buffer.from(part).toString()
      return text
    }
    expect(await read('/whole')).toBe('onetwo')
    await expect(read('/silent')).rejects.toMatchObject({ failure: { kind: 'timeout' } })
  })
})
