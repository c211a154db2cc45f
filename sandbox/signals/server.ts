import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text as readText } from 'node:stream/consumers'
import { assets } from '../oidc/pages.ts'
import { serveAlerts } from './alerts.ts'
import { type Answer, text } from './answer.ts'
import { explained, linkPage, linkScript } from './link-page.ts'
import { readLink } from './links.ts'
import { serveLogs, tailed } from './logs.ts'
import { serveMetrics } from './metrics.ts'
import { durationMs } from './promql-parse.ts'
import type { Workload } from './traffic.ts'

export type Signals = {
  /** Base addresses as they stand in countersign.yaml; each has a path, as installations behind a proxy do. */
  metrics: string
  metricsUi: string
  logs: string
  alerts: string
  grafana: string
  close: () => Promise<void>
}

export type SignalsOptions = {
  /** 0 takes a free port. */
  port: number
  workloads: () => readonly Workload[]
  now: () => number
}

/**
 * Starts the stand-ins for VictoriaMetrics (cluster address form), VictoriaLogs, Alertmanager and Grafana on one port
 * of 127.0.0.1. Rejects with the listener's error when the port is taken.
 */
export async function startSignals(options: SignalsOptions): Promise<Signals> {
  const server = createServer(async (req, res) => {
    if (req.url?.startsWith('/select/logsql/tail?')) return tail(options, req, res)
    const { status, headers, body } = await answer(options, req).catch(() => text(500, 'the stand-in failed'))
    res.writeHead(status, headers).end(req.method === 'HEAD' ? '' : body)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port, '127.0.0.1', resolve)
  })
  const address = server.address()
  const origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : options.port}`
  return {
    metrics: `${origin}/select/0/prometheus`,
    metricsUi: `${origin}/select/0`,
    logs: origin,
    alerts: `${origin}/alertmanager`,
    grafana: `${origin}/grafana`,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const tailEveryMs = 1000

/** Lines as they come to be, a second late as the real one is. */
function tail(options: SignalsOptions, req: IncomingMessage, res: ServerResponse): void {
  const { searchParams } = new URL(req.url ?? '/', 'http://127.0.0.1')
  const following = tailed(searchParams, options.workloads)
  if (!('next' in following)) {
    res.writeHead(following.status, following.headers).end(following.body)
    return
  }
  let fromMs = options.now() - (durationMs(searchParams.get('start_offset') ?? '5s') ?? 5000)
  res.writeHead(200, { 'content-type': 'application/stream+json' })
  res.flushHeaders()
  const write = () => {
    const toMs = options.now() - tailEveryMs
    if (toMs <= fromMs) return
    const lines = following.next(fromMs, toMs)
    if (lines) res.write(lines)
    fromMs = toMs
  }
  write()
  const beat = setInterval(write, tailEveryMs)
  res.once('close', () => clearInterval(beat))
}

async function answer(options: SignalsOptions, req: IncomingMessage): Promise<Answer> {
  const url = new URL(req.url ?? '/', 'http://127.0.0.1')
  const path = url.pathname
  if (path === '/explain' && req.method === 'POST') {
    const link = URL.parse(await readText(req))
    return html(explained(link ? readLink(link) : undefined))
  }
  if (path === '/assets/link.js') {
    return { status: 200, headers: { 'content-type': 'text/javascript; charset=utf-8' }, body: linkScript }
  }
  const asset = assets[path]
  if (asset) return { status: 200, headers: { 'content-type': asset.type }, body: asset.body }

  const params = url.searchParams
  if (req.method === 'POST') {
    for (const [name, value] of new URLSearchParams(await readText(req))) params.append(name, value)
  }
  const data = [options.workloads(), options.now()] as const
  const metricsPath = path.replace(/^\/select\/[\d:]+(?=\/)/, '').replace(/^\/prometheus(?=\/)/, '')
  const found = path.startsWith('/alertmanager/')
    ? serveAlerts(path.slice('/alertmanager'.length), params, ...data)
    : (serveLogs(path, params, ...data) ?? serveMetrics(metricsPath, params, ...data))
  if (found) return found
  if (path.includes('/api/') || path.includes('/logsql/'))
    return text(400, `unsupported path requested: ${path}`)
  return html(linkPage)
}

function html(body: string): Answer {
  return {
    status: 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy':
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'",
      'x-content-type-options': 'nosniff',
    },
    body,
  }
}
