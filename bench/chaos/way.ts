import { request as ask, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What may happen on the way to Argo CD. Shares are of 1. */
export type Weather = { down: boolean; repliesLost: number; delayed: number; delayMsMax: number }
export type Way = { url: string; weather: Weather; close: () => Promise<void> }

/** Stands between the workers and Argo CD: a lost reply is one whose request was done. */
export async function startWay(target: string): Promise<Way> {
  const weather: Weather = { down: false, repliesLost: 0, delayed: 0, delayMsMax: 0 }
  const { hostname, port } = new URL(target)
  const server = createServer((req, res) => {
    if (weather.down) return void req.socket.destroy()
    const chunks: Buffer[] = []
    req.on('data', (chunk: Buffer) => chunks.push(chunk))
    req.on('end', () => {
      const lost = req.method === 'POST' && Math.random() < weather.repliesLost
      const late = req.method === 'POST' && Math.random() < weather.delayed
      const headers = { ...req.headers, host: `${hostname}:${port}` }
      const forward = () => {
        const upstream = ask({ hostname, port, path: req.url, method: req.method, headers }, (answer) => {
          if (lost || res.destroyed) {
            answer.resume()
            return void req.socket.destroy()
          }
          res.writeHead(answer.statusCode ?? 502, answer.headers)
          answer.pipe(res)
          answer.on('error', () => res.destroy())
        })
        upstream.on('error', () => req.socket.destroy())
        res.on('close', () => req.method === 'GET' && upstream.destroy())
        upstream.end(Buffer.concat(chunks))
      }
      // Whoever sent it may be long gone: the request still arrives.
      if (late) setTimeout(forward, Math.random() * weather.delayMsMax)
      else forward()
    })
    req.on('error', () => {})
    res.on('error', () => {})
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    weather,
    close: () =>
      new Promise((done) => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  }
}
