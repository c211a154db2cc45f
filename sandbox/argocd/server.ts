import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { shaOf } from '#sandbox/world/seed.ts'
import type { World } from '#sandbox/world/world.ts'
import { type Account, accounts, identify, mint } from './auth.ts'
import { control } from './control.ts'
import type { AcceptedSync, Desk, Fault, Passage } from './desk.ts'
import { playFault } from './faults.ts'
import { type Call, GrpcError, sendError, sendText } from './http.ts'
import { findRoute } from './routes.ts'
import { sendStreamError } from './stream.ts'

export type ArgoOptions = {
  /** Default: any free port. */
  port?: number
  host?: string
  /** When the three tokens say they were issued. */
  tokensIssuedAt?: string
  keepAliveMs?: number
  /** Default: the version of the recordings. */
  version?: string
}

export type Argo = {
  url: string
  tokens: Record<Account, string>
  /** Every sync, rollback and terminate that was accepted, in order. */
  accepted(): readonly AcceptedSync[]
  setFault(fault: Fault | undefined): void
  /** Loses, doubles and disorders events of the watch; an empty list ends it. */
  setPassages(passages: readonly Passage[]): void
  /** Ends every open stream, as a load balancer does. */
  cutStreams(): void
  close(): Promise<void>
}

/** Starts the pretend Argo CD v3.5.1 over a world. */
export async function startArgo(world: World, options: ArgoOptions = {}): Promise<Argo> {
  const { port = 0, host = '127.0.0.1', keepAliveMs = 15_000, version = 'v3.5.1+109ca7c' } = options
  const issuedAtMs = options.tokensIssuedAt ? Date.parse(options.tokensIssuedAt) : world.now()
  const desk: Desk = {
    world,
    secret: shaOf(world.inner.seed, 'server.secretkey'),
    tokensIssuedAtS: Math.floor(issuedAtMs / 1000),
    fault: undefined,
    passages: [],
    accepted: [],
    requests: {},
    openStreams: new Set(),
    keepAliveMs,
    version,
  }
  const server = createServer((req, res) => void serve(desk, req, res))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  const address = server.address() as AddressInfo
  const token = (account: Account) => mint(desk.secret, account, 'apiKey', desk.tokensIssuedAtS, account)
  return {
    url: `http://${host}:${address.port}`,
    tokens: Object.fromEntries(accounts.map((account) => [account, token(account)])) as Record<
      Account,
      string
    >,
    accepted: () => desk.accepted,
    setFault(fault) {
      desk.fault = fault
      if (fault?.kind === 'down') for (const close of desk.openStreams) close()
    },
    setPassages(passages) {
      desk.passages = passages
    },
    cutStreams() {
      for (const close of desk.openStreams) close()
    },
    close: () =>
      new Promise((resolve) => {
        for (const close of desk.openStreams) close()
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function readBody(req: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of req) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

async function serve(desk: Desk, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const url = new URL(req.url ?? '/', 'http://sandbox')
  const call: Call = {
    desk,
    state: desk.world.inner,
    req,
    res,
    query: url.searchParams,
    params: {},
    identity: undefined,
    body: '',
  }
  let streaming = false
  try {
    call.body = await readBody(req)
    if (url.pathname.startsWith('/_sandbox/')) return control(call, url.pathname.slice('/_sandbox/'.length))
    if (await playFault(desk, req, res)) return
    if (url.pathname === '/healthz') return sendText(res, 200, 'ok')
    const method = req.method ?? 'GET'
    if (method !== 'GET' && req.headers['content-type']?.toLowerCase() !== 'application/json')
      return sendText(res, 415, 'Invalid content type')
    const found = findRoute(method, url.pathname)
    if (found.is === 'nothing') return sendText(res, 404, 'Not Found')
    if (found.is === 'wrong method') return sendText(res, 405, 'Method Not Allowed')
    const { route, params } = found
    streaming = route.stream ?? false
    const counted = `${method} ${route.path}`
    desk.requests[counted] = (desk.requests[counted] ?? 0) + 1
    call.params = params
    call.identity = identityOf(desk, req, route.open ?? false)
    await route.handle(call)
  } catch (error) {
    if (res.headersSent || res.destroyed) return void res.destroy()
    const known =
      error instanceof GrpcError
        ? error
        : new GrpcError(13, error instanceof Error ? error.message : String(error))
    if (streaming) sendStreamError(call, known)
    else sendError(res, known)
  }
}

/** The caller; a route that is open to all takes a bad token for none. */
function identityOf(desk: Desk, req: IncomingMessage, open: boolean): Call['identity'] {
  const cookie = /(?:^|;\s*)argocd\.token=([^;]+)/.exec(req.headers.cookie ?? '')?.[1]
  const header = req.headers.authorization ?? (cookie ? `Bearer ${cookie}` : undefined)
  try {
    return identify(desk.secret, header)
  } catch (error) {
    if (open) return undefined
    throw error
  }
}
